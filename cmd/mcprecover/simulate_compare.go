package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mcprecover/mcprecover/simulate/measure"
)

func simulateCompareCommand(p *process) *cobra.Command {
	s := &simulation{p: p}
	c := &cobra.Command{
		Use:   "compare",
		Short: "Compare policies in the same worlds",
		Long: `compare runs several policies in the same worlds: the same clients think for as
long, and the same sessions are lost. Two policies are shown with the 95 %
confidence interval of their difference, paired by world.

--fail-if judges the last policy: the others are what it is compared with.`,
		Example: `  mcprecover simulate compare --scenario restart-eager --policy naive-fixed,default
  mcprecover simulate compare --scenario outage --policy default,my.json --fail-if 'failed > 50'`,
		Args: byFlag,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := s.prepare(c.Context(), c); err != nil {
				return err
			}
			if len(s.policies) < 2 {
				return misusef("--policy: compare takes 2 to %d policies, such as naive-fixed,default", mostPolicies)
			}
			if err := s.shape(); err != nil {
				return err
			}
			lanes := s.lanes()
			return s.conclude("compare", lanes, s.race(c.Context(), lanes), lanes[len(lanes)-1:], func(page *strings.Builder) {
				s.heading(page, "")
				figures(page, lanes)
				storms(page, lanes)
			})
		},
	}
	s.flags(c.Flags(), "naive-fixed,default", 4)
	s.sampled(c.Flags())
	return c
}

func simulateSweepCommand(p *process) *cobra.Command {
	s := &simulation{p: p}
	var over string
	c := &cobra.Command{
		Use:   "sweep",
		Short: "Vary one field of a scenario or a policy",
		Long: `sweep runs a policy once for each value of one field: of the scenario, or with
policy. before it of the policy. --fail-if judges every value.`,
		Example: `  mcprecover simulate sweep --scenario outage --vary policy.splay=0s,30s,120s
  mcprecover simulate sweep --scenario restart-eager --vary server.capacity=10000,20000,40000`,
		Args: byFlag,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := s.prepare(c.Context(), c); err != nil {
				return err
			}
			if len(s.policies) != 1 {
				return misusef("--policy: sweep takes one policy")
			}
			if err := s.shape(); err != nil {
				return err
			}
			lanes, err := s.sweep(over)
			if err != nil {
				return err
			}
			return s.conclude("sweep", lanes, s.race(c.Context(), lanes), lanes, func(page *strings.Builder) {
				s.heading(page, ", policy "+column(s.policies[0].name))
				briefs(page, lanes)
			})
		},
	}
	s.flags(c.Flags(), "default", 1)
	s.sampled(c.Flags())
	c.Flags().StringVar(&over, "vary", "", "`LIST` of values for a field, such as policy.splay=0s,60s")
	return c
}

// mostValues bounds a sweep.
const mostValues = 100

// sweep makes a lane of each value.
func (s *simulation) sweep(over string) ([]lane, error) {
	path, list, ok := strings.Cut(over, "=")
	if over == "" {
		return nil, misusef("--vary is missing: write FIELD=VALUE,VALUE..., such as policy.splay=0s,10s,60s")
	}
	if !ok {
		return nil, misusef("--vary is %q: write FIELD=VALUE,VALUE..., such as policy.splay=0s,10s,60s", over)
	}
	values := strings.Split(list, ",")
	if len(values) > mostValues {
		return nil, misusef("--vary: %d values: allowed are up to %d", len(values), mostValues)
	}
	var lanes []lane
	for _, value := range values {
		v := s.vary(path, value)[0]
		if v.err != nil {
			return nil, misuse{inEachLine("--vary: ", v.err)}
		}
		name := strings.TrimSpace(path) + "=" + strings.TrimSpace(value)
		lanes = append(lanes, lane{name: name, scenario: v.scenario, policy: v.policy})
	}
	return lanes, nil
}

// briefs are the measures that decide, a line for each lane.
func briefs(page *strings.Builder, lanes []lane) {
	names := []string{"goodput", "t50", "t99", "peak", "peak_ratio", "amplification", "failed_each", "waste"}
	rows := [][]string{append([]string{""}, names...)}
	path, _, _ := strings.Cut(lanes[0].name, "=") // that of all: a column has no room for it
	fmt.Fprintf(page, "%s, and what each of its values makes of it\n\n", path)
	for _, l := range lanes {
		_, value, _ := strings.Cut(l.name, "=")
		row := []string{column(value)}
		for _, name := range names {
			m, _ := measure.Named(name)
			row = append(row, l.shown(m))
		}
		rows = append(rows, row)
	}
	table(page, rows)
	fmt.Fprintf(page, "\n  each over %s\n", count(len(lanes[0].worlds), "world", "worlds"))
}
