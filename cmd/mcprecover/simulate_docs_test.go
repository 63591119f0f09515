package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

const simulateGuide = "../../docs/simulate.md"

// made is a part of the guide that is made from the code: what stands between
// the two lines that name it.
var made = regexp.MustCompile(`(?ms)^<!-- made from the code: ([^\n]*) -->\n(.*?)^<!-- end -->$`)

// TestSimulateGuide makes the guide's tables from the code: the fields from the
// structs' tags, their ranges from what Validate says of values beyond them, the
// defaults from Base, the meanings from the comments in the source. -update
// rewrites them.
func TestSimulateGuide(t *testing.T) {
	text, err := os.ReadFile(simulateGuide)
	if err != nil {
		t.Fatal(err)
	}
	c := readComments(t)
	want := map[string]string{
		"event kinds": kindTable(t, c), "rules": ruleList(t), "measures": measureTable(t, c), "margins": marginTable(t, c),
		"limit": limitTable(), "seconds": secondTable(t, c),
	}
	for _, g := range groups(t) {
		want["fields of "+g.name()] = g.table(t, c)
	}
	var seen []string
	got := made.ReplaceAllStringFunc(string(text), func(part string) string {
		name := made.FindStringSubmatch(part)[1]
		table, known := want[name]
		if !known {
			t.Errorf("the guide has a part %q that nothing is made for", name)
		}
		seen = append(seen, name)
		return "<!-- made from the code: " + name + " -->\n" + table + "<!-- end -->"
	})
	for name := range want {
		if n := len(slices.DeleteFunc(slices.Clone(seen), func(s string) bool { return s != name })); n != 1 {
			t.Errorf("the guide has %d parts %q, want one", n, name)
		}
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(simulateGuide, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(got, string(text)); d != "" {
		t.Errorf("docs/simulate.md against the code (-code +guide); go test -update rewrites it:\n%s", d)
	}
}

// pipes is a table that reads as plain text too. The first row is the heading,
// and the last column is as wide as it is.
func pipes(rows [][]string) string {
	wide := make([]int, len(rows[0])-1)
	for _, row := range rows {
		for i := range wide {
			wide[i] = max(wide[i], utf8.RuneCountInString(row[i]))
		}
	}
	var text strings.Builder
	for n, row := range rows {
		text.WriteString("|")
		for i, cell := range row[:len(wide)] {
			fmt.Fprintf(&text, " %-*s |", wide[i], cell)
		}
		fmt.Fprintf(&text, " %s |\n", row[len(wide)])
		if n == 0 {
			text.WriteString("|")
			for _, w := range wide {
				text.WriteString(strings.Repeat("-", w+2) + "|")
			}
			text.WriteString("---|\n")
		}
	}
	return text.String()
}

// TestSimulateGuideCommands types in the guide's command lines, in their order,
// on a fleet that is small enough.
func TestSimulateGuideCommands(t *testing.T) {
	text, err := os.ReadFile(simulateGuide)
	if err != nil {
		t.Fatal(err)
	}
	trace, err := os.ReadFile("../../simulate/replay/testdata/restart.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("incident.jsonl", trace, 0o644); err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, line := range regexp.MustCompile(`(?m)^mcprecover simulate .*$`).FindAllString(string(text), -1) {
		line, file, redirected := strings.Cut(line, " > ")
		args := shellWords(line)[2:]
		told[args[0]] = true
		if args[0] != "list" {
			args = append(args, "--clients", "300", "--seeds", "1")
		}
		if args[0] == "tune" {
			args = append(args, "--policies", "8", "--finalists", "2")
		}
		code, stdout, stderr := simulated(t, args...)
		if code != exitDone && !strings.Contains(line, "--fail-if") || code == exitMisuse || stdout == "" {
			t.Errorf("%s: exit %d\n%s", line, code, stderr)
		}
		if redirected {
			if err := os.WriteFile(file, []byte(stdout), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range simulateCommand(&process{}).Commands() {
		if !told[c.Name()] {
			t.Errorf("the guide has no command line of simulate %s", c.Name())
		}
	}
}
