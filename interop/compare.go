//go:build interop

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// results are a suite's checks: scenario and check, with each status it had.
type results map[string][]string

// stamped is the time at the end of a scenario's folder.
var stamped = regexp.MustCompile(`-\d{4}-\d{2}-\d{2}T[\d-]+Z$`)

// readResults reads what the suite wrote: a folder for each scenario, with its
// checks.
func readResults(dir string) (results, error) {
	r := results{}
	return r, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.Name() != "checks.json" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var checks []struct {
			ID     string `json:"id"`
			Status string `json:"status"`
		}
		if err := json.Unmarshal(text, &checks); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		scenario, err := filepath.Rel(dir, filepath.Dir(path))
		if err != nil {
			return err
		}
		scenario = stamped.ReplaceAllString(scenario, "")
		if len(checks) == 0 {
			r[scenario+" (no check)"] = []string{"NONE"}
		}
		for _, c := range checks {
			key := scenario + ": " + c.ID
			r[key] = append(r[key], c.Status)
		}
		return nil
	})
}

// String counts scenarios and checks by status.
func (r results) String() string {
	scenarios, count := map[string]bool{}, map[string]int{}
	for key, statuses := range r {
		scenario, _, _ := strings.Cut(key, ": ")
		scenarios[scenario] = true
		for _, s := range statuses {
			count[s]++
		}
	}
	var text []string
	for s, n := range count {
		text = append(text, fmt.Sprintf("%d %s", n, s))
	}
	slices.SortFunc(text, func(a, b string) int { return cmp.Compare(a[strings.Index(a, " "):], b[strings.Index(b, " "):]) })
	return fmt.Sprintf("%d scenarios: %s", len(scenarios), strings.Join(text, ", "))
}

// compare tells of every check whose statuses differ. What has status INFO is
// no check, but the suite's record of the traffic.
func compare(without, with results) []string {
	keys := map[string]bool{}
	for key := range without {
		keys[key] = true
	}
	for key := range with {
		keys[key] = true
	}
	var different []string
	for key := range keys {
		a, b := judged(without[key]), judged(with[key])
		if !slices.Equal(a, b) {
			different = append(different, fmt.Sprintf("%s: without %s, with %s", key, counted(a), counted(b)))
		}
	}
	slices.Sort(different)
	return different
}

func judged(statuses []string) []string {
	return slices.DeleteFunc(slices.Sorted(slices.Values(statuses)), func(s string) bool { return s == "INFO" })
}

// counted is a sorted list with equal ones together.
func counted(statuses []string) string {
	if len(statuses) == 0 {
		return "not there"
	}
	var text []string
	for i := 0; i < len(statuses); {
		j := i
		for j < len(statuses) && statuses[j] == statuses[i] {
			j++
		}
		text = append(text, fmt.Sprintf("%dx %s", j-i, statuses[i]))
		i = j
	}
	return strings.Join(text, " ")
}
