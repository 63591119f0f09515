package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxConfig bounds a configuration file, in bytes: the parser takes time by the
// square of the depth.
const maxConfig = 64 << 10

// yamlReader goes through a YAML file and collects what is wrong with it, each
// fault on its line.
type yamlReader struct{ faults []fault }

// field is what reads a field's value, which is called path in faults.
type field func(n ast.Node, path string)

func (r *yamlReader) fault(n ast.Node, format string, args ...any) {
	r.faults = append(r.faults, fault{lineIn(n), fmt.Sprintf(format, args...)})
}

// root parses a file, which is one mapping; nil if it cannot be.
func (r *yamlReader) root(text []byte) (root ast.Node) {
	defer func() {
		if recover() != nil { // the parser is not proof against everything
			root = nil
			r.faults = append(r.faults, fault{0, "no YAML: it cannot be made sense of"})
		}
	}()
	switch {
	case len(text) > maxConfig:
		r.faults = append(r.faults, fault{0, fmt.Sprintf("more than %d bytes: this is no configuration file", maxConfig)})
		return nil
	case bytes.Count(text, []byte("["))+bytes.Count(text, []byte("{")) > maxBrackets:
		r.faults = append(r.faults, fault{0, fmt.Sprintf("more than %d brackets: this is no configuration file", maxBrackets)})
		return nil
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		f := fault{what: "no YAML"}
		errors.As(inYAML(err), &f)
		r.faults = append(r.faults, f)
		return nil
	}
	for _, d := range file.Docs {
		switch {
		case d.Body == nil:
		case root != nil:
			r.fault(d.Body, "a second document: a configuration file has one")
		default:
			root = d.Body
		}
	}
	if root == nil && len(r.faults) == 0 {
		r.faults = append(r.faults, fault{0, "the file is empty"})
	}
	return root
}

// mapping reads the fields of n; any reads those that have no reader of their
// own, nil: there are none.
func (r *yamlReader) mapping(n ast.Node, path string, fields map[string]field, any field) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		what := path
		if path == "" {
			what = "the file"
		}
		r.fault(n, "%s is %s: allowed are fields, such as %s", what, kindOf(n), example(fields))
		return
	}
	for _, v := range m.Values {
		name := v.Key.GetToken().Value
		read := fields[name]
		if read == nil {
			read = any
		}
		if read == nil {
			r.fault(v.Key, "%s: no such field: allowed is one of %s", path+name, strings.Join(names(fields), ", "))
			continue
		}
		read(v.Value, path+name)
	}
}

func names(fields map[string]field) []string {
	var all []string
	for name := range fields {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func example(fields map[string]field) string {
	if len(fields) == 0 {
		return "github: https://mcp.example.com/mcp"
	}
	return names(fields)[0] + ": ..."
}

// kindOf says what a node is where something else belongs.
func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	}
	return "a value"
}

// text reads a value that is a text, or can be read as one; shown: it may stand
// in an error.
func (r *yamlReader) text(n ast.Node, path string, allowed string) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	r.fault(n, "%s is %s: allowed is %s", path, kindOf(n), allowed)
	return "", false
}

// into reads a text.
func (r *yamlReader) into(to *string, allowed string, check func(string) error) field {
	return func(n ast.Node, path string) {
		text, ok := r.text(n, path, allowed)
		if !ok {
			return
		}
		if check != nil {
			if err := check(text); err != nil {
				r.fault(n, "%s is %.100q: %v", path, text, err)
				return
			}
		}
		*to = text
	}
}

// oneOf reads a word.
func (r *yamlReader) oneOf(to *string, words ...string) field {
	allowed := strings.Join(words, " or ")
	return r.into(to, allowed, func(text string) error {
		if !slices.Contains(words, text) {
			return errors.New("allowed is " + allowed)
		}
		return nil
	})
}

// within reads a duration from low to high; zero: 0 is allowed too.
func (r *yamlReader) within(to *time.Duration, low, high time.Duration, zero string) field {
	return func(n ast.Node, path string) {
		allowed := fmt.Sprintf("%s to %s", low, high)
		if zero != "" {
			allowed = "0s (" + zero + "), or " + allowed
		}
		text, ok := r.text(n, path, allowed)
		if !ok {
			return
		}
		d, err := time.ParseDuration(text)
		if text == "0" {
			d, err = 0, nil
		}
		if err != nil || (d < low || d > high) && !(zero != "" && d == 0) {
			r.fault(n, "%s is %.100q: allowed is %s", path, text, allowed)
			return
		}
		*to = d
	}
}

// list reads texts.
func (r *yamlReader) list(to *[]string, allowed string, check func(string) error) field {
	return func(n ast.Node, path string) {
		s, ok := n.(*ast.SequenceNode)
		if !ok {
			r.fault(n, "%s is %s: allowed is a list of %s", path, kindOf(n), allowed)
			return
		}
		for i, value := range s.Values {
			var text string
			r.into(&text, allowed, check)(value, fmt.Sprintf("%s[%d]", path, i))
			*to = append(*to, text)
		}
	}
}
