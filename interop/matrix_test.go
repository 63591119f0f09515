//go:build interop

package main

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// The test's own program is also the client and the server that it starts.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && (os.Args[1] == "client" || os.Args[1] == "server") {
		main()
		return
	}
	os.Exit(m.Run())
}

// A harness is worth what it sees: a mcprecover that is broken, one way or
// another, must turn a cell bad, and so must a client without one.
func TestSeesWhatIsBroken(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, sdk := range []string{"go-sdk", "mcp-go"} {
		for mode, word := range map[string]string{
			recovering:  ok,
			plain:       dead,
			brokenIdle:  dead,
			brokenTwice: twice,
			brokenLie:   wrong,
			brokenHang:  hang,
		} {
			t.Run(sdk+" "+mode, func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
				defer cancel()
				columns, err := pick("", "404", faultList, func(f fault) string { return f.name })
				if err != nil {
					t.Fatal(err)
				}
				k, _ := pick("", sdk, clients, func(k kind) string { return k.name })
				g := &group{house: house{self: self}, clientKind: k[0], server: servers[0], mode: mode, patience: 2 * time.Second}
				if c := g.run(ctx, columns)[0]; c.Word != word {
					t.Errorf("word %q, want %q%s", c.Word, word, c.why())
				}
			})
		}
	}
}

// The word of a cell is the worst that happened to one of its calls.
func TestJudge(t *testing.T) {
	answered := &call{n: "n1", End: "answer", Text: "n1", Ran: 1}
	twiceRun := &call{n: "n1", End: "answer", Text: "n1", Ran: 2}
	failedTwice := &call{n: "n1", End: "error", Text: "mcprecover: lost; outcome unknown", Ran: 2}
	neverRan := &call{n: "n1", End: "answer", Text: "n1"}
	foreign := &call{n: "n1", End: "answer", Text: "n2", Ran: 1}
	clear := &call{n: "n1", End: "error", Text: "mcprecover: lost; outcome unknown", Ran: 1}
	vague := &call{n: "n1", End: "error", Text: "unexpected nil response"}
	hung := &call{n: "n1", End: "hang"}
	for _, c := range []struct {
		name  string
		mode  string
		calls []*call
		word  string
	}{
		{"all answered", recovering, []*call{answered, answered}, ok},
		{"one error that says what happened", recovering, []*call{clear, answered}, told},
		{"one error that does not", recovering, []*call{vague, answered}, unclear},
		{"the same of a plain client", plain, []*call{vague, answered}, told},
		{"the last call fails", recovering, []*call{answered, clear}, dead},
		{"one call has no end", recovering, []*call{hung, answered}, hang},
		{"an answer without a run", recovering, []*call{neverRan, answered}, wrong},
		{"another call's answer", recovering, []*call{foreign, answered}, wrong},
		{"two runs", recovering, []*call{twiceRun, answered}, twice},
		{"two runs and an error", recovering, []*call{failedTwice, answered}, twice},
		{"the worst counts", plain, []*call{hung, twiceRun, vague}, twice},
	} {
		cell := cell{Mode: c.mode, Calls: c.calls}
		if cell.judge(); cell.Word != c.word {
			t.Errorf("%s: %q, want %q", c.name, cell.Word, c.word)
		}
	}
}

// A cell that was not played never says ok.
func TestNotRun(t *testing.T) {
	m := matrix{}
	m.put(cell{Client: "go-sdk", Server: "go-sdk", Fault: "404", Mode: recovering, Word: ok})
	var b strings.Builder
	m.write(&b, clients[:2], servers[:1], faultList[4:6])
	want := `
| client | 404          | 30 s outage |
|--------|--------------|-------------|
| go-sdk | ok / not run | not run     |
| mcp-go | not run      | not run     |
`
	if !strings.HasSuffix(b.String(), want) {
		t.Errorf("the table is\n%s\nand should end in%s", b.String(), want)
	}
	if err := verdict(nil); err == nil {
		t.Error("a run without cells is no success")
	}
}

// Every check counts, each time it was made; what the suite notes of the
// traffic does not.
func TestCompare(t *testing.T) {
	without := results{"a: x": {"SUCCESS", "FAILURE"}, "a: y": {"SUCCESS"}, "b: z": {"SUCCESS", "SUCCESS"}, "b: note": {"INFO"}}
	with := results{"a: x": {"FAILURE", "SUCCESS"}, "a: y": {"FAILURE"}, "b: z": {"SUCCESS"}, "c: new": {"SUCCESS"}}
	want := []string{
		"a: y: without 1x SUCCESS, with 1x FAILURE",
		"b: z: without 2x SUCCESS, with 1x SUCCESS",
		"c: new: without not there, with 1x SUCCESS",
	}
	if got := compare(without, with); !slices.Equal(got, want) {
		t.Errorf("differences %q, want %q", got, want)
	}
}
