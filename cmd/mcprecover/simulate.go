package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/measure"
	"github.com/mcprecover/mcprecover/simulate/report"
)

func simulateCommand(p *process) *cobra.Command {
	c := &cobra.Command{
		Use:   "simulate",
		Short: "Try policies on a simulated fleet before a deploy",
		Long: `simulate runs the very policy that the proxy and the Go library run, on a fleet of
clients in virtual time: how high is the storm of initialize requests, when are
the sessions back, how many calls fail, does the fleet come back at all.

A scenario says what the fleet is and what befalls its server: one of those that
simulate list shows, or a YAML file. The same seed gives the same bytes on every
machine, and two policies meet the same world.

What is measured, for --fail-if, JSON and CSV:
` + measures() + `
Exit codes: 0 done; 1 --fail-if fired, or a file could not be written; 2 wrong
usage or input; 130 interrupted, after printing what there was so far.`,
		Example: `  mcprecover simulate list
  mcprecover simulate run --scenario restart-eager --fail-if 't99 > 120s'
  mcprecover simulate compare --scenario restart-eager --policy naive-fixed,default`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			c.SuggestionsMinimumDistance = 2
			unknown := fmt.Sprintf("unknown command %q", args[0])
			if meant := c.SuggestionsFor(args[0]); len(meant) > 0 {
				unknown += "; did you mean " + strings.Join(meant, " or ") + "?"
			}
			return errors.New(unknown)
		},
		RunE: func(*cobra.Command, []string) error {
			return misusef("no command given: list, run, compare, sweep, tune, limit or replay; mcprecover simulate --help tells more")
		},
	}
	c.FParseErrWhitelist.UnknownFlags = true // those of a command whose name is misspelt: the name is the mistake
	c.AddCommand(simulateListCommand(p), simulateRunCommand(p), simulateCompareCommand(p), simulateSweepCommand(p))
	c.AddCommand(simulateTuneCommand(p), simulateLimitCommand(p), simulateReplayCommand(p))
	return c
}

func measures() string {
	var text strings.Builder
	for _, m := range measure.All() {
		fmt.Fprintf(&text, "  %-14s %s\n", m.Name, m.Meaning)
	}
	return text.String()
}

// simulation is what the commands that simulate are told by flags, and what
// follows from that.
type simulation struct {
	p *process

	scenarioName string
	policyNames  []string
	sets         []string
	clients      int
	sample       int
	seed         uint64
	seeds        int
	json, csv    bool
	html         string
	failIf       []string

	command    string             // to repeat it
	amend      func(*report.Data) // what a command has to say in its report
	scenario   simulate.Scenario
	policies   []contender
	conditions []measure.Condition
}

// flags adds the flags that all of them take.
func (s *simulation) flags(f *pflag.FlagSet, policies string, seeds int) {
	f.StringVar(&s.scenarioName, "scenario", "", "`NAME` of a built-in scenario, or a YAML file")
	f.StringSliceVar(&s.policyNames, "policy", strings.Split(policies, ","), "`NAME` of a preset or a file, with commas")
	f.Lookup("policy").DefValue = policies
	f.StringArrayVar(&s.sets, "set", nil, "`FIELD=VALUE` changes the scenario, policy.FIELD=VALUE the policies")
	wholeFlag(f, &s.clients, "clients", 0, "so many clients, `N`, and the server to scale (default: the scenario's)")
	wholeFlag(f, &s.seed, "seed", 1, "`S` of the first world")
	wholeFlag(f, &s.seeds, "seeds", seeds, "`N` worlds: this seed and the following")
	f.BoolVar(&s.json, "json", false, "print JSON")
	f.BoolVar(&s.csv, "csv", false, "print CSV")
	f.StringVar(&s.html, "html", "", "write a report, one HTML `FILE` that needs no network")
	f.StringArrayVar(&s.failIf, "fail-if", nil, "exit 1 if `CONDITION` holds in any world, as 't99 > 120s'")
}

// sampled adds the flag of the commands that a very large fleet can be a sample
// of itself for.
func (s *simulation) sampled(f *pflag.FlagSet) {
	wholeFlag(f, &s.sample, "sample", 0, "simulate `N` clients of a larger fleet, each for many (default: all)")
}

// prepare reads what the flags name. others are measures of the command's own.
func (s *simulation) prepare(ctx context.Context, c *cobra.Command, others ...measure.Measure) error {
	s.command = commandLine(c)
	switch {
	case s.json && s.csv:
		return misusef("--json and --csv: give one of them")
	case s.seeds < 1 || s.seeds > 1000:
		return misusef("--seeds is %d: allowed is 1 to 1000", s.seeds)
	case c.Flags().Changed("clients") && s.clients < 1:
		return misusef("--clients is %d: allowed is 1 or more", s.clients)
	case c.Flags().Changed("sample") && s.sample < 100:
		return misusef("--sample is %d: allowed is 100 or more: fewer tell nothing", s.sample)
	}
	for _, text := range s.failIf {
		condition, err := measure.ParseCondition(text, others...)
		if err != nil {
			return misusef("--fail-if: %w", err)
		}
		s.conditions = append(s.conditions, condition)
	}
	var err error
	if s.policies, err = readPolicies(s.policyNames); err != nil {
		return err
	}
	if c.Flags().Lookup("trace") == nil { // what a trace tells needs no scenario
		if s.scenario, err = s.p.readScenario(ctx, s.scenarioName); err != nil {
			return err
		}
	}
	return outputs([]output{{"html", s.html}}, slices.Concat(s.policyNames, []string{s.scenarioName})...)
}

// shape applies --set and --clients to the scenario and the policies.
func (s *simulation) shape() error {
	for _, text := range s.sets {
		path, value, ok := strings.Cut(text, "=")
		if !ok {
			return misusef("--set %s: write FIELD=VALUE, such as server.capacity=5000 or policy.splay=10s", text)
		}
		for i, lane := range s.vary(path, value) {
			if lane.err != nil {
				return misuse{inEachLine("--set: ", lane.err)}
			}
			s.scenario, s.policies[i].policy = lane.scenario, lane.policy
		}
	}
	if s.clients > 0 {
		whole := s.scenario.Clients.Gateways.Sessions
		s.scenario = s.scenario.Scaled(s.clients)
		if g := s.scenario.Clients.Gateways; g.Processes > 0 && g.Sessions < whole {
			fmt.Fprintf(s.p.stderr, "--clients: a gateway holds %d sessions now instead of %d, with the pacing and the breaker of a whole one: the figures are not the scenario's\n", g.Sessions, whole)
		}
		if err := s.scenario.Validate(); err != nil {
			return misuse{inEachLine("--clients: ", err)}
		}
	}
	if g := s.scenario.Clients.Gateways; g.Processes > 0 && s.sample > 0 {
		s.sample = max(s.sample, s.scenario.Clients.Number/g.Processes) // as Run.Sample says
	}
	return nil
}

// commandLine is what a shell takes to do this again.
func commandLine(c *cobra.Command) string {
	line := c.CommandPath()
	c.Flags().Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
			if f.Value.Type() == "stringSlice" {
				values = []string{strings.Join(values, ",")}
			}
		}
		for _, v := range values {
			switch {
			case f.Value.Type() == "bool":
				line += " --" + f.Name
			default:
				line += " --" + f.Name + " " + shellQuoted(v)
			}
		}
	})
	for _, arg := range c.Flags().Args() {
		line += " " + shellQuoted(arg)
	}
	return line
}

func shellQuoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./,:=@%+", r)
	}
	if word != "" && strings.TrimFunc(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
