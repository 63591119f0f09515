package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/vary"
)

// contender is a policy under the name that it was given by.
type contender struct {
	name   string
	policy policy.Policy
}

// mostPolicies is what a table of 100 columns holds.
const mostPolicies = 5

func readPolicies(names []string) ([]contender, error) {
	var all []contender
	for _, name := range names {
		if strings.TrimSpace(name) == "" {
			return nil, misusef("--policy: a name is empty; presets are %s", strings.Join(presetNames(), ", "))
		}
		for _, c := range all {
			if c.name == name {
				return nil, misusef("--policy: %s is named twice", name)
			}
		}
		p, err := readPolicy(name)
		if err != nil {
			return nil, err
		}
		all = append(all, contender{name, *p})
	}
	if len(all) < 1 || len(all) > mostPolicies {
		return nil, misusef("--policy: %d policies: allowed are 1 to %d", len(all), mostPolicies)
	}
	return all, nil
}

// readScenario reads the --scenario flag: a built-in scenario, a file, or "-"
// for stdin.
func (p *process) readScenario(ctx context.Context, name string) (simulate.Scenario, error) {
	if name == "" {
		return simulate.Scenario{}, misusef("--scenario is missing: give a YAML file or a built-in one, such as restart-eager; mcprecover simulate list shows them")
	}
	if s, builtIn := simulate.Named(name); builtIn {
		return s, nil
	}
	in, shown, err := p.input(ctx, name, "a scenario file, YAML,")
	if errors.Is(err, fs.ErrNotExist) {
		return simulate.Scenario{}, misusef("--scenario: %q is neither a file nor a built-in scenario; %s", name, didYouMean(name))
	}
	if err != nil {
		return simulate.Scenario{}, misusef("--scenario: %w", err)
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, maxInput))
	if err != nil {
		return simulate.Scenario{}, misusef("--scenario: %w", err)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return simulate.Scenario{}, misusef("--scenario: %s is empty; mcprecover simulate list NAME prints a scenario to start from", shown)
	}
	s, err := simulate.Decode(bytes.NewReader(text))
	if err != nil {
		faults := apart(err)
		slices.SortStableFunc(faults, func(a, b error) int { return scenarioLine(a) - scenarioLine(b) })
		for i, fault := range faults {
			faults[i] = fmt.Errorf("--scenario: %w", inFile(shown, errors.New(strings.TrimPrefix(fault.Error(), "scenario: "))))
		}
		return s, misuse{errors.Join(faults...)}
	}
	return s, nil
}

// scenarioLine is the line that a fault of a scenario is on; 0: it is of no line.
func scenarioLine(fault error) int {
	if field := new(simulate.FieldError); errors.As(fault, &field) {
		return field.Line
	}
	return 0
}

func scenarioNames() []string {
	var names []string
	for _, s := range simulate.Scenarios() {
		names = append(names, s.Name)
	}
	return names
}

// varied is the scenario and a policy with one field changed.
type varied struct {
	scenario simulate.Scenario
	policy   policy.Policy
	err      error
}

// vary changes a field for each of the policies. The field is the scenario's,
// or with "policy." before it the policies'.
func (s *simulation) vary(path, value string) []varied {
	path, value = strings.TrimSpace(path), strings.TrimSpace(value)
	of, isPolicy := strings.CutPrefix(path, "policy.")
	all := make([]varied, len(s.policies))
	for i, c := range s.policies {
		v := varied{scenario: s.scenario, policy: c.policy}
		if isPolicy {
			v.policy, v.err = vary.Policy(c.policy, of, value)
		} else {
			v.scenario, v.err = vary.Scenario(s.scenario, path, value)
		}
		all[i] = v
	}
	return all
}
