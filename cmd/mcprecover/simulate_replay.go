package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/measure"
	"github.com/mcprecover/mcprecover/simulate/replay"
	"github.com/mcprecover/mcprecover/simulate/report"
)

// replaying is the replay command.
type replaying struct {
	simulation
	trace, ran, out string
	fit             replay.Fit
	residuals       []replay.Residual
}

func simulateReplayCommand(p *process) *cobra.Command {
	r := &replaying{simulation: simulation{p: p}}
	c := &cobra.Command{
		Use:   "replay",
		Short: "Fit a scenario to a trace, and ask what another policy would have done",
		Long: `replay reads the events of an incident, which mcprecover proxy --trace or
nethttp.TraceTo wrote, and fits a scenario to them: what each number was taken
from, how well the fitted scenario with the policy that --ran tells what really
happened, and what the trace cannot tell. Give that with --set, or as a whole with
--scenario; --out writes the fitted scenario, for the other commands.

Then it runs the policies of --policy in the fitted scenario beside the one that
ran. --fail-if judges the last of them.`,
		Example: `  mcprecover simulate replay --trace incident.jsonl --policy gentle
  mcprecover simulate replay --trace incident.jsonl --ran old.json --set server.cost.initialize=8`,
		Args: byFlag,
		RunE: func(c *cobra.Command, _ []string) error { return r.run(c) },
	}
	r.flags(c.Flags(), "gentle", 8)
	c.Flags().StringVar(&r.trace, "trace", "", "the trace `FILE`, JSON lines, or \"-\" for stdin")
	c.Flags().StringVar(&r.ran, "ran", "default", "`NAME` of the policy that was in force, or its file")
	c.Flags().StringVar(&r.out, "out", "", "write the fitted scenario to this `FILE`")
	return c
}

func (r *replaying) run(c *cobra.Command) error {
	ctx := c.Context()
	if err := r.prepare(ctx, c); err != nil {
		return err
	}
	ran, err := readPolicies([]string{r.ran})
	if err != nil {
		return misuse{fmt.Errorf("--ran: %s", strings.TrimPrefix(err.Error(), "--policy: "))}
	}
	ran[0].name = "ran: " + ran[0].name
	if r.policies = append(ran, r.policies...); len(r.policies) > mostPolicies {
		return misusef("--policy: %d policies beside --ran: allowed are up to %d", len(r.policies)-1, mostPolicies-1)
	}
	if err := outputs([]output{{"out", r.out}, {"html", r.html}}, slices.Concat(r.policyNames, []string{r.trace, r.scenarioName, r.ran})...); err != nil {
		return err
	}
	if err := r.fitTrace(ctx); err != nil {
		return err
	}
	if r.out != "" {
		if err := replaceFile(r.out, func(w io.Writer) error { return simulate.Encode(w, r.scenario) }); err != nil {
			return fmt.Errorf("--out: %w", err)
		}
	}
	lanes := r.lanes()
	raced := r.race(ctx, lanes)
	if stopped := new(interrupted); raced == nil || errors.As(raced, stopped) {
		var results []*simulate.Result
		for _, w := range lanes[0].worlds {
			if w.whole {
				results = append(results, w.result)
			}
		}
		if len(results) > 0 {
			r.residuals = r.fit.Check(results)
		}
	}
	r.amend = r.tellFit
	return r.concludeAs("replay", r.replayed(lanes, raced), lanes, raced, lanes[len(lanes)-1:], func(page *strings.Builder) {
		r.printFit(page)
		page.WriteString("\nwhat the policies do in it\n\n")
		figures(page, lanes)
		storms(page, lanes)
	})
}

