// Package vary changes one field of a scenario or a policy by its path, as its
// file writes it: "server.capacity", "events[0].for", "breaker.trip".
package vary

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/goccy/go-yaml"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
)

// Scenario returns s with one field set. The error names the field, the value
// and what is allowed.
func Scenario(s simulate.Scenario, path, value string) (simulate.Scenario, error) {
	var text bytes.Buffer
	if err := simulate.Encode(&text, s); err != nil {
		return s, err
	}
	var tree map[string]any
	if err := yaml.Unmarshal(text.Bytes(), &tree); err != nil {
		return s, err
	}
	if err := set("", tree, path, value); err != nil {
		return s, err
	}
	changed, err := yaml.Marshal(tree)
	if err != nil {
		return s, err
	}
	varied, err := simulate.Decode(bytes.NewReader(changed))
	if err != nil {
		return s, unplaced(err)
	}
	return varied, nil
}

// Policy returns p with one field set. The error names the field, with policy.
// before it, the value and what is allowed.
func Policy(p policy.Policy, path, value string) (policy.Policy, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return p, err
	}
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		return p, err
	}
	if err := set("policy.", tree, path, scalar(value)); err != nil {
		return p, err
	}
	if text, err = json.Marshal(tree); err != nil {
		return p, err
	}
	varied, err := policy.Decode(bytes.NewReader(text))
	if err != nil {
		return p, ofPolicy(err)
	}
	return varied, nil
}

// scalar is a value as JSON has it: a number where it is one.
func scalar(value string) any {
	if _, err := strconv.ParseFloat(value, 64); err == nil && json.Valid([]byte(value)) {
		return json.Number(value)
	}
	return value
}

// set replaces the scalar at a path. Only what is there can be set: both files
// write all their fields. Errors name a path with what is before it.
func set(before string, tree map[string]any, path string, value any) error {
	return setIn(before, paths("", tree), tree, path, value)
}

func setIn(before string, all []string, tree any, path string, value any) error {
	walked := ""
	for rest := path; ; {
		name, after, more := strings.Cut(rest, ".")
		name, index, listed := strings.Cut(name, "[")
		object, isObject := tree.(map[string]any)
		next, known := object[name]
		if !isObject || !known {
			if meant := meant(path, all); meant != "" {
				return fmt.Errorf("%s%s: no such field; did you mean %s%s?", before, path, before, meant)
			}
			return fmt.Errorf("%s%s: no such field: %s", before, path, allowed(before+walked, object))
		}
		walked = strings.TrimPrefix(walked+"."+name, ".")
		if listed {
			list, _ := next.([]any)
			i, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
			if err != nil || i < 0 || i >= len(list) {
				return fmt.Errorf("%s%s: no such field: %s has %d, counted from 0", before, path, walked, len(list))
			}
			walked, next = fmt.Sprintf("%s[%d]", walked, i), list[i]
		}
		if !more {
			switch inner := next.(type) {
			case map[string]any:
				return fmt.Errorf("%s%s: it has fields of its own: %s", before, path, allowed(before+walked, inner))
			case []any:
				return fmt.Errorf("%s%s: it is a list: write %s[0] and the name of a field", before, path, walked)
			}
			object[name] = value
			return nil
		}
		tree, rest = next, after
	}
}

func allowed(in string, object map[string]any) string {
	names := strings.Join(slices.Sorted(maps.Keys(object)), ", ")
	switch {
	case names == "":
		return in + " has none"
	case in == "" || strings.HasSuffix(in, "."):
		return "allowed is one of " + names
	}
	return "in " + in + " allowed is one of " + names
}

// paths are all fields that can be set.
func paths(before string, tree any) (all []string) {
	switch t := tree.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(t)) {
			all = append(all, paths(strings.TrimPrefix(before+"."+name, "."), t[name])...)
		}
	case []any:
		for i, inner := range t {
			all = append(all, paths(fmt.Sprintf("%s[%d]", before, i), inner)...)
		}
	default:
		all = append(all, before)
	}
	return all
}

// meant is the path that a wrong one was meant to be, or "": one that ends in
// it, one beside it, or one that differs in at most two letters.
func meant(path string, all []string) string {
	dot := strings.LastIndexByte(path, '.') + 1
	beside := map[string]string{}
	for _, p := range all {
		if strings.HasSuffix(p, "."+path) {
			return p
		}
		if name, ok := strings.CutPrefix(p, path[:dot]); ok {
			beside[name] = p
		}
	}
	if name := Nearest(path[dot:], slices.Sorted(maps.Keys(beside))); name != "" {
		return beside[name]
	}
	best, least := "", 3
	for _, p := range all {
		if d := levenshtein.ComputeDistance(path, p); d < least {
			best, least = p, d
		}
	}
	return best
}

// ofPolicy says of a field's fault which file has it.
func ofPolicy(err error) error {
	var all []error
	for line := range strings.SplitSeq(err.Error(), "\n") {
		all = append(all, errors.New("policy."+strings.TrimPrefix(line, "policy: ")))
	}
	return errors.Join(all...)
}

// unplaced takes the lines out of faults: there is no file.
func unplaced(err error) error {
	var one *simulate.FieldError
	if many, joined := err.(interface{ Unwrap() []error }); joined {
		var all []error
		for _, e := range many.Unwrap() {
			all = append(all, unplaced(e))
		}
		return errors.Join(all...)
	}
	if errors.As(err, &one) {
		one.Line = 0
	}
	return err
}
