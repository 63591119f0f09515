package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/measure"
	"github.com/mcprecover/mcprecover/simulate/report"
	"github.com/mcprecover/mcprecover/simulate/tune"
)

// tunedOut is what --json prints of a tuning.
type tunedOut struct {
	Command     string        `json:"command"`
	Scenario    string        `json:"scenario"`
	Seed        uint64        `json:"seed"`
	Runs        int           `json:"runs"`
	Interrupted bool          `json:"interrupted"`
	Policy      *fileOut      `json:"policy"` // null if none was chosen
	Finalists   []finalistOut `json:"finalists"`
}

type fileOut struct {
	Schema     int                `json:"schema"`
	Provenance *policy.Provenance `json:"provenance"`
	policy.Policy
}

type finalistOut struct {
	Origin   string           `json:"origin"`
	Score    float64          `json:"score"`
	Front    bool             `json:"front"`
	Policy   policy.Policy    `json:"policy"`
	Worlds   []map[string]any `json:"worlds"`
	OffByTwo []offOut         `json:"off_by_two"`
}

type offOut struct {
	What    string         `json:"what"`
	Back    bool           `json:"comes_back"`
	Figures map[string]any `json:"figures"`
}

func (s *simulation) tunedDocument(found tune.Found, stopped error) tunedOut {
	d := tunedOut{Command: "tune", Scenario: s.scenario.Name, Seed: s.seed, Runs: found.Runs, Interrupted: stopped != nil, Finalists: []finalistOut{}}
	if stopped == nil {
		file := s.tuned(found)
		d.Policy = &fileOut{policy.Schema, file.Provenance, file.Policy}
	}
	for _, f := range found.Finalists {
		o := finalistOut{Origin: f.Origin, Score: f.Score, Front: f.Front, Policy: f.Policy}
		for _, x := range f.Figures {
			o.Worlds = append(o.Worlds, measure.Values(x))
		}
		for _, off := range f.Off {
			o.OffByTwo = append(o.OffByTwo, offOut{off.What, off.Back, measure.Values(off.Figures)})
		}
		d.Finalists = append(d.Finalists, o)
	}
	return d
}

// tunedData is a report on a tuning: the choice beside what it started from, in
// the runs of the last stage.
func (s *simulation) tunedData(found tune.Found, kept map[policy.Policy][]*simulate.Result) report.Data {
	chosen := found.Finalists[0]
	s.scenario = s.scenario.Scaled(found.Stages[len(found.Stages)-1].Clients)
	lanes := []lane{
		{name: s.policies[0].name, scenario: s.scenario, policy: s.policies[0].policy},
		{name: "chosen", scenario: s.scenario, policy: chosen.Policy},
	}
	for i, l := range lanes {
		for _, r := range kept[l.policy] {
			lanes[i].worlds = append(lanes[i].worlds, world{r.Seed, r, r.Figures(l.scenario), true})
		}
	}
	if chosen.Start {
		lanes = lanes[:1] // nothing that was tried is better
	}
	d := s.data(lanes)
	d.Title = "A policy for " + s.scenario.Name
	d.Policy = report.Policy{
		Name: chosen.Origin, Text: policyText(s.tuned(found)),
		Why: fmt.Sprintf("Of %d finalists it is lost in the fewest of the worlds where capacity, cost or queue are off by two (%d of %d), and of these it has the lowest score.", len(found.Finalists), chosen.Lost, len(chosen.Off)),
	}
	for i, f := range found.Finalists {
		d.Candidates = append(d.Candidates, s.point(f, i == 0))
	}
	for _, f := range found.Middle {
		if !slices.ContainsFunc(found.Finalists, func(x tune.Finalist) bool { return x.Policy == f.Policy }) {
			f.Front = false // of that stage, not of the last
			d.Candidates = append(d.Candidates, s.point(f, false))
		}
	}
	return d
}

// point is a policy in the report's scatter.
func (s *simulation) point(f tune.Finalist, chosen bool) report.Candidate {
	mean := func(name string) float64 {
		m, _ := measure.Named(name)
		return meanOf(m, f.Figures).Mean
	}
	t99 := report.Never
	if v := mean("t99"); !math.IsInf(v, 0) {
		t99 = time.Duration(v * float64(time.Second))
	}
	var changed []string
	before := leaves(s.policies[0].policy)
	for i, field := range leaves(f.Policy) {
		if field.value != before[i].value {
			changed = append(changed, field.path+" "+field.value)
		}
	}
	return report.Candidate{
		Name: f.Origin, Settings: strings.Join(changed, ", "), Front: f.Front, Chosen: chosen,
		Peak: mean("peak_ratio"), T99: t99, Failed: mean("failed_each"), Waste: mean("waste"),
	}
}
