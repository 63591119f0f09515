package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
	"unicode"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/measure"
	"github.com/mcprecover/mcprecover/simulate/paired"
	"github.com/mcprecover/mcprecover/simulate/report"
)

// report writes the HTML report, if one is wanted.
func (s *simulation) report(d report.Data) error {
	if s.html == "" {
		return nil
	}
	if err := replaceFile(s.html, func(w io.Writer) error { return report.Write(w, d) }); err != nil {
		return fmt.Errorf("--html: %w", err)
	}
	return nil
}

// mostLanes is what a report shows.
const mostLanes = 6

// data is what the lanes are in a report. Of more lanes than it can show, the
// first are.
func (s *simulation) data(lanes []lane) report.Data {
	x := s.scenario
	d := report.Data{
		Title: "What " + x.Name + " does to the fleet", Summary: findings(x, lanes), Command: s.command, Floor: lanes[0].worlds[0].figures.Floor,
		Capacity: max(x.Server.Capacity-float64(x.Clients.Number)/time.Duration(x.Clients.Think).Seconds()*x.Server.Cost.Call, 0) / (x.Server.Cost.Initialize + x.Server.Cost.Initialized),
		Facts: []report.Fact{
			{Name: "scenario", Value: x.Name}, {Name: "clients", Value: measure.Grouped(float64(x.Clients.Number)) + s.ofThem()},
			{Name: "server", Value: fmt.Sprintf("%v units of work a second, an initialize costs %v", x.Server.Capacity, x.Server.Cost.Initialize)},
			{Name: "longest queue", Value: x.Server.Queue.String()}, {Name: "seeds", Value: fmt.Sprintf("%d from %d", s.seeds, s.seed)},
			{Name: "virtual time", Value: span(x.Window().End)},
		},
	}
	if math.IsInf(d.Capacity, 0) || math.IsNaN(d.Capacity) {
		d.Capacity = 0
	}
	if !x.Governed {
		d.Notes = append(d.Notes, "Not governed: in this scenario the policy does not decide whether the fleet comes back ("+worst(x.Margins(lanes[len(lanes)-1].policy))+").")
	}
	if len(lanes) > mostLanes {
		d.Notes = append(d.Notes, fmt.Sprintf("The first %d of %d are shown.", mostLanes, len(lanes)))
		lanes = lanes[:mostLanes]
	}
	for _, l := range lanes {
		d.Facts = append(d.Facts, report.Fact{Name: "margin of " + l.name, Value: strings.TrimPrefix(worst(l.scenario.Margins(l.policy)), "margin ") + " (well above 1 a storm sustains itself)"})
		d.Runs = append(d.Runs, l.curve())
	}
	d.Table = comparison(lanes)
	if s.amend != nil {
		s.amend(&d)
	}
	return d
}

// findings are what happens, and what came of it with the first and the last policy.
func findings(x simulate.Scenario, lanes []lane) string {
	said := func(l lane) string {
		text := l.name + ": "
		for i, name := range []string{"t99", "peak_ratio", "failed_each", "goodput"} {
			m, _ := measure.Named(name)
			words := []string{"99 %% of the lost sessions are back after %s", "peak %s times what the server can serve", "%s failed calls a client", "%s of the usual calls in the last minute"}[i]
			text += map[bool]string{true: ", "}[i > 0] + fmt.Sprintf(words, l.shown(m))
		}
		return text + "."
	}
	about := []rune(x.About)
	if len(about) > 0 {
		about[0] = unicode.ToUpper(about[0])
	}
	text := string(about) + ". " + said(lanes[0])
	if len(lanes) > 1 {
		text += " " + said(lanes[len(lanes)-1])
	}
	return text
}

// curve is the first world of a lane, second by second.
func (l lane) curve() report.Run {
	r := l.worlds[0].result
	run := report.Run{Policy: l.name, Affected: r.Affected}
	recovered := 0.0
	for i, x := range r.Seconds {
		recovered += float64(x.Recovered)
		at := time.Duration(i)*time.Second - time.Duration(r.Window.Trigger)
		if at < -10*time.Second || int64(i)*int64(time.Second) >= r.Reached {
			continue
		}
		sample := report.Sample{At: at, Initializes: float64(x.Initializes), Queue: time.Duration(x.Backlog), Backoff: float64(x.Backoff)}
		if r.Affected > 0 {
			sample.Recovered = min(recovered/float64(r.Affected), 1)
		}
		run.Samples = append(run.Samples, sample)
	}
	return run
}

// comparison is the table of the lanes.
func comparison(lanes []lane) report.Table {
	t := report.Table{Worlds: len(lanes[0].worlds)}
	for _, l := range lanes {
		t.Policies = append(t.Policies, l.name)
	}
	for _, m := range measure.All() {
		row := report.Row{Figure: m.Name, Meaning: m.Meaning, Better: map[measure.Better]report.Better{measure.Lower: report.Less, measure.Higher: report.More}[m.Better]}
		scale := 1.0
		switch m.Unit {
		case measure.Seconds:
			row.Unit = "s"
		case measure.Share, measure.Truth:
			row.Unit, scale = "%", 100
		}
		for i, l := range lanes {
			cell := report.Cell{Value: scale * paired.Mean(l.values(m)).Mean}
			if i > 0 && sameWorlds(lanes[0], l) > 1 {
				if d := paired.Difference(lanes[0].values(m), l.values(m)); !math.IsNaN(d.Low) {
					cell.Change = &report.Change{Low: scale * d.Low, High: scale * d.High}
				}
			}
			row.Cells = append(row.Cells, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// policyText is a policy file's content.
func policyText(d policy.Document) string {
	var text bytes.Buffer
	if err := d.Encode(&text); err != nil {
		return ""
	}
	return text.String()
}
