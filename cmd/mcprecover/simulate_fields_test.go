package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/measure"
)

// group is a mapping of the scenario file: its path ("" is the whole file), and
// its type.
type group struct {
	path string
	of   reflect.Type
}

func (g group) name() string { return cmp.Or(g.path, "the file") }

// groups are all mappings that a scenario file has.
func groups(t *testing.T) []group {
	var all []group
	var walk func(g group)
	walk = func(g group) {
		all = append(all, g)
		for i := range g.of.NumField() {
			f := g.of.Field(i)
			inner := group{strings.TrimPrefix(g.path+"."+f.Tag.Get("yaml"), "."), f.Type}
			switch f.Type.Kind() {
			case reflect.Struct:
				walk(inner)
			case reflect.Slice:
				inner.path += "[]"
				inner.of = f.Type.Elem()
				walk(inner)
			}
		}
	}
	walk(group{"", reflect.TypeFor[simulate.Scenario]()})
	return all
}

func (g group) table(t *testing.T, c comments) string {
	event := strings.HasSuffix(g.path, "[]")
	rows := [][]string{{"field", "value", "default", "meaning"}}
	if event {
		rows[0] = []string{"field", "value", "default", "kinds", "meaning"}
	}
	for i := range g.of.NumField() {
		f := g.of.Field(i)
		tag := f.Tag.Get("yaml")
		if tag == "" {
			t.Fatalf("%s.%s: no name in files", g.of.Name(), f.Name)
		}
		path := strings.TrimPrefix(g.path+"."+tag, ".")
		row := []string{"`" + tag + "`", valueOf(t, path, f.Type), defaultOf(path)}
		if event {
			row = append(row, kindsWith(path))
		}
		rows = append(rows, append(row, c.of(t, g.of.Name(), f.Name)))
	}
	return pipes(rows)
}

// probe is a valid scenario with one event, whose numbers are found again in
// what Validate says.
func probe() simulate.Scenario {
	s := simulate.Base()
	s.Clients.Number, s.Clients.Gateways = 123457, simulate.Gateways{Processes: 7, Sessions: 1}
	s.Server.Login.Capacity = 1
	s.Events = []simulate.Event{{Kind: simulate.Restart, At: simulate.Duration(time.Second)}}
	return s
}

var found = strings.NewReplacer("123457", "`clients.number`", "17636", "`clients.number` / `processes`")

// fieldOf is a scenario's field by its path.
func fieldOf(s *simulate.Scenario, path string) reflect.Value {
	v := reflect.ValueOf(s).Elem()
	for _, name := range strings.Split(path, ".") {
		name, list := strings.CutSuffix(name, "[]")
		v = v.FieldByNameFunc(func(field string) bool {
			f, _ := v.Type().FieldByName(field)
			return f.Tag.Get("yaml") == name
		})
		if list {
			v = v.Index(0)
		}
	}
	return v
}

// fieldFault is what Validate says of one field; nil: nothing.
func fieldFault(s simulate.Scenario, path string) *simulate.FieldError {
	var all []error
	err := s.Validate()
	if joined, many := err.(interface{ Unwrap() []error }); many {
		all = joined.Unwrap()
	} else if err != nil {
		all = []error{err}
	}
	for len(all) > 0 {
		var one *simulate.FieldError
		if joined, many := all[0].(interface{ Unwrap() []error }); many {
			all = append(all, joined.Unwrap()...)
		} else if errors.As(all[0], &one) && one.Field == strings.ReplaceAll(path, "[]", "[0]") {
			return one
		}
		all = all[1:]
	}
	return nil
}

// valueOf is a field's kind and range: what Validate allows instead of a value
// that is out of any range.
func valueOf(t *testing.T, path string, of reflect.Type) string {
	s := probe()
	v := fieldOf(&s, path)
	kind := ""
	switch v.Interface().(type) {
	case simulate.Duration:
		kind = "duration, "
		v.SetInt(-1)
	case string:
		v.SetString("?")
	case bool:
		return "true or false"
	case int:
		v.SetInt(-1)
	case float64:
		kind = "number, "
		v.SetFloat(math.NaN())
	default:
		if v.Kind() == reflect.Slice {
			v.Set(reflect.MakeSlice(of, 10000, 10000))
			return "list, " + allowed(t, s, path)
		}
		return "mapping, below"
	}
	if v.Kind() == reflect.String && fieldFault(s, path) == nil {
		return "text"
	}
	text := allowed(t, s, path)
	if v.Kind() == reflect.Int && !strings.Contains(text, " or ") {
		kind = "whole number, "
	}
	return kind + text
}

