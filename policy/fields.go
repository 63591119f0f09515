package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// decodeObject reads a JSON object into a struct field by field, so that all
// its faults are found at once and each is named by its path. encoding/json
// stops at the first, and names it by its Go type.
func decodeObject(path string, text []byte, into any) []error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return []error{notAnObject(path, text, err)}
	}
	fields := fieldsOf(reflect.ValueOf(into).Elem(), map[string]reflect.Value{})
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(members)) {
		field, known := fields[name]
		if !known {
			faults = append(faults, &FieldError{path + name, "", "one of " + strings.Join(slices.Sorted(maps.Keys(fields)), ", ")})
			continue
		}
		faults = append(faults, decodeField(path+name, members[name], field)...)
	}
	return faults
}

func decodeField(path string, text json.RawMessage, field reflect.Value) []error {
	if bytes.Equal(text, []byte("null")) {
		return nil // as if it were missing
	}
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.New(field.Type().Elem()))
		field = field.Elem()
	}
	if field.Kind() == reflect.Struct {
		return decodeObject(path+".", text, field.Addr().Interface())
	}
	if err := json.Unmarshal(text, field.Addr().Interface()); err != nil {
		return []error{&FieldError{path, string(clip(text)), kindOf(field)}}
	}
	return nil
}

// fieldsOf maps JSON names to fields, embedded structs included.
func fieldsOf(v reflect.Value, into map[string]reflect.Value) map[string]reflect.Value {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			fieldsOf(v.Field(i), into)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		into[name] = v.Field(i)
	}
	return into
}

func kindOf(field reflect.Value) string {
	switch {
	case field.Type() == reflect.TypeFor[Duration]():
		return `a duration such as "250ms" or "1m30s"`
	case field.CanInt(), field.CanUint():
		return "a whole number"
	case field.CanFloat():
		return "a number"
	case field.Kind() == reflect.Map:
		return "an object of numbers"
	}
	return "a string"
}

func notAnObject(path string, text []byte, err error) error {
	if path != "" {
		return &FieldError{strings.TrimSuffix(path, "."), string(clip(text)), "an object"}
	}
	if syntax, ok := err.(*json.SyntaxError); ok {
		line := 1 + bytes.Count(text[:min(int(syntax.Offset), len(text))], []byte("\n"))
		return fmt.Errorf("policy: line %d: no JSON: %w", line, err)
	}
	return fmt.Errorf("policy: %q is no JSON object", clip(text))
}

// clip bounds a value that an error shows.
func clip(text []byte) []byte {
	const most = 60
	if text = bytes.TrimSpace(text); len(text) > most {
		return append(bytes.Clone(text[:most]), "..."...)
	}
	return text
}
