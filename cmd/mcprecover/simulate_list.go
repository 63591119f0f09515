package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/measure"
)

func simulateListCommand(p *process) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "list [NAME]",
		Short: "List the built-in scenarios, or print one as a file to edit",
		Long: `list shows the built-in scenarios; with NAME it prints that scenario's YAML file,
to be changed and given to --scenario.

Where a policy cannot decide whether the fleet comes back, since other clients or
other servers do, the scenario is marked "not governed", with the margin that says
why: a load over what it meets; well above 1 a storm sustains itself.`,
		Example: `  mcprecover simulate list
  mcprecover simulate list restart-eager > mine.yaml`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return errors.New("several names: give one")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return p.listScenarios(asJSON)
			case asJSON:
				return misusef("--json lists all scenarios: it takes no NAME")
			}
			text := simulate.Text(args[0])
			if text == "" {
				return misusef("there is no scenario %q; %s", args[0], didYouMean(args[0]))
			}
			_, err := io.WriteString(p.stdout, text)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

func (p *process) listScenarios(asJSON bool) error {
	type line struct {
		Name     string `json:"name"`
		About    string `json:"about"`
		Clients  int    `json:"clients"`
		Governed bool   `json:"governed"`
	}
	var lines []line
	var page strings.Builder
	for _, s := range simulate.Scenarios() {
		lines = append(lines, line{s.Name, s.About, s.Clients.Number, s.Governed})
		about := s.About
		if !s.Governed {
			about += " (not governed; " + worst(s.Margins(policy.Default())) + ")"
		}
		page.WriteString(hang(s.Name, 20, fmt.Sprintf("%s; %s clients", about, measure.Grouped(float64(s.Clients.Number)))))
	}
	if asJSON {
		e := json.NewEncoder(p.stdout)
		e.SetIndent("", "  ")
		return e.Encode(lines)
	}
	_, err := io.WriteString(p.stdout, page.String())
	return err
}