var (
	emptyUnits = regexp.MustCompile(`(\d+[hm])(0m)?0s`)
	onlyOne    = regexp.MustCompile(`^(\d+) to (\d+)$`)
	longNumber = regexp.MustCompile(`\b\d+(e\+\d+|\d{4,})\b`)
)

// allowed is Validate's word for a field's range, as people write it.
func allowed(t *testing.T, s simulate.Scenario, path string) string {
	f := fieldFault(s, path)
	if f == nil {
		t.Fatalf("%s: Validate bounds it by nothing", path)
	}
	text := emptyUnits.ReplaceAllString(found.Replace(f.Allowed), "$1")
	text = longNumber.ReplaceAllStringFunc(text, func(digits string) string {
		v, _ := strconv.ParseFloat(digits, 64)
		return measure.Grouped(v)
	})
	if m := onlyOne.FindStringSubmatch(text); m != nil && m[1] == m[2] {
		return m[1]
	}
	return text
}

// defaultOf is what a file that does not name the field gets.
func defaultOf(path string) string {
	s := simulate.Base()
	s.Events = make([]simulate.Event, 1)
	v := fieldOf(&s, path)
	switch text := emptyUnits.ReplaceAllString(fmt.Sprint(v.Interface()), "$1"); {
	case v.Kind() == reflect.Struct:
		return ""
	case v.Kind() == reflect.Slice:
		return "none"
	case strings.Contains(path, "[]") && fieldFault(s, path) != nil:
		return "required"
	default:
		return text
	}
}

// eventKinds are the words that Validate takes for an event's kind.
func eventKinds() []string {
	s := probe()
	s.Events[0].Kind = "?"
	return strings.Split(fieldFault(s, "events[].kind").Allowed, ", ")
}

// kindsWith are the kinds of events that take a value of a field.
func kindsWith(path string) string {
	var with []string
	for _, kind := range eventKinds() {
		s := probe()
		switch v := fieldOf(&s, path); v.Kind() {
		case reflect.Float64:
			v.SetFloat(0.5)
		case reflect.Int64:
			v.SetInt(int64(time.Second))
		}
		s.Events[0].Kind = kind
		if fieldFault(s, path) == nil {
			with = append(with, kind)
		}
	}
	if len(with) == len(eventKinds()) {
		return "all"
	}
	return strings.Join(with, ", ")
}

func kindTable(t *testing.T, c comments) string {
	rows := [][]string{{"kind", "what happens"}}
	for _, kind := range eventKinds() {
		rows = append(rows, []string{"`" + kind + "`", c.of(t, "", strings.ToUpper(kind[:1])+kind[1:])})
	}
	return pipes(rows)
}

// ruleList is what Validate says of fields that do not go together.
func ruleList(t *testing.T) string {
	var text strings.Builder
	for _, change := range []struct {
		path string
		to   func(s *simulate.Scenario)
	}{
		{"horizon", func(s *simulate.Scenario) { s.Horizon = simulate.Duration(70 * time.Minute) }},
		{"server.table", func(s *simulate.Scenario) { s.Server.Replicas, s.Server.Table = 4, 1000 }},
		{"events[].kind", func(s *simulate.Scenario) { s.Server.Table, s.Events[0].Kind = 1000, simulate.Cut }},
		{"events[].kind", func(s *simulate.Scenario) { s.Server.Login.Capacity, s.Events[0].Kind = 0, simulate.Expire }},
	} {
		s := probe()
		change.to(&s)
		f := fieldFault(s, change.path)
		if f == nil {
			t.Fatalf("%s: Validate accepts what it did not", change.path)
		}
		clean := func(text string) string { return emptyUnits.ReplaceAllString(text, "$1") }
		fmt.Fprintf(&text, "- `%s` is %s: allowed is %s\n", f.Field, clean(f.Value), clean(f.Allowed))
	}
	return text.String()
}
