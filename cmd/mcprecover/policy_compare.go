package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/mcprecover/mcprecover/policy"
)

// compare shows two policies side by side.
func compare(page *strings.Builder, a, b account) {
	row := func(what, left, right string) {
		fmt.Fprintf(page, "%-40s  %24s  %24s\n", what, left, right)
	}
	row("a call that waits and may be repeated", column(a.Name), column(b.Name))
	for i, s := range a.Stories {
		fmt.Fprintf(page, "%s: %s\n", s.Name, s.About)
		row("  survives", percent(s.Survives), percent(b.Stories[i].Survives))
		row("  then waits, on average", extra(s), extra(b.Stories[i]))
	}
	var differing []leaf
	right := leaves(b.Policy)
	for i, field := range leaves(a.Policy) {
		if field.value != right[i].value {
			differing = append(differing, field, right[i])
		}
	}
	if len(differing) == 0 {
		page.WriteString("\nno field differs\n")
		return
	}
	page.WriteString("\nfields that differ\n")
	for i := 0; i < len(differing); i += 2 {
		row("  "+differing[i].path, differing[i].value, differing[i+1].value)
	}
}

// column is a name as it fits over a column: of a path, its end.
func column(name string) string {
	const most = 24
	if r := []rune(name); len(r) > most {
		return "..." + string(r[len(r)-most+3:])
	}
	return name
}

type leaf struct{ path, value string }

// leaves are the fields of a policy in the order of its file.
func leaves(p policy.Policy) []leaf {
	text, _ := json.Marshal(p) // a policy is plain data
	d := json.NewDecoder(bytes.NewReader(text))
	var all []leaf
	var object func(path string)
	object = func(path string) {
		for d.Token(); d.More(); {
			name, _ := d.Token()
			at := d.InputOffset()
			if bytes.HasPrefix(text[at:], []byte(":{")) {
				object(fmt.Sprint(path, name, "."))
				continue
			}
			value, _ := d.Token()
			all = append(all, leaf{fmt.Sprint(path, name), fmt.Sprint(value)})
		}
		d.Token()
	}
	object("")
	return all
}
