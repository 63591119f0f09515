package classify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// DecodeRules reads rules written as JSON, an array of objects with the names of
// Rule's fields, and compiles them:
//
//	[{"name": "our gateway", "status": [419], "contains": "session", "class": "stale", "executed": "no"}]
//
// Unknown fields, and anything behind the array, are errors. The error names
// every fault by line and rule, field and value, and no file: that only the
// caller knows.
func DecodeRules(data []byte) (Rules, error) {
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	broken := func(err error) error {
		return fmt.Errorf("classify: rules, line %d: %w", lineOf(data, d.InputOffset()), plain(err))
	}
	switch open, err := d.Token(); {
	case err == io.EOF:
		return nil, broken(errors.New("no array of rules"))
	case err != nil:
		return nil, broken(err)
	case open == nil:
		return nil, broken(errors.New("want an array of rules, found null"))
	case open != json.Delim('['):
		return nil, broken(fmt.Errorf("want an array of rules, found %v", open))
	}
	var rules []Rule
	var faults []error
	for d.More() {
		at := d.InputOffset()
		var r Rule
		err := d.Decode(&r)
		if err != nil && !readable(err) {
			return nil, errors.Join(append(faults, broken(err))...)
		}
		rules = append(rules, r)
		if len(rules) > maxRules {
			return nil, fmt.Errorf("classify: more than %d rules", maxRules)
		}
		line := 1 + bytes.Count(data[:at+int64(blanks(data[at:]))], []byte("\n"))
		if err != nil {
			faults = append(faults, fmt.Errorf("classify: rule %d%s, line %d: %w", len(rules), named(r.Name), line, plain(err)))
			continue
		}
		_, wrong := compile(r)
		for _, err := range wrong {
			faults = append(faults, fmt.Errorf("classify: rule %d%s, line %d: %w", len(rules), named(r.Name), line, err))
		}
	}
	if _, err := d.Token(); err != nil { // the end of the array
		return nil, errors.Join(append(faults, broken(err))...)
	}
	behind := broken(errors.New("something stands behind the array of rules"))
	if _, err := d.Token(); err != io.EOF {
		faults = append(faults, behind)
	}
	if faults != nil {
		return nil, errors.Join(faults...)
	}
	return Compile(rules)
}

// readable: the rule is wrong, but the JSON goes on behind it.
func readable(err error) bool {
	var syntax *json.SyntaxError
	return !errors.As(err, &syntax) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF)
}

// plain says what encoding/json found in the words of a rules file.
func plain(err error) error {
	var typed *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the array of rules does not end")
	case errors.As(err, &typed) && typed.Field != "":
		return fmt.Errorf("%s: %s where %s belongs", typed.Field, typed.Value, kindOf(typed.Type))
	case errors.As(err, &typed):
		return fmt.Errorf("%s where a rule, an object, belongs", typed.Value)
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fmt.Errorf("unknown field %s; a rule has name, status, content_type, header, contains, match, class, executed", field)
	}
	return err
}

func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice:
		return "a list of whole numbers"
	case reflect.Int:
		return "a whole number"
	case reflect.Map:
		return "an object of texts"
	}
	return "a text"
}

// blanks counts what stands between two rules.
func blanks(data []byte) int { return len(data) - len(bytes.TrimLeft(data, ", \t\r\n")) }

// lineOf returns the line, from 1, where the value that begins at a place ends
// to make sense. A decoder that has read tokens tells such places from somewhere
// else.
func lineOf(data []byte, at int64) int {
	at += int64(blanks(data[at:]))
	var skipped json.RawMessage
	var syntax *json.SyntaxError
	if err := json.NewDecoder(bytes.NewReader(data[at:])).Decode(&skipped); errors.As(err, &syntax) {
		at += max(0, syntax.Offset-1)
	}
	return 1 + bytes.Count(data[:at], []byte("\n"))
}
