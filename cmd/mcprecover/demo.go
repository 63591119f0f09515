package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mcprecover/mcprecover/faults"
)

// demoTime bounds the whole demonstration, which takes a fraction of a second.
const demoTime = 20 * time.Second

func demoCommand(p *process) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "See a client fail at a lost session, then recover",
		Long: `demo starts a real MCP server on loopback that forgets its client's session at
the third POST, as after a deploy, and answers 401 "Unauthorized: Session not
found". A client of the official Go SDK meets it twice: as it is, and with
&nethttp.Transport{} under its http.Client. What crossed the wire and what was
decided stands side by side.

It needs no network and leaves nothing running. Exit code 1, with what differed,
if either client did not do as told.`,
		Example: "  mcprecover demo\n  mcprecover demo --json",
		Args:    flagsOnly,
		RunE:    func(c *cobra.Command, _ []string) error { return p.demo(c.Context(), asJSON, demoLoss) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON document instead")
	return c
}

// demoLoss is what both clients meet: the seed case.
var demoLoss = demoFault{AtPOST: 3, Status: faults.Seed.Status, Body: faults.Seed.Body}

func (p *process) demo(ctx context.Context, asJSON bool, loss demoFault) error {
	ctx, cancel := context.WithTimeoutCause(ctx, demoTime, fmt.Errorf("not done after %s", demoTime))
	defer cancel()
	r := demoReport{
		Fault:     loss,
		Plain:     demoHalf{Transport: "&http.Transport{}"},
		Recovered: demoHalf{Transport: "&nethttp.Transport{}"},
	}
	plan := faults.Plan{Rules: []faults.Rule{{
		When: faults.When{At: loss.AtPOST}, What: faults.What{Stale: &faults.Answer{Status: loss.Status, Body: loss.Body}},
	}}}
	if err := r.Plain.play(ctx, false, plan); err != nil {
		return err
	}
	if err := r.Recovered.play(ctx, true, plan); err != nil {
		return err
	}
	r.judge()
	var err error
	if asJSON {
		e := json.NewEncoder(p.stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		err = e.Encode(r)
	} else {
		_, err = fmt.Fprint(p.stdout, r.text())
	}
	switch {
	case err != nil:
		return fmt.Errorf("writing to stdout: %w", err)
	case !r.AsTold:
		return fmt.Errorf("not as told:\n%s", strings.Join(r.Differs, "\n"))
	}
	return nil
}
