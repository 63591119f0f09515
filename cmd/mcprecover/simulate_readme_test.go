package main

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/measure"
	"github.com/mcprecover/mcprecover/simulate/paired"
)

const readme = "../../README.md"

// loop is the command in the README that its table was measured with.
var loop = regexp.MustCompile(`(?m)^for s in (.*); do\n +mcprecover (simulate compare .*)\ndone$`)

// tableRow is a row of that table, which begins with the word scenario.
var (
	tableRow   = regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|.*$")
	wholeTable = regexp.MustCompile("(?m)^\\| scenario \\|.*\n(\\|.*\n)+")
)

// quick are the rows that an ordinary run measures again: the others take a
// minute, and are measured with -update.
var quick = []string{"restart-eager", "restart-lazy"}

// TestReadmeTable does what the README says that its table was measured with,
// and finds the same; -update writes the rows. Of rows that take long it looks
// only whether the names and the files are there.
func TestReadmeTable(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	said := loop.FindStringSubmatch(string(text))
	if said == nil {
		t.Fatal("the README does not say how its table was measured")
	}
	scenarios := strings.Fields(said[1])
	var shown []string
	for _, row := range tableRow.FindAllStringSubmatch(wholeTable.FindString(string(text)), -1) {
		shown = append(shown, row[1])
	}
	if !*update && !slices.Equal(scenarios, shown) {
		t.Fatalf("the command is for %v, the table shows %v", scenarios, shown)
	}
	var rows []string
	for _, name := range scenarios {
		s, known := simulate.Named(name)
		if !known || !s.Governed {
			t.Fatalf("%s: known %v, governed %v", name, known, s.Governed)
		}
		args := strings.Fields(strings.ReplaceAll(said[2], "$s", name))
		at := slices.Index(args, "--policy") + 1
		args[at] = strings.ReplaceAll(args[at], "simulate/scenarios/", "../../simulate/scenarios/")
		tunedFor(t, args[at], name)
		if testing.Short() || raceDetector || !*update && !slices.Contains(quick, name) {
			continue
		}
		rows = append(rows, "| `"+name+"` | "+strings.Join(cells(t, args[1:]), " | ")+" |")
	}
	if rows == nil {
		t.Skip("the figures were not measured again")
	}
	got := string(text)
	for _, row := range rows {
		begin, _, _ := strings.Cut(row[2:], " |")
		got = regexp.MustCompile(`(?m)^\| `+begin+` \|.*$`).ReplaceAllLiteralString(got, row)
	}
	if *update {
		if err := os.WriteFile(readme, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != string(text) {
		t.Errorf("README.md shows other figures (rewrite with -update):\n%s", strings.Join(rows, "\n"))
	}
}

// tunedFor fails unless the policies are there and the last was tuned for the
// scenario.
func tunedFor(t *testing.T, policies, scenario string) {
	t.Helper()
	names := strings.Split(policies, ",")
	if len(names) != 3 {
		t.Fatalf("%v: want naive, default and tuned", names)
	}
	for _, name := range names {
		if p, err := readPolicy(name); err != nil || p.Validate() != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	f, err := os.Open(names[2])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d, err := policy.DecodeDocument(f)
	if err != nil || d.Provenance == nil || !strings.HasPrefix(d.Provenance.Scenario, scenario+", sha256 ") {
		t.Fatalf("%s was not tuned for %s: %+v, %v", names[2], scenario, d.Provenance, err)
	}
}

// cells are a row of the table: in each the three policies, over all worlds.
func cells(t *testing.T, args []string) []string {
	t.Helper()
	code, stdout, stderr := simulated(t, args...)
	lines, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
	if code != exitDone || err != nil || len(lines) < 2 {
		t.Fatalf("%v: exit %d, %v\n%s", args, code, err, stderr)
	}
	var row []string
	for _, c := range []struct {
		figure string
		shown  func(v float64) string
	}{
		{"peak_ratio", func(v float64) string { return fmt.Sprintf("%.1f", v) }},
		{"t99", func(v float64) string {
			if v > 600 {
				return measure.Span(v)
			}
			return fmt.Sprintf("%.0f s", v)
		}},
		{"failed_each", func(v float64) string { return fmt.Sprintf("%.2f", v) }},
		{"goodput", func(v float64) string { return fmt.Sprintf("%.0f %%", 100*v) }},
	} {
		worlds := map[string][]float64{}
		var order []string
		for _, line := range lines[1:] {
			name, text := line[slices.Index(lines[0], "policy")], line[slices.Index(lines[0], c.figure)]
			v, err := strconv.ParseFloat(text, 64)
			if text == "" {
				v, err = math.Inf(1), nil
			}
			if err != nil {
				t.Fatal(err)
			}
			if worlds[name] == nil {
				order = append(order, name)
			}
			worlds[name] = append(worlds[name], v)
		}
		var cell []string
		for _, name := range order {
			mean := paired.Mean(worlds[name]).Mean
			if math.IsInf(mean, 0) {
				cell = append(cell, "never")
				continue
			}
			cell = append(cell, c.shown(mean))
		}
		row = append(row, strings.Join(cell, " / "))
	}
	return row
}
