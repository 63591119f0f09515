package report

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Bounds that keep a report below a megabyte whatever is in it, and its lines
// apart. Texts that people copy are never cut.
const (
	mostRuns       = 6
	mostPoints     = 2000 // of a run
	mostSamples    = 6000 // of all runs together
	mostCandidates = 300
	mostFacts      = 40
	mostNotes      = 20
	mostRows       = 60
	mostName       = 60 // characters
	mostLine       = 120
	mostUnit       = 12
	mostProse      = 600
	mostPolicyText = 16 << 10 // bytes
	mostCommand    = 4 << 10
)

// check names the first thing in d that cannot be shown.
func (d Data) check() error {
	for _, b := range []struct {
		what     string
		n, bound int
	}{
		{"Runs", len(d.Runs), mostRuns},
		{"Notes", len(d.Notes), mostNotes},
		{"Facts", len(d.Facts), mostFacts},
		{"Table.Policies", len(d.Table.Policies), mostRuns},
		{"Table.Rows", len(d.Table.Rows), mostRows},
		{"Policy.Text (bytes)", len(d.Policy.Text), mostPolicyText},
		{"Command (bytes)", len(d.Command), mostCommand},
	} {
		if b.n > b.bound {
			return fmt.Errorf("report: %s: %d is more than the %d that a report can show", b.what, b.n, b.bound)
		}
	}
	if !finite(d.Capacity) || d.Capacity < 0 {
		return fmt.Errorf("report: Capacity is %v, want 0 or more initializes a second", d.Capacity)
	}
	if d.Floor < 0 {
		return fmt.Errorf("report: Floor is %v, want 0 or more", d.Floor)
	}
	for i, r := range d.Table.Rows {
		if len(r.Cells) != len(d.Table.Policies) {
			return fmt.Errorf("report: Table.Rows[%d] (%s) has %d cells for %d policies", i, clip(r.Figure), len(r.Cells), len(d.Table.Policies))
		}
		for k, c := range r.Cells {
			if x := c.Change; x != nil && (!(x.Low <= x.High) || math.IsInf(x.High-x.Low, 0)) {
				return fmt.Errorf("report: Table.Rows[%d] (%s), cell %d: the change from %v to %v is no interval", i, clip(r.Figure), k, x.Low, x.High)
			}
		}
	}
	for _, r := range d.Runs {
		if err := r.check(); err != nil {
			return err
		}
	}
	for i, c := range d.Candidates {
		if !finite(c.Peak, c.Failed, c.Waste) || c.T99 < 0 || c.Waste > 1 {
			return fmt.Errorf("report: Candidates[%d] (%s) has a figure out of range: %+v", i, clip(c.Name), c)
		}
	}
	return nil
}

func (r Run) check() error {
	before := time.Duration(math.MinInt64)
	for i, s := range r.Samples {
		if !finite(s.Initializes, s.Recovered, s.Backoff) || s.Queue < 0 || s.Recovered > 1 {
			return fmt.Errorf("report: run of policy %q, sample %d: a figure is out of range: %+v", clip(r.Policy), i, s)
		}
		if s.At < before {
			return fmt.Errorf("report: run of policy %q, sample %d at %v comes after %v: want them in order of time", clip(r.Policy), i, s.At, before)
		}
		before = s.At
	}
	return nil
}

// finite reports whether all are numbers that can be drawn: 0 or more.
func finite(fs ...float64) bool {
	for _, f := range fs {
		if !(f >= 0) || math.IsInf(f, 0) {
			return false
		}
	}
	return true
}

// clip cuts a name that would crowd out the figures.
func clip(s string) string { return cut(s, mostName) }

// cut keeps the first characters of a text.
func cut(s string, most int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
