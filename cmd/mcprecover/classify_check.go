package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/classify/record"
)

// maxShown bounds the differences that are kept to be shown.
const maxShown = 1000

// check compares verdicts with labels. Answers whose label leaves doubt are
// counted and shown apart: none of them is a difference.
type check struct {
	out     io.Writer
	explain bool

	clear, doubtful tally
	unlabelled      int
}

// tally counts answers by their label.
type tally struct {
	lines, agreed [classify.Fatal + 1]int
	differing     int
	shown         []difference
}

type difference struct {
	id             string
	label, verdict classify.Class
	reason         classify.Reason
	why            string // explained, if that is wanted
}

func (c *check) tell(r record.Record, rules classify.Rules) error {
	t := &c.clear
	switch {
	case r.Label == 0:
		c.unlabelled++
		return nil
	case r.Ambiguous:
		t = &c.doubtful
	}
	t.lines[r.Label]++
	v := r.Judge(rules)
	if v.Class == r.Label {
		t.agreed[r.Label]++
		return nil
	}
	t.differing++
	if len(t.shown) == maxShown {
		return nil
	}
	d := difference{inLine(start(r.ID)), r.Label, v.Class, v.Reason, ""}
	if c.explain {
		d.why = explained(r.Explain(rules))
	}
	t.shown = append(t.shown, d)
	return nil
}

// end prints the table. Its error is the difference, if there is one.
func (c *check) end() error {
	lines, _ := c.clear.sum()
	doubtful, _ := c.doubtful.sum()
	if lines+doubtful == 0 && c.unlabelled > 0 {
		return misusef("--check: none of %s has a label to compare with", count(c.unlabelled, "answer", "answers"))
	}
	if err := c.print(); err != nil {
		return fmt.Errorf("writing to stdout: %w", err)
	}
	if n := c.clear.differing; n > 0 {
		return errors.New("--check: " + count(n, "answer differs from its label", "answers differ from their labels"))
	}
	return nil
}

func (c *check) print() error {
	var page strings.Builder
	row := func(label string, columns ...any) {
		fmt.Fprintf(&page, "%-9s  %8v  %8v  %9v   |  %9v  %8v  %9v\n", append([]any{label}, columns...)...)
	}
	row("label", "lines", "agreed", "differing", "ambiguous", "agreed", "differing")
	counts := func(label string, lines, agreed, doubtful, doubtfulAgreed int) {
		row(label, lines, agreed, lines-agreed, doubtful, doubtfulAgreed, doubtful-doubtfulAgreed)
	}
	for _, class := range classify.Classes() {
		counts(class.String(), c.clear.lines[class], c.clear.agreed[class], c.doubtful.lines[class], c.doubtful.agreed[class])
	}
	lines, agreed := c.clear.sum()
	doubtful, doubtfulAgreed := c.doubtful.sum()
	counts("all", lines, agreed, doubtful, doubtfulAgreed)
	if c.unlabelled > 0 {
		fmt.Fprintf(&page, "\n%s without a label\n", count(c.unlabelled, "answer", "answers"))
	}
	c.clear.list(&page, "differing")
	c.doubtful.list(&page, "ambiguous and differing, not counted as a difference")
	_, err := io.WriteString(c.out, page.String())
	return err
}

func (t *tally) sum() (lines, agreed int) {
	for _, class := range classify.Classes() {
		lines += t.lines[class]
		agreed += t.agreed[class]
	}
	return lines, agreed
}

// list shows each difference.
func (t *tally) list(page *strings.Builder, title string) {
	if t.differing == 0 {
		return
	}
	widest := len("id")
	for _, d := range t.shown {
		widest = max(widest, len(d.id))
	}
	fmt.Fprintf(page, "\n%s:\n", title)
	line := func(id, label, verdict, reason string) {
		fmt.Fprintf(page, "  %-*s   %-9s   %-9s   %s\n", min(widest, 48), id, label, verdict, reason)
	}
	line("id", "label", "verdict", "reason")
	for _, d := range t.shown {
		line(d.id, d.label.String(), d.verdict.String(), d.reason.String())
		page.WriteString(d.why)
	}
	if more := t.differing - len(t.shown); more > 0 {
		fmt.Fprintf(page, "  and %d more\n", more)
	}
}
