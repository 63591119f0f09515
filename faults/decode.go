package faults

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// maxPlan bounds a plan file, in bytes.
const maxPlan = 1 << 20

// Decode reads a plan from JSON, such as
//
//	{"rules": [
//	  {"when": {"at": 3}, "what": {"stale": {"status": 404, "body": "session not found"}}},
//	  {"when": {"rpc_method": "tools/call", "every": 10}, "what": {"reset": {"after_run": true}}}
//	]}
//
// The error joins the faults of all rules, each named by its rule, counted
// from 0, and its field.
func Decode(r io.Reader) (Plan, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxPlan+1))
	switch {
	case err != nil:
		return Plan{}, fmt.Errorf("faults: reading the plan: %w", err)
	case len(text) > maxPlan:
		return Plan{}, fmt.Errorf("faults: more than %d bytes: this is no plan", maxPlan)
	}
	var outline struct {
		Rules []json.RawMessage `json:"rules"`
	}
	if err := strict(text, &outline); err != nil {
		return Plan{}, errors.New("faults: " + explain("", text, err))
	}
	var (
		p      Plan
		faults []error
	)
	for i, text := range outline.Rules {
		rule := withDefaults(text)
		if err := strict(text, &rule); err != nil {
			faults = append(faults, errors.New("faults: "+explain(fmt.Sprintf("rules[%d]", i), text, err)))
		}
		p.Rules = append(p.Rules, rule)
	}
	if len(faults) == 0 {
		faults = append(faults, p.Validate())
	}
	if err := errors.Join(faults...); err != nil {
		return Plan{}, err
	}
	return p, nil
}

// withDefaults gives the values of a rule's missing fields: those of the fault
// that it names.
func withDefaults(text []byte) Rule {
	var names struct {
		What map[string]json.RawMessage `json:"what"`
	}
	_ = json.Unmarshal(text, &names) // strict names its faults
	var r Rule
	for name := range names.What {
		seed := Seed
		switch name {
		case "stale":
			r.What.Stale = &seed
		case "forget":
			r.What.Forget = &seed
		case "restart":
			r.What.Restart = &seed
		case "answer":
			r.What.Answer = &seed
		case "unavailable":
			r.What.Unavailable = &Outage{RetryAfter: Duration(time.Second)}
		}
	}
	return r
}

// strict reads one JSON value and nothing else.
func strict(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is more after the plan")
	}
	return nil
}

// explain says encoding/json's error in terms of the file.
func explain(path string, text []byte, err error) string {
	var (
		syntax *json.SyntaxError
		kind   *json.UnmarshalTypeError
	)
	switch {
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(text[:min(int(syntax.Offset), len(text))], []byte("\n"))
		return fmt.Sprintf("line %d: no JSON: %v", line, err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "no JSON: it ends too early"
	case errors.As(err, &kind):
		at := cmp.Or(strings.Trim(path+"."+kind.Field, "."), "the plan")
		return fmt.Sprintf("%s: a JSON %s cannot stand here: %s", at, kind.Value, wanted(kind))
	case path == "":
		return strings.TrimPrefix(err.Error(), "json: ")
	}
	return path + ": " + strings.TrimPrefix(err.Error(), "json: ")
}

func wanted(e *json.UnmarshalTypeError) string {
	switch e.Type.String() {
	case "faults.Duration":
		return `write a duration such as "250ms"`
	case "int":
		return "write a whole number"
	case "bool":
		return "write true or false"
	case "string":
		return "write a string"
	case "[]json.RawMessage":
		return "write a list of rules"
	}
	return "write an object"
}
