package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/limit"
	"github.com/mcprecover/mcprecover/simulate/measure"
	"github.com/mcprecover/mcprecover/simulate/report"
)

// The measures of limit's own, for --fail-if.
var (
	limitClients  = measure.Measure{Name: "clients", Unit: measure.Count, Better: measure.Higher, Meaning: "the largest fleet that comes back"}
	limitHeadroom = measure.Measure{Name: "headroom", Unit: measure.Ratio, Better: measure.Higher, Meaning: "that, over the scenario's clients"}
)

func simulateLimitCommand(p *process) *cobra.Command {
	s := &simulation{p: p}
	c := &cobra.Command{
		Use:   "limit",
		Short: "Find the largest fleet that still comes back",
		Long: `limit keeps the server and what befalls it as they are, and looks for the largest
number of clients that comes back: 90 % of the usual calls end well in the last
minute of the run, in every world. It tries fleets up to the one whose calls alone
are all that the server can do, to 1 %.

--clients makes the scenario smaller first, with its server: the headroom stays
the same but for noise, and is found faster. --fail-if knows clients and headroom.`,
		Example: `  mcprecover simulate limit --scenario deep-queue --clients 10000
  mcprecover simulate limit --scenario mine.yaml --policy mine.json --fail-if 'headroom < 1.5'`,
		Args: byFlag,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := s.prepare(c.Context(), c, limitClients, limitHeadroom); err != nil {
				return err
			}
			for _, condition := range s.conditions {
				if name := condition.Measure.Name; name != limitClients.Name && name != limitHeadroom.Name {
					return misusef("--fail-if: limit finds no %s: names are clients, headroom", name)
				}
			}
			if len(s.policies) != 1 {
				return misusef("--policy: limit takes one policy")
			}
			if err := s.shape(); err != nil {
				return err
			}
			seeds := make([]uint64, s.seeds)
			for i := range seeds {
				seeds[i] = s.seed + uint64(i)
			}
			meter := p.meter("searching")
			search := limit.Search{Scenario: s.scenario, Policy: s.policies[0].policy, Seeds: seeds}
			found, err := search.Find(c.Context(), meter.set)
			meter.stop()
			if err != nil && c.Context().Err() == nil {
				return misuse{err}
			}
			if err != nil {
				err = interrupted{fmt.Sprintf("%s had been tried; the figures are what they say", count(len(found.Probes), "fleet", "fleets"))}
			}
			return s.concludeLimit(found, err)
		},
	}
	s.flags(c.Flags(), "default", 2)
	return c
}

func (s *simulation) concludeLimit(found limit.Found, stopped error) error {
	headroom := float64(found.Clients) / float64(s.scenario.Clients.Number)
	var err error
	switch {
	case s.json:
		err = s.printJSON(struct {
			Command     string        `json:"command"`
			Scenario    string        `json:"scenario"`
			Policy      string        `json:"policy"`
			Of          int           `json:"scenario_clients"`
			Clients     int           `json:"clients"`
			Headroom    float64       `json:"headroom"`
			Broken      int           `json:"smallest_that_does_not_come_back"`
			Calls       int           `json:"clients_whose_calls_fill_the_server"`
			Interrupted bool          `json:"interrupted"`
			Tried       []limit.Probe `json:"tried"`
		}{"limit", s.scenario.Name, s.policies[0].name, s.scenario.Clients.Number, found.Clients, headroom, found.Broken, found.Calls, stopped != nil, found.Probes})
	case s.csv:
		rows := [][]string{{"clients", "back", "goodput"}}
		for _, p := range found.Probes {
			rows = append(rows, []string{strconv.Itoa(p.Clients), strconv.FormatBool(p.Back), strconv.FormatFloat(p.Goodput, 'f', -1, 64)})
		}
		err = s.printRows(rows)
	default:
		var page strings.Builder
		s.printLimit(&page, found, headroom)
		err = s.print(page.String())
	}
	if err != nil || stopped != nil {
		return first(err, stopped)
	}
	if err := s.report(s.limitData(found, headroom)); err != nil {
		return err
	}
	var fired []string
	for _, c := range s.conditions {
		value := map[string]float64{limitClients.Name: float64(found.Clients), limitHeadroom.Name: headroom}[c.Measure.Name]
		if c.Holds(value) {
			fired = append(fired, fmt.Sprintf("--fail-if '%s': %s is %s", c, c.Measure.Name, c.Measure.Format(value)))
		}
	}
	if len(fired) > 0 {
		return fmt.Errorf("%s", strings.Join(fired, "\n"))
	}
	return nil
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *simulation) printLimit(page *strings.Builder, found limit.Found, headroom float64) {
	s.heading(page, ", policy "+column(s.policies[0].name))
	rows := [][]string{{"clients", "goodput", "t99", "comes back"}}
	for _, p := range found.Probes {
		t99 := "never"
		if p.T99 != simulate.Never {
			t99 = measure.Span(p.T99.Seconds())
		}
		rows = append(rows, []string{measure.Grouped(float64(p.Clients)), fmt.Sprintf("%.1f %%", 100*p.Goodput), t99, map[bool]string{true: "yes", false: "no"}[p.Back]})
	}
	table(page, rows)
	if !found.Done {
		page.WriteString("\n" + hang("", 0, fmt.Sprintf("Of the fleets that were tried, the largest that comes back has %s clients; the search had not ended.", measure.Grouped(float64(found.Clients)))))
		return
	}
	page.WriteString("\n" + hang("", 0, limitSentence(found, headroom)))
}

func limitSentence(found limit.Found, headroom float64) string {
	of := fmt.Sprintf("%s clients come back, %.2f times the scenario's fleet", measure.Grouped(float64(found.Clients)), headroom)
	if found.Clients == 0 {
		of = "no fleet that was tried comes back"
	}
	if found.Broken > 0 {
		return fmt.Sprintf("%s; %s do not. Their calls alone would take %s clients to fill the server.", of, measure.Grouped(float64(found.Broken)), measure.Grouped(float64(found.Calls)))
	}
	return fmt.Sprintf("%s; with more, their calls alone are more than the server can do: what befalls it sets no limit.", of)
}

// limitData is a report on fleets that were tried.
func (s *simulation) limitData(found limit.Found, headroom float64) report.Data {
	d := report.Data{
		Title: "How many clients survive " + s.scenario.Name, Summary: limitSentence(found, headroom), Command: s.command,
		Facts: []report.Fact{
			{Name: "scenario", Value: s.scenario.Name}, {Name: "policy", Value: s.policies[0].name},
			{Name: "server", Value: fmt.Sprintf("%v units of work a second", s.scenario.Server.Capacity)},
			{Name: "worlds", Value: fmt.Sprintf("%d from seed %d", s.seeds, s.seed)},
			{Name: "virtual time", Value: time.Duration(s.scenario.Window().End).String()},
		},
	}
	for _, p := range found.Probes {
		back := "comes back"
		if !p.Back {
			back = "does not come back"
		}
		if len(d.Facts) < 40 {
			d.Facts = append(d.Facts, report.Fact{Name: measure.Grouped(float64(p.Clients)) + " clients", Value: fmt.Sprintf("%s: goodput %.1f %%", back, 100*p.Goodput)})
		}
	}
	return d
}
