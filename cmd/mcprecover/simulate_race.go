package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/measure"
	"github.com/mcprecover/mcprecover/simulate/paired"
)

// exitInterrupted is what shells say of a process that SIGINT ended.
const exitInterrupted = 130

// interrupted is the error of a command that has printed what it had when it
// was told to stop.
type interrupted struct{ had string }

func (i interrupted) Error() string { return "interrupted: " + i.had }

// lane is one policy in one scenario, in all worlds.
type lane struct {
	name     string
	scenario simulate.Scenario
	policy   policy.Policy
	worlds   []world // those that ended, by seed
}

// world is one run that ended, or how far it came.
type world struct {
	seed    uint64
	result  *simulate.Result
	figures simulate.Figures
	whole   bool
}

// race runs all lanes in all worlds. Where it is interrupted it keeps the runs
// that ended, and if none has, how far they came.
func (s *simulation) race(ctx context.Context, lanes []lane) error {
	var runs []simulate.Run
	meter := s.p.meter("simulating")
	defer meter.stop()
	reached := make([]float64, len(lanes)*s.seeds)
	for k := range s.seeds { // world by world: an interruption leaves whole ones
		for i, l := range lanes {
			at := &reached[k*len(lanes)+i]
			runs = append(runs, simulate.Run{
				Scenario: l.scenario, Policy: l.policy, Seed: s.seed + uint64(k), Sample: s.sample,
				Progress: func(done, all time.Duration, _ uint64) { meter.add(at, done.Seconds()/all.Seconds(), len(reached)) },
			})
		}
	}
	worlds := make([]world, len(runs))
	var wrong error
	whole := 0
	simulate.Each(ctx, runs, func(i int, r *simulate.Result, err error) {
		if r == nil {
			wrong = errors.Join(wrong, err)
			return
		}
		worlds[i] = world{runs[i].Seed, r, r.Figures(runs[i].Scenario), err == nil}
		if err == nil {
			whole++
		}
	})
	for i, w := range worlds {
		if w.result != nil && (w.whole || whole == 0) {
			l := &lanes[i%len(lanes)]
			l.worlds = append(l.worlds, w)
		}
	}
	switch {
	case ctx.Err() != nil && whole < len(runs):
		return interrupted{s.had(worlds, whole)}
	case wrong != nil:
		return misuse{wrong}
	}
	return nil
}

// had says how much there is: the runs that ended, or how far the others came.
func (s *simulation) had(worlds []world, whole int) string {
	if whole > 0 {
		return fmt.Sprintf("%d of %d runs had ended; the figures are of those", whole, len(worlds))
	}
	begun := 0
	var least, most, end int64
	for _, w := range worlds {
		if r := w.result; r != nil {
			if begun++; begun == 1 {
				least = r.Reached
			}
			least, most, end = min(least, r.Reached), max(most, r.Reached), r.Window.End
		}
	}
	switch {
	case begun == 0:
		return "no run had begun"
	case len(worlds) == 1:
		return fmt.Sprintf("the run had come to %s of %s; the figures are of what was until then", span(most), span(end))
	}
	came := span(least)
	if came != span(most) {
		came = "between " + came + " and " + span(most)
	}
	return fmt.Sprintf("no run of %d had ended; the figures are of %d that had come to %s of %s", len(worlds), begun, came, span(end))
}

// values are a measure of all worlds.
func (l lane) values(m measure.Measure) []float64 {
	var all []float64
	for _, w := range l.worlds {
		all = append(all, m.Of(w.figures))
	}
	return all
}

// shown is a measure's mean over the worlds, for a table.
func (l lane) shown(m measure.Measure) string {
	values := l.values(m)
	if len(values) == 0 {
		return "-"
	}
	if m.Unit == measure.Truth {
		return outOf(values, 1, "yes", "no")
	}
	if m.Recovery && !slices.ContainsFunc(l.worlds, func(w world) bool { return w.result.Affected > 0 }) {
		return "-" // no session was lost
	}
	if mean := paired.Mean(values).Mean; !math.IsInf(mean, 0) {
		return m.Format(mean)
	}
	return outOf(values, math.Inf(1), "never", "")
}

// outOf says in how many worlds a value stands.
func outOf(values []float64, value float64, word, none string) string {
	n := 0
	for _, v := range values {
		if v == value {
			n++
		}
	}
	switch n {
	case 0:
		return none
	case len(values):
		return word
	}
	return fmt.Sprintf("%s in %d of %d", word, n, len(values))
}

// judge is the error of the conditions that hold in any world of a lane.
func (s *simulation) judge(lanes ...lane) error {
	var fired []error
	for _, c := range s.conditions {
		for _, l := range lanes {
			for _, w := range l.worlds {
				if v := c.Measure.Of(w.figures); c.Holds(v) {
					fired = append(fired, fmt.Errorf("--fail-if '%s': %s, seed %d: %s is %s", c, l.name, w.seed, c.Measure.Name, c.Measure.Format(v)))
					break
				}
			}
		}
	}
	return errors.Join(fired...)
}
