package classify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// docs/wire-forms.md is made from the table of rules and the corpus:
//
//	go test ./classify -run WireForms -update
func TestWireForms(t *testing.T) {
	golden(t, "../docs/wire-forms.md", wireForms(t))
}

func wireForms(t *testing.T) string {
	var b strings.Builder
	lines := append(readLines(t, "testdata/wire.jsonl"), readLines(t, "testdata/unseen.jsonl")...)
	b.WriteString("# What servers say when a session is lost\n\n" +
		"Made from `classify/order.go`, `classify/families.go` and `classify/testdata`; do not edit.\n" +
		"Renew it with `go test ./classify -run WireForms -update`.\n\n" +
		"MCP (2025-03-26 to 2025-11-25) has one form: 404 to a request that carried `Mcp-Session-Id`.\n" +
		"Servers have many. A *?* marks answers that leave doubt.\n\n" +
		"## By server\n\n" +
		"| server, source | asked | status | code | says | understood as | executed |\n|---|---|---:|---:|---|---|---|\n")
	slices.SortStableFunc(lines, func(a, c line) int { return cmp.Compare(strings.ToLower(a.Source), strings.ToLower(c.Source)) })
	for _, l := range lines {
		if l.Label == Stale {
			b.WriteString(form(l))
		}
	}
	b.WriteString("\n## False friends\n\nAnswers that speak of a session, or are 404 to an id, and where a new session is no cure.\n\n" +
		"| server, source | asked | status | code | says | understood as | executed |\n|---|---|---:|---:|---|---|---|\n")
	for _, l := range lines {
		if l.Label != Stale && l.Label != OK && (containsFold(l.Body, "session") || l.Status == 404 && l.HadSession) {
			b.WriteString(form(l))
		}
	}
	b.WriteString("\n## Ways of speaking\n\nThe status proves little, so the words decide. Between them may stand an id, quotes, articles and the like.\n\n| family | proves |\n|---|---|\n")
	for _, f := range families[1:] {
		fmt.Fprintf(&b, "| %s | %s |\n", f.like, strings.Join(f.proves.names(), ", "))
	}
	b.WriteString("\n## The order of the rules\n\nThe first that fits speaks.\n\n| | status | if | one of | unless | class | reason |\n|---:|---|---|---|---|---|---|\n")
	for i := range order {
		r := &order[i]
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %s | %s | %s |\n", i+1, r.on,
			strings.Join(r.all.names(), " and "), strings.Join(r.any.names(), ", "), strings.Join(r.none.names(), ", "), r.class, r.reason)
	}
	return b.String()
}

func form(l line) string {
	o := l.observation()
	e := Explain(o)
	code := ""
	if e.Verdict.Code != 0 {
		code = fmt.Sprint(e.Verdict.Code)
	}
	asked := cmp.Or(l.RPCMethod, l.Method)
	if l.Method != "POST" {
		asked = l.Method
	}
	if !l.HadSession {
		asked += ", no id"
	}
	says := strings.Join(e.Text, " / ")
	switch {
	case says == "" && l.Body == "":
		says = "*nothing*"
	case says == "":
		says = "*a web page*"
	default:
		says = cell(says)
	}
	doubt := ""
	if l.Ambiguous {
		doubt = " ?"
	}
	label := e.Verdict.Reason.String()
	if e.Verdict.Class != l.Label {
		label += fmt.Sprintf(" (%v; a person says %v)", e.Verdict.Class, l.Label)
	}
	return fmt.Sprintf("| %s%s | %s | %d | %s | %s | %s | %v |\n", cell(l.Source), doubt, asked, l.Status, code, says, label, e.Verdict.Executed)
}

// cell makes a text fit for a cell of a table.
func cell(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	const most = 110
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "..."
	}
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`).Replace(s)
}
