package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/measure"
)

func simulateRunCommand(p *process) *cobra.Command {
	s := &simulation{p: p}
	c := &cobra.Command{
		Use:   "run",
		Short: "Show what a scenario does to a fleet with one policy",
		Long: `run simulates one policy in one scenario and prints what is measured, the storm of
initialize requests, why calls failed and which outages they outlast. --csv
prints the first world second by second.`,
		Example: `  mcprecover simulate run --scenario restart-eager
  mcprecover simulate run --scenario mine.yaml --policy mine.json --fail-if 'goodput < 90%'
  mcprecover simulate run --scenario outage --set events[0].for=5m --csv > seconds.csv`,
		Args: byFlag,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := s.prepare(c.Context(), c); err != nil {
				return err
			}
			if len(s.policies) != 1 {
				return misusef("--policy: run takes one policy; simulate compare takes several")
			}
			if err := s.shape(); err != nil {
				return err
			}
			lanes := s.lanes()
			return s.conclude("run", lanes, s.race(c.Context(), lanes), lanes, func(page *strings.Builder) {
				s.printRun(page, lanes[0])
			})
		},
	}
	s.flags(c.Flags(), "default", 1)
	s.sampled(c.Flags())
	return c
}

// lanes are the policies in the scenario.
func (s *simulation) lanes() []lane {
	var lanes []lane
	for _, c := range s.policies {
		lanes = append(lanes, lane{name: c.name, scenario: s.scenario, policy: c.policy})
	}
	return lanes
}

// conclude prints what came of the lanes, in the form that was asked for, and
// judges some of them. An interruption comes after what there was.
func (s *simulation) conclude(command string, lanes []lane, raced error, judged []lane, text func(*strings.Builder)) error {
	return s.concludeAs(command, s.document(command, lanes, raced), lanes, raced, judged, text)
}

// concludeAs is conclude with a document of the command's own.
func (s *simulation) concludeAs(command string, doc any, lanes []lane, raced error, judged []lane, text func(*strings.Builder)) error {
	var stopped interrupted
	if raced != nil && !errors.As(raced, &stopped) {
		return raced
	}
	var err error
	switch {
	case s.json:
		err = s.printJSON(doc)
	case s.csv && command == "run":
		err = s.printSeconds(lanes[0])
	case s.csv:
		err = s.printCSV(lanes)
	default:
		var page strings.Builder
		text(&page)
		err = s.print(page.String())
	}
	if err != nil {
		return errors.Join(err, raced)
	}
	if raced != nil {
		return raced
	}
	if err := s.report(s.data(lanes)); err != nil {
		return err
	}
	return s.judge(judged...)
}

func (s *simulation) print(text string) error {
	if _, err := s.p.stdout.Write([]byte(text)); err != nil {
		return fmt.Errorf("writing to stdout: %w", err)
	}
	return nil
}

// heading says what was simulated.
func (s *simulation) heading(page *strings.Builder, rest string) {
	x := s.scenario
	about := x.About
	if !x.Governed {
		about += " (not governed: the policy does not decide whether the fleet comes back; " + worst(x.Margins(s.policies[len(s.policies)-1].policy)) + ")"
	}
	page.WriteString(hang(x.Name+":", len(x.Name)+2, about))
	worlds := fmt.Sprintf("seed %d", s.seed)
	if s.seeds > 1 {
		worlds = fmt.Sprintf("seeds %d to %d", s.seed, s.seed+uint64(s.seeds)-1)
	}
	fmt.Fprintf(page, "%s clients%s, %s%s, %s of virtual time\n\n", measure.Grouped(float64(x.Clients.Number)), s.ofThem(), worlds, rest, span(x.Window().End))
}

// ofThem says of a sample that it is one.
func (s *simulation) ofThem() string {
	if s.sample > 0 && s.sample < s.scenario.Clients.Number {
		return fmt.Sprintf(", of which %s are simulated", measure.Grouped(float64(s.sample)))
	}
	return ""
}

func (s *simulation) printRun(page *strings.Builder, l lane) {
	s.heading(page, ", policy "+column(l.name))
	var rows [][]string
	for _, m := range measure.All() {
		rows = append(rows, []string{m.Name, l.shown(m), "  " + m.Meaning})
	}
	aligned(page, rows)
	storms(page, []lane{l})
	page.WriteString("\nmargins (loads over capacity; well above 1 a storm sustains itself)\n")
	rows = nil
	for _, m := range margins(l.scenario.Margins(l.policy)) {
		rows = append(rows, []string{m.what, fmt.Sprintf("%.2f", m.load)})
	}
	table(page, rows)
	if reasons := l.reasons(); len(reasons) > 0 {
		page.WriteString("\ncalls that failed, by the last reason\n")
		rows = nil
		for _, why := range slices.Sorted(maps.Keys(reasons)) {
			rows = append(rows, []string{why.String(), measure.Grouped(float64(reasons[why]))})
		}
		table(page, rows)
	}
	l.survival(page)
}

// aligned prints name, value and meaning.
func aligned(page *strings.Builder, rows [][]string) {
	for _, row := range rows {
		fmt.Fprintf(page, "  %-14s %14s%s\n", row[0], row[1], row[2])
	}
}

// reasons are the last reasons of the calls that failed, over all worlds.
func (l lane) reasons() map[policy.Why]uint64 {
	all := map[policy.Why]uint64{}
	for _, w := range l.worlds {
		for why, n := range simulate.By(w.result.Failed) {
			all[why] += n
		}
	}
	return all
}

// survival is the share of calls that outlast an outage of the first world.
func (l lane) survival(page *strings.Builder) {
	if len(l.worlds) == 0 {
		return
	}
	var rows [][]string
	for i := range l.worlds[0].result.Survival.Begun {
		if upTo, share, ok := l.worlds[0].result.Survival.Share(i); ok {
			rows = append(rows, []string{"up to " + span(int64(upTo)), fmt.Sprintf("%.1f %%", 100*share)})
		}
	}
	if len(rows) > 0 {
		page.WriteString("\ncalls that survive an outage, by how long it still lasts when they begin\n")
		table(page, rows)
	}
}
