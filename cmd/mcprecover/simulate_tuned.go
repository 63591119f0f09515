package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mcprecover/mcprecover/simulate/measure"
	"github.com/mcprecover/mcprecover/simulate/tune"
)

// weighed are the measures that finalists are weighed by.
var weighed = []string{"t99", "peak_ratio", "failed_each", "waste"}

func (s *simulation) printTuned(found tune.Found, out string, stopped error) error {
	switch {
	case s.json:
		return s.printJSON(s.tunedDocument(found, stopped))
	case s.csv:
		rows := [][]string{append([]string{"rank", "origin", "score", "front", "lost"}, weighed...)}
		for i, f := range found.Finalists {
			row := []string{strconv.Itoa(i + 1), f.Origin, strconv.FormatFloat(f.Score, 'f', -1, 64), strconv.FormatBool(f.Front), strconv.Itoa(f.Lost)}
			for _, name := range weighed {
				m, _ := measure.Named(name)
				row = append(row, csvValue(measure.Plain(m, meanOf(m, f.Figures).Mean)))
			}
			rows = append(rows, row)
		}
		return s.printRows(rows)
	}
	var page strings.Builder
	s.heading(&page, ", from policy "+column(s.policies[0].name))
	for _, stage := range found.Stages {
		fmt.Fprintf(&page, "  %d policies on %s clients in %s\n", stage.Policies, measure.Grouped(float64(stage.Clients)), count(stage.Worlds, "world", "worlds"))
	}
	if len(found.Finalists) > 0 {
		s.printFinalists(&page, found.Finalists)
	}
	if len(found.Finalists) > 0 && stopped == nil {
		printOff(&page, found)
		s.printChange(&page, found, out)
	}
	return s.print(page.String())
}

// printFinalists is the front, and who is not on it.
func (s *simulation) printFinalists(page *strings.Builder, finalists []tune.Finalist) {
	page.WriteString("\nbest first; front: none is better in one of t99, peak, failed and waste, and worse in none\n")
	rows := [][]string{append(append([]string{"", "score"}, weighed...), "front", "lost")}
	for i, f := range finalists[:min(len(finalists), 20)] {
		row := []string{fmt.Sprintf("%2d %s", i+1, column(f.Origin)), strconv.FormatFloat(f.Score, 'f', 2, 64)}
		for _, name := range weighed {
			m, _ := measure.Named(name)
			row = append(row, m.Format(meanOf(m, f.Figures).Mean))
		}
		lost := "-"
		if len(f.Off) > 0 {
			lost = fmt.Sprintf("%d of %d", f.Lost, len(f.Off))
		}
		rows = append(rows, append(row, map[bool]string{true: "front"}[f.Front], lost))
	}
	table(page, rows)
}

// printOff is how the choice fares where the scenario is wrong, beside the
// policy that it started from.
func printOff(page *strings.Builder, found tune.Found) {
	chosen, from := found.Finalists[0], startOf(found)
	page.WriteString("\nif the scenario is off by two: the choice, and in brackets what it started from\n")
	names := []string{"t99", "peak_ratio", "failed_each", "waste"}
	rows := [][]string{append([]string{"", "comes back"}, names...)}
	for i, off := range chosen.Off {
		was := from.Off[i]
		yes := map[bool]string{true: "yes", false: "no"}
		row := []string{off.What, fmt.Sprintf("%s (%s)", yes[off.Back], yes[was.Back])}
		for _, name := range names {
			m, _ := measure.Named(name)
			row = append(row, fmt.Sprintf("%s (%s)", m.Format(m.Of(off.Figures)), m.Format(m.Of(was.Figures))))
		}
		rows = append(rows, row)
	}
	table(page, rows)
}

// printChange is what the choice changes, and where it is.
func (s *simulation) printChange(page *strings.Builder, found tune.Found, out string) {
	before := leaves(s.policies[0].policy)
	rows := [][]string{{"field", "before", "chosen"}}
	for i, field := range leaves(found.Finalists[0].Policy) {
		if field.value != before[i].value {
			rows = append(rows, []string{field.path, before[i].value, field.value})
		}
	}
	page.WriteString("\n")
	switch {
	case len(rows) == 1:
		fmt.Fprintf(page, "nothing that was tried is better than %s\n", column(s.policies[0].name))
	default:
		table(page, rows)
	}
	if out == "" {
		page.WriteString("\nno file was written: --out FILE writes the policy\n")
	} else {
		fmt.Fprintf(page, "\nthe policy is in %s: mcprecover proxy --policy %s\n", out, shellQuoted(out))
	}
}

// startOf is the finalist that the search started from.
func startOf(found tune.Found) tune.Finalist {
	return found.Finalists[slices.IndexFunc(found.Finalists, func(f tune.Finalist) bool { return f.Start })]
}
