package main

import (
	"fmt"
	"strings"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

const (
	demoColumn = 41 // characters of each half
	demoGap    = "   "
)

// text is the report for people: both halves side by side, step by step.
func (r *demoReport) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "A server forgets its session at POST %d: %d %q.\n", r.Fault.AtPOST, r.Fault.Status, r.Fault.Body)
	fmt.Fprint(&b, "The same go-sdk client meets it twice; only the Transport of its http.Client differs.\n")
	fmt.Fprint(&b, "* is what mcprecover decides, = what the client gets.\n\n")
	beside(&b, []string{r.Plain.Transport}, []string{r.Recovered.Transport})
	rule := []string{strings.Repeat("-", demoColumn)}
	beside(&b, rule, rule)
	for i := range max(len(r.Plain.Steps), len(r.Recovered.Steps)) {
		beside(&b, r.Plain.step(i), r.Recovered.step(i))
		fmt.Fprintln(&b)
	}
	beside(&b, rule, rule)
	beside(&b, r.Plain.sums(), r.Recovered.sums())
	fmt.Fprintln(&b)
	if r.AsTold {
		fmt.Fprintf(&b, "The plain client stays broken; with mcprecover %d of %d calls succeed, each run once.\n", r.Recovered.Answered, demoCalls)
	}
	return b.String()
}

// step is a step's lines: its name, what happened, and what the client got.
func (h *demoHalf) step(i int) []string {
	if i >= len(h.Steps) {
		return nil
	}
	s := h.Steps[i]
	lines := []string{s.Name}
	for _, m := range s.Moments {
		if m.Wire != nil {
			lines = append(lines, m.Wire.line())
		} else {
			lines = append(lines, m.Event.line())
		}
	}
	switch {
	case s.Error != "" && len(s.Moments) == 0:
		lines = append(lines, "  (nothing is sent)")
		fallthrough
	case s.Error != "":
		lines = append(lines, wrapped("  = ", "error: "+s.Error)...)
	case s.Answer != "":
		lines = append(lines, wrapped("  = ", s.Answer)...)
	}
	return lines
}

// line is a request, such as "  POST 3 tools/call   S1 401".
func (w *demoWire) line() string {
	left, right := "  "+w.HTTPMethod, strings.TrimSpace(fmt.Sprintf("%s %d", w.Session, w.Status))
	switch {
	case w.POST > 0:
		left += fmt.Sprintf(" %d %s", w.POST, w.RPCMethod)
	case w.HTTPMethod == "GET":
		left += " (listening stream)"
	}
	if w.Opens != "" {
		right = "opens " + w.Opens + " " + right
	}
	return fmt.Sprintf("%s%*s", left, demoColumn-len(left), right)
}

// line is a step of the engine.
func (e *demoEvent) line() string {
	switch e.Kind {
	case nethttp.AnswerJudged.String():
		return fmt.Sprintf("  * %s (%s): %s", e.Class, e.Reason, e.Action)
	case nethttp.RecoveryStarted.String():
		return "  * opening a new session"
	case nethttp.RecoveryDone.String():
		return fmt.Sprintf("  * session renewed, epoch %d", e.Epoch)
	case nethttp.CallResent.String():
		return fmt.Sprintf("  * %s is sent again", e.Method)
	}
	return "  * " + strings.ReplaceAll(e.Kind, "_", " ")
}

func (h *demoHalf) sums() []string {
	return []string{
		fmt.Sprintf("calls answered        %d of %d", h.Answered, demoCalls),
		fmt.Sprintf("runs of the tool      %d", h.Runs),
		fmt.Sprintf("sessions opened       %d", h.Initializes),
	}
}

// wrapped breaks a text into lines of a column, the first behind a mark.
func wrapped(mark, text string) (lines []string) {
	line := mark
	for word := range strings.FieldsSeq(text) {
		if len(line)+len(word) > demoColumn && strings.TrimSpace(line) != "" && line != mark {
			lines = append(lines, strings.TrimRight(line, " "))
			line = strings.Repeat(" ", len(mark))
		}
		line += word + " "
	}
	return append(lines, strings.TrimRight(line, " "))
}

// beside writes two blocks of lines next to each other.
func beside(b *strings.Builder, left, right []string) {
	for i := range max(len(left), len(right)) {
		var l, r string
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		line := fmt.Sprintf("%-*s%s%s", demoColumn, l, demoGap, r)
		fmt.Fprintln(b, strings.TrimRight(line, " "))
	}
}
