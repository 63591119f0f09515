package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mcprecover/mcprecover/policy"
)

func policyExplainCommand(p *process) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "explain [FILE] [FILE]",
		Short: "Tell in words and numbers what a policy does, or compare two",
		Long: `explain tells what the policy of FILE does: its rules in words; the chance that a
waiting call survives a stale answer, a 503 with Retry-After, a restart of 15 s
and an outage of 60 s; and each of these over time. The policy's own steps are
played against a scripted server: for the chance a thousand calls, for the times
one call that draws the middle of every wait. Of two files it shows the chances
side by side, and the fields that differ.

FILE is the name of a preset, a JSON or YAML file, or "-" for stdin; without one
it is the default policy. What a policy means for a whole fleet and its server,
only a simulation can tell.`,
		Example: `  mcprecover policy explain
  mcprecover policy explain gentle
  mcprecover policy explain default mine.yaml`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"default"}
			}
			return p.explainPolicies(c.Context(), args, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object for each policy")
	return c
}

// account is a policy with its stories.
type account struct {
	Name    string         `json:"name"`
	Policy  policy.Policy  `json:"policy"`
	Stories []policy.Story `json:"stories"`
}

func (p *process) explainPolicies(ctx context.Context, args []string, asJSON bool) error {
	var all []account
	for _, arg := range args {
		name, d, err := p.policyOf(ctx, arg)
		if err != nil {
			return misuse{err}
		}
		stories, err := policy.Explain(d.Policy)
		if err != nil {
			return misuse{err}
		}
		all = append(all, account{name, d.Policy, stories})
	}
	var page strings.Builder
	switch {
	case asJSON:
		for _, t := range all {
			if err := json.NewEncoder(&page).Encode(t); err != nil {
				return err
			}
		}
	case len(all) == 2:
		compare(&page, all[0], all[1])
	default:
		all[0].explain(&page)
	}
	_, err := io.WriteString(p.stdout, page.String())
	return err
}

func (t account) explain(page *strings.Builder) {
	page.WriteString(t.Name + "\n\n" + inWords(t.Policy))
	fmt.Fprintf(page, "\n%-71s  %9s  %10s\n", "a call that waits and may be repeated", "survives", "then waits")
	for _, s := range t.Stories {
		fmt.Fprintf(page, "  %-7s  %-60s  %9s  %10s\n", s.Name, s.About, percent(s.Survives), extra(s))
	}
	page.WriteString("\n\"then waits\" is the mean wait of those that survive, once the trouble is over.\n" +
		"One such call over time, which draws the middle of every wait:\n")
	for _, s := range t.Stories {
		fmt.Fprintf(page, "\n%s: %s\n", s.Name, s.About)
		moments(page, s.Moments)
	}
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

func extra(s policy.Story) string {
	if s.Survives == 0 {
		return "-"
	}
	return short(s.Extra)
}

// short is a duration as precise as people need it, without zeros at its end.
func short(d policy.Duration) string {
	t := time.Duration(d)
	switch {
	case t >= time.Minute:
		t = t.Round(100 * time.Millisecond)
	case t >= time.Second:
		t = t.Round(10 * time.Millisecond)
	default:
		t = t.Round(time.Millisecond)
	}
	text := t.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// The moments of a story that are shown: its beginning and its end.
const (
	firstMoments = 12
	lastMoments  = 5
)

func moments(page *strings.Builder, all []policy.Moment) {
	for i, m := range all {
		if left := len(all) - firstMoments - lastMoments; left > 1 && i >= firstMoments && i < firstMoments+left {
			if i == firstMoments {
				fmt.Fprintf(page, "  %10s   ... %d more like these\n", "", left)
			}
			continue
		}
		then := m.Then
		if m.Wait > 0 && m.Then != "fail" {
			then += " after " + short(m.Wait)
		}
		fmt.Fprintf(page, "  %10s   %-9s   %-22s   %-24s   %s\n", short(m.At), m.Did, m.Got, then, m.Why)
	}
}
