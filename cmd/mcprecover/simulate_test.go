package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/policy"
)

func TestSimulateTerminal(t *testing.T) {
	for _, file := range []string{"testdata/simulate.txt", "testdata/simulate-mistakes.txt", "testdata/simulate-help.txt"} {
		t.Run(file, func(t *testing.T) {
			terminal(t, file)
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			csv := false
			for line := range strings.Lines(string(text)) {
				if strings.HasPrefix(line, "$") {
					csv = strings.Contains(line, "--csv")
				}
				line = strings.TrimSuffix(line, "\n")
				if !csv && line != "" && !strings.ContainsAny(line[:1], "$!#") && utf8.RuneCountInString(line) > 100 {
					t.Errorf("wider than 100 columns: %s", line)
				}
			}
		})
	}
}

const smallFleet = "testdata/simulate/small.yaml"

// simulated runs mcprecover simulate.
func simulated(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"simulate"}, args...), strings.NewReader(""), &out, &errs, nowhere)
	return code, out.String(), errs.String()
}

// The tuned policy is a file with its provenance, which the engine and the
// proxy's flag load.
func TestTunedPolicyLoads(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tuned.json")
	code, _, stderr := simulated(t, "tune", "--scenario", smallFleet, "--policies", "8", "--finalists", "2", "--seeds", "2", "--out", file, "--html", file+".html")
	if code != exitDone {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d, err := policy.DecodeDocument(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	p := d.Provenance
	if p == nil || p.Preset != "default" || p.Seed != 1 || !strings.HasPrefix(p.Scenario, "small, sha256 ") || p.Version == "" || p.Figures["t99_s"] <= 0 || p.Figures["worlds"] != 2 {
		t.Errorf("provenance is %+v", p)
	}
	flag, err := readPolicy(file) // of proxy --policy
	if err != nil || *flag != d.Policy {
		t.Errorf("--policy reads %+v, %v", flag, err)
	}
	rt := &nethttp.Transport{Policy: flag}
	defer rt.Close()
	if _, err := flag.Compile(); err != nil {
		t.Error(err)
	}
	if html, err := os.ReadFile(file + ".html"); err != nil || !bytes.Contains(html, []byte("mcprecover simulate tune")) {
		t.Errorf("the report does not say how to repeat it (%v)", err)
	}
}

// The same flags give the same bytes, on any number of processors.
func TestSimulateSame(t *testing.T) {
	args := []string{"compare", "--scenario", smallFleet, "--seeds", "4", "--json"}
	_, many, _ := simulated(t, args...)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if _, one, _ := simulated(t, args...); one != many || !json.Valid([]byte(one)) {
		t.Errorf("on one processor:\n%s\non more:\n%s", one, many)
	}
}

// Interrupted, a command prints what it had, says so and exits 130; no file is
// written.
func TestSimulateInterrupted(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args        []string
		stdout, had string
	}{
		{[]string{"run", "--scenario", "restart-eager", "--clients", "300000"}, "peak_ratio", "of 31m11s; the figures are of what was until then"},
		{[]string{"compare", "--scenario", "restart-eager", "--clients", "300000"}, "peak_ratio", "runs had ended"},
		{[]string{"tune", "--scenario", "restart-eager", "--out", dir + "/a"}, "from policy default", "no policy was chosen"},
		{[]string{"limit", "--scenario", "restart-eager", "--html", dir + "/b"}, "clients", "had been tried"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond) // it has begun, and takes seconds
		var out, errs bytes.Buffer
		code := run(ctx, append([]string{"simulate"}, c.args...), strings.NewReader(""), &out, &errs, nowhere)
		cancel()
		if code != exitInterrupted || !strings.Contains(out.String(), c.stdout) || !strings.Contains(errs.String(), "interrupted: ") || !strings.Contains(errs.String(), c.had) {
			t.Errorf("%v: exit %d\n%s%s", c.args, code, &out, &errs)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A file is replaced whole or not at all: what was there stays, and nothing is
// left beside it.
func TestReplaceFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "policy.json")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left on device")
	err := replaceFile(file, func(w io.Writer) error {
		io.WriteString(w, "half of")
		return full
	})
	if text, _ := os.ReadFile(file); !errors.Is(err, full) || string(text) != "precious" {
		t.Errorf("%v, and the file holds %q", err, text)
	}
	if err := replaceFile(file, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(file)
	at, _ := os.Stat(file)
	if left, _ := os.ReadDir(dir); string(text) != "new" || len(left) != 1 || at.Mode().Perm() != 0o600 {
		t.Errorf("the file holds %q, mode %v; in the folder are %v", text, at.Mode(), left)
	}
}

// A disk that is full: stdout's failure and a report's are told.
func TestDiskFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full here")
	}
	code, _, stderr := simulated(t, "run", "--scenario", smallFleet, "--html", "/dev/full")
	if code != exitFailed || !strings.Contains(stderr, "--html: ") || !strings.Contains(stderr, "no space left") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	var errs bytes.Buffer
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, form := range []string{"--json", "--csv", "--json=false"} {
		errs.Reset()
		code = run(t.Context(), []string{"simulate", "run", "--scenario", smallFleet, form}, strings.NewReader(""), full, &errs, nowhere)
		if code != exitFailed || !strings.Contains(errs.String(), "writing to stdout") {
			t.Errorf("%s: exit %d: %s", form, code, &errs)
		}
	}
}

// At a terminal a bar tells how far it is and when it will be done, and is gone
// at the end.
func TestMeter(t *testing.T) {
	var screen bytes.Buffer
	m := newMeter(&screen, "simulating")
	m.set(0, 10)
	m.bar.RenderBlank()
	var at [2]float64
	m.add(&at[0], 0.5, 2)
	m.add(&at[0], 0.75, 2)
	m.add(&at[1], 0.25, 2)
	if m.done != 1 {
		t.Errorf("%v of 2 is done", m.done)
	}
	m.stop()
	if text := screen.String(); !strings.Contains(text, "simulating") || !strings.HasSuffix(text, "\r") {
		t.Errorf("%q", text)
	}
	if (&process{stderr: &locked{w: &screen}}).meter("x").bar != nil {
		t.Error("a bar where nobody looks")
	}
}

func TestSparkline(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   string
	}{
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7, 8}, " ▁▂▃▄▅▆▇█"},
		{[]float64{0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.1}, " █       ▁"},
		{nil, ""},
	} {
		got := sparkline(c.values, 10, 8)
		if strings.ReplaceAll(got, " ", ".") != strings.ReplaceAll(c.want, " ", ".") {
			t.Errorf("%v: %q, want %q", c.values, got, c.want)
		}
	}
}
