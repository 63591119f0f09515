package simulate

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/mcprecover/mcprecover/policy"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s differs (- file, + now; -update rewrites it):\n%s", name, diff)
	}
}

// small are all built-in scenarios at a size that takes a moment, with the
// policies that people compare.
func small(t testing.TB, policies ...string) (runs []Run) {
	for _, s := range Scenarios() {
		for _, name := range policies {
			runs = append(runs, Run{Scenario: s.Scaled(min(s.Clients.Number, 400)), Policy: named(t, name), Seed: 7})
		}
	}
	return runs
}

// The numbers are the same on every machine, in every version that does not
// say so: the hash is over every count of the result.
func TestBuiltInFigures(t *testing.T) {
	runs := small(t, "default")
	rows := make([]string, len(runs))
	Each(context.Background(), runs, func(i int, r *Result, err error) {
		if err != nil {
			t.Error(err)
			return
		}
		f := r.Figures(runs[i].Scenario)
		rows[i] = fmt.Sprintf("%-20s %6.1f %8s %8s %6.2f %7.3f %7.4f %8s %7.3f  %016x\n", r.Scenario, f.PeakRatio, brief(f.T50), brief(f.T99), f.Amplification, f.FailedEach, f.Waste, brief(f.P99), f.Goodput, hash(t, r))
	})
	head := fmt.Sprintf("%-20s %6s %8s %8s %6s %7s %7s %8s %7s  %s\n", "400 clients, default", "peak", "t50", "t99", "ampl", "failed", "waste", "p99", "goodput", "hash of all counts")
	golden(t, "figures.txt", head+strings.Join(rows, ""))
}

func brief(d time.Duration) string {
	if d == Never {
		return "never"
	}
	return fmt.Sprintf("%.2fs", d.Seconds())
}

// hash is over a result's bytes.
func hash(t testing.TB, r *Result) uint64 {
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	h := fnv.New64a()
	h.Write(text)
	return h.Sum64()
}

// However many runs go on at once, each gives the same bytes.
func TestSameBytesOnAnyNumberOfCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	runs := small(t, "full-jitter")
	var hashes [2][]uint64
	for k, cores := range []int{1, 8} {
		runtime.GOMAXPROCS(cores)
		hashes[k] = make([]uint64, len(runs))
		Each(context.Background(), runs, func(i int, r *Result, err error) {
			if err != nil {
				t.Error(err)
				return
			}
			hashes[k][i] = hash(t, r)
		})
	}
	if !slices.Equal(hashes[0], hashes[1]) {
		t.Errorf("on one core %x\non eight     %x", hashes[0], hashes[1])
	}
	distinct := map[uint64]bool{}
	for _, h := range hashes[0] {
		distinct[h] = true
	}
	if len(distinct) != len(runs) {
		t.Errorf("%d runs have %d different results", len(runs), len(distinct))
	}
}

// A run that is interrupted says what it had: the counts of a run that is
// watched until then.
func TestInterrupted(t *testing.T) {
	defer goleak.VerifyNone(t)
	s, _ := Named("restart-lazy")
	run := Run{Scenario: s.Scaled(500), Policy: policy.Default(), Seed: 1}
	whole := mustRun(t, run)
	ctx, cancel := context.WithCancel(context.Background())
	told := 0
	run.Progress = func(reached, end time.Duration, events uint64) {
		told++
		if end != time.Duration(whole.Window.End) {
			t.Fatalf("the end is %v, want %v", end, time.Duration(whole.Window.End))
		}
		if reached >= 100*time.Second {
			cancel()
		}
	}
	part, err := run.Do(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v, want %v", err, context.Canceled)
	}
	if part.Reached < 100*second || part.Reached > 103*second || told < 90 {
		t.Errorf("it came to %v and told of it %d times", time.Duration(part.Reached), told)
	}
	for i := range 99 {
		if part.Seconds[i].Calls != whole.Seconds[i].Calls || part.Seconds[i].Good != whole.Seconds[i].Good {
			t.Errorf("second %d: %+v, want %+v", i, part.Seconds[i], whole.Seconds[i])
		}
	}
	cancelled := 0
	Each(ctx, []Run{run, run, run}, func(i int, r *Result, err error) {
		if r == nil && errors.Is(err, context.Canceled) {
			cancelled++
		}
	})
	if cancelled != 3 {
		t.Errorf("%d of 3 runs were told that it is over", cancelled)
	}
}

// Bad input is an error of the run, and no panic.
func TestRunRefuses(t *testing.T) {
	s := Base()
	s.Clients.Number = 0
	if _, err := (Run{Scenario: s, Policy: policy.Default()}).Do(context.Background()); err == nil || !strings.Contains(err.Error(), "clients.number is 0") {
		t.Errorf("no clients: %v", err)
	}
	if _, err := (Run{Scenario: Base()}).Do(context.Background()); err == nil || !strings.Contains(err.Error(), "handshake") {
		t.Errorf("no policy: %v", err)
	}
}
