package simulate

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxDocument bounds a scenario file, in bytes, and maxDepth the nesting of
// brackets in it: a scenario has three levels.
const (
	maxDocument = 64 << 10
	maxDepth    = 16
)

// Decode reads a scenario file. Missing fields take Base's value. The error
// joins one *FieldError for each unknown field, each value of a wrong kind and
// each value out of range, with their lines.
func Decode(r io.Reader) (Scenario, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	switch {
	case err != nil:
		return Scenario{}, fmt.Errorf("scenario: read: %w", err)
	case len(text) > maxDocument:
		return Scenario{}, fmt.Errorf("scenario: more than %d bytes: this is no scenario file", maxDocument)
	case max(strings.Count(string(text), "["), strings.Count(string(text), "{")) > maxDepth*maxEvents:
		return Scenario{}, errors.New("scenario: too many brackets: this is no scenario file")
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return Scenario{}, fmt.Errorf("scenario: no YAML: %w", plain(err))
	}
	if len(file.Docs) != 1 {
		return Scenario{}, fmt.Errorf("scenario: the file holds %d documents: allowed is one", len(file.Docs))
	}
	if file.Docs[0].Body == nil {
		return Scenario{}, errors.New("scenario: the file says nothing: a scenario has at least a name")
	}
	s := Base()
	d := decoding{lines: map[string]int{}}
	d.object("", file.Docs[0].Body, reflect.ValueOf(&s).Elem())
	if s.Schema > Schema {
		return Scenario{}, fmt.Errorf("scenario: line %d: schema is %d: this version reads up to %d, a newer one wrote the file", d.lines["schema"], s.Schema, Schema)
	}
	if err := errors.Join(append(d.faults, d.placed(s.Validate())...)...); err != nil {
		return Scenario{}, err
	}
	s.Schema = Schema
	return s, nil
}

// Encode writes a scenario as YAML; Decode reads it back equal.
func Encode(w io.Writer, s Scenario) error {
	s.Schema = Schema
	text, err := yaml.Marshal(s)
	if err != nil {
		return fmt.Errorf("scenario: encode: %w", err)
	}
	_, err = w.Write(text)
	return err
}

// plain is a parser's error in one line, without its picture of the file.
func plain(err error) error {
	var located yaml.Error
	if !errors.As(err, &located) || located.GetToken() == nil {
		return err
	}
	return fmt.Errorf("line %d: %s", located.GetToken().Position.Line, located.GetMessage())
}

// decoding reads nodes into fields, notes where each stands, and collects all
// faults; the library's own decoder stops at the first.
type decoding struct {
	lines  map[string]int
	faults []error
}

func (d *decoding) fault(node ast.Node, path, value, allowed string) {
	d.faults = append(d.faults, &FieldError{lineOf(node), path, clip(value), allowed})
}

func (d *decoding) object(path string, node ast.Node, into reflect.Value) {
	var members []*ast.MappingValueNode
	switch n := node.(type) {
	case *ast.MappingNode:
		members = n.Values
	case *ast.MappingValueNode:
		members = []*ast.MappingValueNode{n}
	case *ast.NullNode:
		return
	default:
		d.fault(node, or(strings.TrimSuffix(path, "."), "the file"), textOf(node), "a mapping of fields")
		return
	}
	fields := fieldsOf(into)
	for _, m := range members {
		name := textOf(m.Key)
		field, known := fields[name]
		if !known {
			d.fault(m.Key, clip(path+name), "", "one of "+strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
			continue
		}
		if line, twice := d.lines[path+name]; twice {
			d.fault(m.Key, path+name, "written twice", fmt.Sprintf("once, and it is on line %d already", line))
			continue
		}
		d.lines[path+name] = lineOf(m.Key)
		d.value(path+name, m.Value, field)
	}
}

func (d *decoding) value(path string, node ast.Node, into reflect.Value) {
	switch into.Kind() {
	case reflect.Struct:
		d.object(path+".", node, into)
		return
	case reflect.Slice:
		d.list(path, node, into)
		return
	}
	if _, null := node.(*ast.NullNode); null {
		return // as if it were missing
	}
	text := textOf(node)
	if _, scalar := node.(ast.ScalarNode); !scalar || !set(into, text) {
		d.fault(node, path, or(text, "empty"), kindOf(into))
	}
}

func (d *decoding) list(path string, node ast.Node, into reflect.Value) {
	if _, null := node.(*ast.NullNode); null {
		return
	}
	n, ok := node.(*ast.SequenceNode)
	if !ok || len(n.Values) > maxEvents {
		d.fault(node, path, or(textOf(node), "empty"), fmt.Sprintf("a list of at most %d", maxEvents))
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(n.Values), len(n.Values)))
	for i, item := range n.Values {
		at := fmt.Sprintf("%s[%d]", path, i)
		d.lines[at] = lineOf(item)
		d.value(at, item, into.Index(i))
	}
}

// set reads a scalar; it reports whether the text is of the field's kind.
func set(into reflect.Value, text string) bool {
	var err error
	switch p := into.Addr().Interface().(type) {
	case *Duration:
		err = p.UnmarshalText([]byte(text))
	case *string:
		*p = text
	case *bool:
		*p = text == "true"
		return text == "true" || text == "false"
	case *int:
		*p, err = strconv.Atoi(strings.ReplaceAll(text, "_", ""))
	case *float64:
		*p, err = strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64)
	}
	return err == nil
}

func kindOf(field reflect.Value) string {
	switch field.Interface().(type) {
	case Duration:
		return `a duration such as 250ms or 1m30s`
	case bool:
		return "true or false"
	case int:
		return "a whole number"
	case float64:
		return "a number"
	}
	return "a word"
}

func fieldsOf(v reflect.Value) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	for i := range v.NumField() {
		fields[v.Type().Field(i).Tag.Get("yaml")] = v.Field(i)
	}
	return fields
}

// placed gives the faults that Validate found their lines: of the field, or of
// the nearest one around it that the file has.
func (d *decoding) placed(err error) []error {
	var one *FieldError
	if many, joined := err.(interface{ Unwrap() []error }); joined {
		var all []error
		for _, e := range many.Unwrap() {
			all = append(all, d.placed(e)...)
		}
		return all
	}
	if !errors.As(err, &one) {
		return nil
	}
	if slices.ContainsFunc(d.faults, func(e error) bool { return e.(*FieldError).Field == one.Field }) {
		return nil // it could not even be read
	}
	for path := one.Field; path != ""; path = path[:max(strings.LastIndexAny(path, ".["), 0)] {
		if line, ok := d.lines[path]; ok {
			one.Line = line
			break
		}
	}
	return []error{one}
}

func lineOf(node ast.Node) int {
	if node == nil || node.GetToken() == nil || node.GetToken().Position == nil {
		return 0
	}
	return node.GetToken().Position.Line
}

func textOf(node ast.Node) string {
	if node == nil || node.GetToken() == nil {
		return ""
	}
	if block, ok := node.(*ast.LiteralNode); ok { // its token is the | or > before the text
		return strings.TrimSpace(block.Value.Value)
	}
	return node.GetToken().Value
}

func or(text, otherwise string) string { return cmp.Or(text, otherwise) }

// clip bounds what an error shows of a file.
func clip(text string) string {
	const most = 60
	text = strings.TrimSpace(text)
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}
