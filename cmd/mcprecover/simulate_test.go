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
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate/measure"
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
	t99, _ := measure.Named("t99")
	page(t, file+".html", "mcprecover simulate tune", "Recommended policy: ", "Policies tried",
		": 99 % of the lost sessions are back after "+t99.Format(p.Figures["t99_s"])+", ")
}

// page fails unless a report says what is wanted.
func page(t *testing.T, file string, want ...string) {
	t.Helper()
	html, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range want {
		if !bytes.Contains(html, []byte(text)) {
			t.Errorf("the report does not say %q", text)
		}
	}
	if bytes.Contains(html, []byte("%!")) {
		t.Error("a format that went wrong")
	}
}

// Every command's report says what was found, how to repeat it, and what to
// beware of.
func TestReports(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report.html")
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"run", "--scenario", smallFleet}, []string{"A small fleet notices a restart of 10 s. default: 99 % of the lost sessions are back after ", "margin of default"}},
		{[]string{"run", "--scenario", "naive-quarter", "--clients", "200"}, []string{"Not governed: ", "handshakes given up in the queue"}},
		{[]string{"run", "--scenario", "outage", "--clients", "100000", "--sample", "100"}, []string{"100,000, of which 100 are simulated"}},
		{[]string{"compare", "--scenario", smallFleet, "--seeds", "2"}, []string{"naive-fixed: 99 % of", "default: 99 % of", "Policies compared"}},
		{[]string{"sweep", "--scenario", smallFleet, "--vary", "policy.splay=0s,9s"}, []string{"policy.splay=9s"}},
		{[]string{"limit", "--scenario", smallFleet, "--seeds", "1"}, []string{"clients come back", "How many clients survive small"}},
		{[]string{"replay", "--trace", storedTrace, "--seeds", "2"}, []string{"What another policy would have done", "Fits the trace: ", "The trace cannot tell: ", "server.retry_after"}},
	} {
		if code, _, stderr := simulated(t, append(c.args, "--html", file)...); code != exitDone {
			t.Fatalf("%v: exit %d: %s", c.args, code, stderr)
		}
		page(t, file, append(c.want, "mcprecover simulate "+c.args[0])...)
	}
}

const storedTrace = "../../simulate/replay/testdata/restart.jsonl"

// A sample stands for the whole: what it counts is a multiple of how many each
// client stands for.
func TestSample(t *testing.T) {
	code, stdout, stderr := simulated(t, "run", "--scenario", "outage", "--clients", "100_000", "--sample", "100", "--json")
	var d struct {
		Clients, Sample int
		Lanes           []struct {
			Worlds []struct{ Figures struct{ Peak, Failed int } }
		}
	}
	if err := json.Unmarshal([]byte(stdout), &d); code != exitDone || err != nil {
		t.Fatalf("exit %d, %v: %s", code, err, stderr)
	}
	if f := d.Lanes[0].Worlds[0].Figures; d.Clients != 100_000 || d.Sample != 100 || f.Peak == 0 || f.Peak%1000 != 0 || f.Failed%1000 != 0 {
		t.Errorf("%d clients, a sample of %d: peak %d, failed %d", d.Clients, d.Sample, f.Peak, f.Failed)
	}
}

// A scenario that no policy governs is shown with the margin that says why.
func TestNotGoverned(t *testing.T) {
	for scenario, want := range map[string][]string{
		"auth-expiry":   {"(not governed: the policy", "credentials asked for in vain"},
		"naive-quarter": {"(not governed: the policy", "handshakes given up in the queue"},
		"no-affinity":   {"(not governed: the policy", "margin 3.00: stale answers for each good one"},
		"session-table": {"(not governed: the policy", "margin 1.25: sessions, over what the server remembers"},
	} {
		_, listed, _ := simulated(t, "list")
		_, shown, _ := simulated(t, "run", "--scenario", scenario, "--clients", "100", "--set", "horizon=1m")
		words := strings.Join(strings.Fields(shown), " ")
		for _, text := range want {
			if !strings.Contains(words, text) {
				t.Errorf("%s: not told: %s", scenario, text)
			}
		}
		if !strings.Contains(strings.Join(strings.Fields(listed), " "), "(not governed; margin ") {
			t.Error("the list shows no margin")
		}
	}
}

// A comparison of as many policies as are allowed, with long names, still fits.
func TestCompareFits(t *testing.T) {
	dir := t.TempDir()
	var names []string
	for i := range mostPolicies {
		file := filepath.Join(dir, strings.Repeat("long-", 10)+strconv.Itoa(i)+".json")
		if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, file)
	}
	code, stdout, stderr := simulated(t, "compare", "--scenario", smallFleet, "--policy", strings.Join(names, ","))
	if code != exitDone {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	for line := range strings.Lines(stdout) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 100 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	for i := range mostPolicies {
		if !strings.Contains(stdout, strconv.Itoa(i)+".json") {
			t.Errorf("policy %d cannot be told from the others", i)
		}
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
		{[]string{"compare", "--scenario", "restart-eager", "--clients", "300000"}, "peak_ratio", "no run of 8 had ended; the figures are of "},
		{[]string{"tune", "--scenario", "restart-eager", "--out", dir + "/a"}, "from policy default", "no policy was chosen"},
		{[]string{"limit", "--scenario", "restart-eager", "--html", dir + "/b"}, "the search had not ended", "had been tried"},
	} {
		var code int
		var out, errs bytes.Buffer
		for wait := 300 * time.Millisecond; wait < 20*time.Second; wait *= 2 { // the first in which it has begun
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			out.Reset()
			errs.Reset()
			code = run(ctx, append([]string{"simulate"}, c.args...), strings.NewReader(""), &out, &errs, nowhere)
			cancel()
			if !strings.Contains(errs.String(), "no run had begun") {
				break
			}
		}
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
