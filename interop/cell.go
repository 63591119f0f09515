//go:build interop

package main

import "strings"

// The words of cells, the worst first.
const (
	noStart       = "no start" // client and server do not work together even without a fault
	twice         = "TWICE"    // a tool ran more than once for one call
	wrong         = "WRONG"    // a call was answered though its tool never ran, or with another call's answer
	hang          = "HANG"     // a call had no end
	dead          = "dead"     // the call after the fault fails
	unclear       = "unclear"  // an error does not say whether the call ran
	told          = "told"     // a call ended with a clear error, the next one works
	ok            = "ok"       // every call was answered, and ran once
	notApplicable = "n/a"      // the server has no such mode
	notRun        = "not run"
)

// cell is one client, one server and one fault.
type cell struct {
	Client   string  `json:"client"`
	Server   string  `json:"server"`
	Fault    string  `json:"fault"`
	Mode     string  `json:"mode"`
	Word     string  `json:"word"`
	Note     string  `json:"note,omitempty"`
	Listened bool    `json:"listened"` // the client's listening stream was open when the fault came
	Calls    []*call `json:"calls,omitempty"`
}

// judge finds the worst that happened.
func (c *cell) judge() {
	if c.Word != "" {
		return
	}
	is := map[string]bool{}
	for _, call := range c.Calls {
		is[call.word(c.Mode != plain)] = true
	}
	if last := c.Calls[len(c.Calls)-1]; last.End != "answer" {
		is[dead] = true
	}
	for _, word := range []string{twice, wrong, hang, dead, unclear, told, ok} {
		if is[word] {
			c.Word = word
			return
		}
	}
}

// word judges one call. Errors of mcprecover must say whether the call ran;
// other clients' need only be there.
func (c *call) word(strict bool) string {
	switch {
	case c.Ran > 1:
		return twice
	case c.End == "hang":
		return hang
	case c.End == "answer" && (c.Ran == 0 || !c.mine()):
		return wrong
	case c.End == "answer":
		return ok
	case c.Text == "" || strict && !saysOutcome(c.Text):
		return unclear
	}
	return told
}

// mine reports whether the answer is this call's own: tools return their
// argument n, or say that a long operation completed.
func (c *call) mine() bool {
	return strings.HasSuffix(c.Text, c.n) || strings.HasPrefix(c.Text, "Long running operation completed")
}

// saysOutcome reports whether an error is one of mcprecover's that says what became
// of the call.
func saysOutcome(text string) bool {
	if !strings.Contains(text, "mcprecover:") {
		return false
	}
	for _, outcome := range []string{"outcome unknown", "not executed", "never sent", "; executed"} {
		if strings.Contains(text, outcome) {
			return true
		}
	}
	return false
}

// good words are those that mcprecover promises.
func good(word string) bool { return word == ok || word == told || word == notApplicable }
