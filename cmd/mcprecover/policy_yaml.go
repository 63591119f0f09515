package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// The parser takes time by the square of the depth and has no limit of its own;
// what policy show --yaml writes has 3 KiB and is three levels deep.
const (
	maxYAML     = 16 << 10
	maxBrackets = 500
	maxDepth    = 20
)

// yamlToJSON writes a YAML file as JSON, every value on the line on which it
// stood: what decodes the JSON names the right lines. Anchors, aliases, tags,
// merges and further documents are errors, since a policy needs none of them.
func yamlToJSON(text []byte) (_ []byte, err error) {
	defer func() {
		if recover() != nil { // the parser is not proof against everything
			err = errors.New("no YAML: it cannot be made sense of")
		}
	}()
	switch {
	case len(text) > maxYAML:
		return nil, fmt.Errorf("more than %d bytes: this is no policy file", maxYAML)
	case bytes.Count(text, []byte("["))+bytes.Count(text, []byte("{")) > maxBrackets:
		return nil, fmt.Errorf("more than %d brackets: this is no policy file", maxBrackets)
	case len(bytes.TrimSpace(text)) == 0:
		return nil, errors.New("the file is empty")
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, inYAML(err)
	}
	w := yamlWriter{line: 1}
	for _, d := range file.Docs {
		if d.Body == nil {
			continue
		}
		if w.out.Len() > 0 {
			return nil, fault{lineIn(d.Body), "a second document: a policy file has one"}
		}
		if _, isMapping := d.Body.(*ast.MappingNode); !isMapping {
			return nil, fault{lineIn(d.Body), d.Body.Type().YAMLName() + ` where fields belong, such as "patience: 30s"`}
		}
		if err := w.node(d.Body, 0); err != nil {
			return nil, err
		}
	}
	if w.out.Len() == 0 {
		return []byte("{}"), nil // comments only
	}
	return w.out.Bytes(), nil
}

// inYAML is the parser's error without its picture of the file.
func inYAML(err error) error {
	var y yaml.Error
	if errors.As(err, &y) && y.GetToken() != nil && y.GetToken().Position != nil {
		return fault{y.GetToken().Position.Line, "no YAML: " + y.GetMessage()}
	}
	return errors.New("no YAML")
}

type yamlWriter struct {
	out  bytes.Buffer
	line int
}

func (w *yamlWriter) node(n ast.Node, depth int) error {
	if depth > maxDepth {
		return fault{w.line, fmt.Sprintf("more than %d levels: this is no policy file", maxDepth)}
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return w.mapping(n.Values, depth)
	case *ast.SequenceNode:
		w.out.WriteByte('[')
		for i, value := range n.Values {
			w.comma(i)
			if err := w.node(value, depth+1); err != nil {
				return err
			}
		}
		w.out.WriteByte(']')
		return nil
	case *ast.NullNode:
		return w.value(n, nil)
	case *ast.BoolNode:
		return w.value(n, n.Value)
	case *ast.IntegerNode:
		return w.value(n, n.Value)
	case *ast.FloatNode:
		return w.value(n, n.Value)
	case *ast.StringNode:
		return w.value(n, n.Value)
	case *ast.LiteralNode:
		return w.value(n, n.Value.Value)
	case *ast.InfinityNode, *ast.NanNode:
		return w.value(n, n.GetToken().Value)
	}
	return fault{lineIn(n), n.Type().YAMLName() + ": not in a policy file: write the value itself"}
}

func (w *yamlWriter) mapping(values []*ast.MappingValueNode, depth int) error {
	w.out.WriteByte('{')
	for i, v := range values {
		w.comma(i)
		if v.Key.Type() == ast.MergeKeyType || v.Key.Type() == ast.MappingKeyType {
			return fault{lineIn(v.Key), v.Key.String() + " is no name of a field"}
		}
		name := v.Key.GetToken().Value
		if text, ok := v.Key.(*ast.StringNode); ok {
			name = text.Value
		}
		if err := w.value(v.Key, name); err != nil {
			return err
		}
		w.out.WriteByte(':')
		if err := w.node(v.Value, depth+1); err != nil {
			return err
		}
	}
	w.out.WriteByte('}')
	return nil
}

func (w *yamlWriter) comma(i int) {
	if i > 0 {
		w.out.WriteByte(',')
	}
}

// value writes a value that stands alone, on its line.
func (w *yamlWriter) value(n ast.Node, v any) error {
	for line := lineIn(n); w.line < line; w.line++ {
		w.out.WriteByte('\n')
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fault{w.line, err.Error()}
	}
	w.out.Write(text)
	return nil
}

// lineIn is the line of a node, 0 where the parser does not tell.
func lineIn(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}
