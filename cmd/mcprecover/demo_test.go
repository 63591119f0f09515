package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mcprecover/mcprecover/faults"
)

// TestDemo is read in testdata/demo.txt and testdata/demo.json.
func TestDemo(t *testing.T) {
	for _, c := range []struct {
		file string
		args []string
	}{
		{"testdata/demo.txt", []string{"demo"}},
		{"testdata/demo.json", []string{"demo", "--json"}},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), c.args, strings.NewReader(""), &stdout, &stderr, nowhere); code != exitDone || stderr.Len() > 0 {
			t.Errorf("%v: exit code %d, stderr:\n%s", c.args, code, &stderr)
		}
		golden(t, c.file, stdout.String())
	}
	text, err := os.ReadFile("testdata/demo.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if n := len(strings.TrimSuffix(line, "\n")); n > 100 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

// TestDemoSaysWhatDiffers where the server only seems ill: a client is not
// broken by a 500, and nothing is recovered from it.
func TestDemoSaysWhatDiffers(t *testing.T) {
	var stdout, stderr bytes.Buffer
	p := &process{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, lookupEnv: nowhere}
	err := p.demo(t.Context(), true, demoFault{AtPOST: 3, Status: 500, Body: "try later"})
	if err == nil {
		t.Fatal("no error")
	}
	var r demoReport
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	const want = "recovered: calls answered: 0, not 3"
	if r.AsTold || !slices.Contains(r.Differs, want) || !strings.Contains(err.Error(), want) {
		t.Errorf("as told: %t; differs: %q; error: %v; want %q", r.AsTold, r.Differs, err, want)
	}
}

// TestTheDemoIsJudged: each figure counts.
func TestTheDemoIsJudged(t *testing.T) {
	lost := []demoStep{{Name: "call 1", Moments: []demoMoment{{Wire: &demoWire{POST: 3, Status: 401, Fault: "stale"}}}}}
	good := func() demoReport {
		return demoReport{
			Fault:     demoFault{AtPOST: 3, Status: 401, Body: faults.Seed.Body},
			Plain:     demoHalf{Steps: slices.Clone(lost), POSTs: 3, Initializes: 1, SessionKept: true},
			Recovered: demoHalf{Steps: slices.Clone(lost), Answered: 3, Runs: 3, POSTs: 8, Initializes: 2, SessionKept: true},
		}
	}
	for want, spoil := range map[string]func(*demoReport){
		"":                                             func(*demoReport) {},
		"plain: calls answered: 1, not 0":              func(r *demoReport) { r.Plain.Answered = 1 },
		"plain: POSTs: 4, not 3":                       func(r *demoReport) { r.Plain.POSTs = 4 },
		"recovered: runs of the tool: 4, not 3":        func(r *demoReport) { r.Recovered.Runs = 4 },
		"recovered: initializes: 3, not 2":             func(r *demoReport) { r.Recovered.Initializes = 3 },
		"recovered: session id kept: false, not true":  func(r *demoReport) { r.Recovered.SessionKept = false },
		"recovered: sessions lost at POST 3: 0, not 1": func(r *demoReport) { r.Recovered.Steps = nil },
		"plain: close: no listening stream came for the session": func(r *demoReport) {
			r.Plain.Steps = append(r.Plain.Steps, demoStep{Name: "close", Error: "no listening stream came for the session"})
		},
	} {
		r := good()
		spoil(&r)
		r.judge()
		if got := strings.Join(r.Differs, "\n"); got != want || r.AsTold != (want == "") {
			t.Errorf("as told: %t, differs: %q; want %q", r.AsTold, got, want)
		}
	}
}

func TestTheDemoEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"demo"}, strings.NewReader(""), &stdout, &stderr, nowhere)
	if code != exitFailed || stdout.Len() > 0 || !strings.Contains(stderr.String(), "context canceled") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, &stdout, &stderr)
	}
}