// fitTrace reads the trace and fits the scenario. What --set says is taken
// before the fit, for what it follows from, and again after it.
func (r *replaying) fitTrace(ctx context.Context) error {
	if r.trace == "" {
		return misusef("--trace is missing: give the file that mcprecover proxy --trace or nethttp.TraceTo wrote")
	}
	in, name, err := r.p.input(ctx, r.trace, "a trace, JSON lines,")
	if err != nil {
		return misusef("--trace: %w", err)
	}
	defer in.Close()
	trace, err := replay.Read(in)
	if err != nil {
		return misuse{fmt.Errorf("--trace: %w", inFile(name, err))}
	}
	r.scenario = simulate.Base()
	if r.scenarioName != "" {
		if r.scenario, err = r.p.readScenario(ctx, r.scenarioName); err != nil {
			return err
		}
	}
	var given []string
	base := r.scenario
	for _, text := range r.sets {
		path, _, _ := strings.Cut(text, "=")
		given = append(given, strings.TrimSpace(path))
	}
	clients := r.clients
	r.clients = 0
	sets := r.sets
	for _, text := range sets { // what can be set before there are events
		if !strings.HasPrefix(text, "events") && !strings.HasPrefix(text, "policy.") {
			r.sets = []string{text}
			if err := r.shape(); err != nil {
				return err
			}
			base = r.scenario
		}
	}
	if r.fit, err = trace.Fit(base, given...); err != nil {
		return misuse{fmt.Errorf("--trace: %w", inFile(name, err))}
	}
	if !slices.Contains(given, "server.capacity") {
		if err := r.fit.Refine(ctx, r.policies[0].policy); err != nil {
			if ctx.Err() == nil {
				return misuse{fmt.Errorf("--trace: %w", inFile(name, err))}
			}
			return interrupted{"the scenario was not fitted yet"}
		}
	}
	r.scenario = r.fit.Scenario
	r.sets, r.clients = sets, clients
	if trace.Cut {
		fmt.Fprintf(r.p.stderr, "--trace: %s: the last line is cut; what is before it is used\n", name)
	}
	if trace.Others > 0 {
		fmt.Fprintf(r.p.stderr, "--trace: %s: %d events of other endpoints are left out; this is %s\n", name, trace.Others, trace.Endpoint)
	}
	return r.shape()
}

// printFit is what was fitted, how well, and what was not.
func (r *replaying) printFit(page *strings.Builder) {
	fmt.Fprintf(page, "the fitted scenario\n")
	for _, k := range r.fit.Known {
		page.WriteString(hang(fmt.Sprintf("  %-22s %s  ", k.Field, k.Value), 42, k.From))
	}
	fmt.Fprintf(page, "\nwhat the trace cannot tell; say it with --set FIELD=VALUE\n")
	for _, u := range r.fit.Unknown {
		page.WriteString(hang(fmt.Sprintf("  %-22s %s  ", u.Field, u.Assumed), 42, u.Why))
	}
	fmt.Fprintf(page, "\nhow well it fits: the trace, and the policy that ran in %s of the fitted scenario\n", count(r.seeds, "world", "worlds"))
	rows := [][]string{{"", "trace", "simulated", ""}}
	amiss := 0
	for _, x := range r.residuals {
		word := "fits"
		if !x.Fits {
			word = "DOES NOT FIT"
			amiss++
		}
		rows = append(rows, []string{x.Figure, amount(x.Trace, x.Unit), amount(x.Low, x.Unit) + " .. " + amount(x.High, x.Unit), word})
	}
	table(page, rows)
	if amiss > 0 {
		page.WriteString(hang("", 0, "Where it does not fit, do not trust what follows: say what the trace cannot tell, or the policy that ran (--ran)."))
	}
}

// tellFit puts into a report how far it can be trusted.
func (r *replaying) tellFit(d *report.Data) {
	d.Title = "What another policy would have done"
	var fits, amiss, unknown []string
	for _, x := range r.residuals {
		text := fmt.Sprintf("%s %s (simulated %s to %s)", x.Figure, amount(x.Trace, x.Unit), amount(x.Low, x.Unit), amount(x.High, x.Unit))
		if x.Fits {
			fits = append(fits, text)
		} else {
			amiss = append(amiss, text)
		}
	}
	for _, u := range r.fit.Unknown {
		unknown = append(unknown, u.Field+" (taken: "+u.Assumed+")")
	}
	for _, note := range []struct {
		begin string
		list  []string
	}{
		{"Does not fit the trace, so do not trust what follows from it: ", amiss},
		{"Fits the trace: ", fits},
		{"The trace cannot tell: ", unknown},
	} {
		if len(note.list) > 0 {
			d.Notes = append(d.Notes, note.begin+strings.Join(note.list, "; ")+".")
		}
	}
}

func amount(v float64, unit string) string {
	if unit == "s" {
		return strconv.FormatFloat(v, 'f', 0, 64) + " s"
	}
	return measure.Grouped(v)
}

// replayed is what --json prints.
func (r *replaying) replayed(lanes []lane, raced error) any {
	var scenario bytes.Buffer
	simulate.Encode(&scenario, r.scenario)
	return struct {
		document
		Trace     string            `json:"endpoint"`
		Fitted    string            `json:"fitted_scenario_yaml"`
		Known     []replay.Known    `json:"known"`
		Unknown   []replay.Unknown  `json:"unknown"`
		Residuals []replay.Residual `json:"residuals"`
	}{r.document("replay", lanes, raced), r.fit.Endpoint(), scenario.String(), r.fit.Known, r.fit.Unknown, r.residuals}
}
