package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// comments are those of package simulate's struct fields ("Type.Field") and
// constants (".Name").
type comments map[string]string

func readComments(t *testing.T) comments {
	c := comments{}
	files, err := filepath.Glob("../../simulate/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err, "no source files")
	}
	for _, name := range slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") }) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				if s, ok := n.Type.(*ast.StructType); ok {
					for _, f := range s.Fields.List {
						c.add(n.Name.Name, f.Names, f.Doc, f.Comment)
					}
				}
			case *ast.ValueSpec:
				c.add("", n.Names, n.Doc, n.Comment)
			}
			return true
		})
	}
	return c
}

func (c comments) add(of string, names []*ast.Ident, doc, behind *ast.CommentGroup) {
	text := strings.Join(strings.Fields(doc.Text()+" "+behind.Text()), " ")
	for _, name := range names {
		said := strings.TrimPrefix(text, name.Name+" is ")
		c[of+"."+name.Name] = strings.TrimPrefix(said, name.Name+" are ")
	}
}

// of is a comment as a cell of a table. Without one the test fails.
func (c comments) of(t *testing.T, of, name string) string {
	text := c[of+"."+name]
	switch {
	case text == "":
		t.Errorf("simulate: %s.%s has no comment that says what it means", of, name)
		return ""
	case strings.Contains(text, "|"):
		t.Errorf("simulate: %s.%s: a | in its comment would end the cell", of, name)
	}
	return sentence(text)
}

func sentence(text string) string {
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}
