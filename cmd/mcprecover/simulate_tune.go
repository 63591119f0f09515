package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime/debug"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/measure"
	"github.com/mcprecover/mcprecover/simulate/paired"
	"github.com/mcprecover/mcprecover/simulate/tune"
)

func simulateTuneCommand(p *process) *cobra.Command {
	s := &simulation{p: p}
	var out string
	var policies, finalists int
	c := &cobra.Command{
		Use:   "tune",
		Short: "Look for a better policy, and write it as a file",
		Long: `tune tries many policies on a small fleet, the best of them on a larger one, and a
few on the whole fleet, in several worlds (successive halving). It prints the best
with their Pareto front, and what becomes of them where capacity, cost or queue
are off by a factor of two; it chooses the one that is lost in the fewest of those,
and of these the best. What users decide (patience, retries) stays as in --policy.

--out writes the chosen policy, with where it comes from, as a file that
mcprecover proxy --policy and the Go library load. --fail-if judges it.`,
		Example: `  mcprecover simulate tune --scenario restart-eager --out tuned.json
  mcprecover simulate tune --scenario mine.yaml --policy gentle --clients 20000 --html tuned.html`,
		Args: byFlag,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := s.prepare(c.Context(), c); err != nil {
				return err
			}
			if len(s.policies) != 1 {
				return misusef("--policy: tune takes one policy, which it starts from")
			}
			if policies < 4 || finalists < 2 || finalists > policies/2 {
				return misusef("--policies is %d, --finalists %d: allowed are at least 4 policies, and 2 finalists to half the policies", policies, finalists)
			}
			if err := s.shape(); err != nil {
				return err
			}
			if err := outputs([]output{{"out", out}, {"html", s.html}}, s.scenarioName); err != nil {
				return err
			}
			from := s.policies[0]
			search := tune.Search{
				Scenario: s.scenario, From: from.policy, FromName: from.name, Seed: s.seed,
				Policies: policies, Finalists: finalists, Worlds: s.seeds,
			}
			kept := map[policy.Policy][]*simulate.Result{}
			if s.html != "" {
				search.Whole = func(p policy.Policy, world int, r *simulate.Result) {
					if kept[p] == nil {
						kept[p] = make([]*simulate.Result, s.seeds)
					}
					kept[p][world] = r
				}
			}
			meter := p.meter("tuning")
			found, err := search.Find(c.Context(), meter.set)
			meter.stop()
			if err != nil && c.Context().Err() == nil {
				return misuse{err}
			}
			if err != nil {
				err = interrupted{fmt.Sprintf("%s of 3 and %d runs were done; no policy was chosen", count(len(found.Stages), "stage", "stages"), found.Runs)}
			}
			return s.concludeTune(found, kept, out, err)
		},
	}
	s.flags(c.Flags(), "default", 4)
	c.Flags().StringVar(&out, "out", "", "write the policy to this `FILE`")
	wholeFlag(c.Flags(), &policies, "policies", 200, "`N` are tried")
	wholeFlag(c.Flags(), &finalists, "finalists", 12, "`N` reach the whole fleet")
	return c
}

// concludeTune prints what was found, and writes the chosen policy.
func (s *simulation) concludeTune(found tune.Found, kept map[policy.Policy][]*simulate.Result, out string, stopped error) error {
	if out != "" && stopped == nil { // before it is told that it is there
		chosen := s.tuned(found)
		if err := replaceFile(out, func(w io.Writer) error { return chosen.Encode(w) }); err != nil {
			return errors.Join(fmt.Errorf("--out: %w", err), s.printTuned(found, "", nil))
		}
	}
	if err := s.printTuned(found, out, stopped); err != nil || stopped != nil {
		return first(err, stopped)
	}
	if s.html != "" {
		if err := s.report(s.tunedData(found, kept)); err != nil {
			return err
		}
	}
	l := lane{name: "the chosen policy"}
	for i, f := range found.Finalists[0].Figures {
		l.worlds = append(l.worlds, world{seed: s.seed + uint64(i), figures: f})
	}
	return s.judge(l)
}

// tuned is the chosen policy's file.
func (s *simulation) tuned(found tune.Found) policy.Document {
	chosen := found.Finalists[0]
	last := found.Stages[len(found.Stages)-1]
	var text bytes.Buffer
	simulate.Encode(&text, s.scenario)
	d := policy.Document{Policy: chosen.Policy, Provenance: &policy.Provenance{
		Scenario: fmt.Sprintf("%s, sha256 %x, %d clients", s.scenario.Name, sha256.Sum256(text.Bytes()), last.Clients),
		Seed:     s.seed, Version: version(), Figures: map[string]float64{},
	}}
	if _, isPreset := policy.Named(s.policies[0].name); isPreset {
		d.Provenance.Preset = s.policies[0].name
	}
	for _, name := range []string{"t99", "peak_ratio", "amplification", "failed_each", "waste", "goodput"} {
		m, _ := measure.Named(name)
		mean := meanOf(m, chosen.Figures)
		if m.Unit == measure.Seconds {
			name += "_s"
		}
		if !math.IsInf(mean.Mean, 0) { // JSON has no infinity
			d.Provenance.Figures[name] = readable(mean.Mean)
		}
		if !math.IsNaN(mean.Low) {
			d.Provenance.Figures[name+"_low"], d.Provenance.Figures[name+"_high"] = readable(mean.Low), readable(mean.High)
		}
	}
	d.Provenance.Figures["worlds"] = float64(len(chosen.Figures))
	d.Provenance.Figures["worlds_off_by_two_lost"] = float64(chosen.Lost)
	return d
}

// readable keeps five digits: more say nothing, and their last may differ
// between machines.
func readable(v float64) float64 {
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 5, 64), 64)
	return v
}

func meanOf(m measure.Measure, worlds []simulate.Figures) paired.Interval {
	var values []float64
	for _, f := range worlds {
		values = append(values, m.Of(f))
	}
	return paired.Mean(values)
}

// version is this program's, as its build recorded it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
