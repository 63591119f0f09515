// Package classifytest checks a user's own classifier rules against the answers
// of real servers and against the laws that every classifier keeps.
//
//	func TestOurRules(t *testing.T) {
//		rules, err := classify.DecodeRules(file)
//		if err != nil {
//			t.Fatal(err)
//		}
//		classifytest.Check(t, rules)
//	}
package classifytest

import (
	"bytes"
	_ "embed"
	"slices"
	"strings"
	"testing"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/classify/record"
)

//go:generate cp ../testdata/wire.jsonl wire.jsonl

//go:embed wire.jsonl
var wire []byte

// Corpus returns the labelled answers of real servers, in a new slice that the
// caller may change.
func Corpus(t testing.TB) []record.Record {
	t.Helper()
	var all []record.Record
	for r, err := range record.JSONLines(bytes.NewReader(wire)) {
		if err != nil {
			t.Fatalf("classifytest: the corpus: %v", err)
		}
		all = append(all, r)
	}
	return all
}

// Check fails the test where rules call an answer of the corpus, whose meaning
// is not in doubt, something else than it is, or break a law: one of the five
// classes for whatever is cut wherever, nothing stale in the stateless era, no
// matter how headers are spelled. meant names the ids of answers that the rules
// mean to call something else.
func Check(t testing.TB, rules classify.Rules, meant ...string) {
	t.Helper()
	known := make(map[string]bool)
	for _, r := range Corpus(t) {
		known[r.ID] = true
		v := r.Judge(rules)
		if v.Class != r.Label && !r.Ambiguous && !slices.Contains(meant, r.ID) {
			e := rules.Explain(r.Observation)
			t.Errorf("classifytest: %s is %v, not %v: %s\n\tsaid by %s", r.ID, r.Label, v.Class, r.Why, by(e))
		}
		laws(t, rules, r, v)
	}
	for _, id := range meant {
		if !known[id] {
			t.Errorf("classifytest: no answer in the corpus has the id %q", id)
		}
	}
}

func by(e classify.Explanation) string {
	if e.User > 0 {
		return "your rule " + e.Rule
	}
	return e.Rule
}

// laws that need no label.
func laws(t testing.TB, rules classify.Rules, r record.Record, v classify.Verdict) {
	t.Helper()
	o := r.Observation
	if again := rules.Of(o); again != v {
		t.Errorf("classifytest: %s: not the same twice: %+v, then %+v", r.ID, v, again)
	}
	spelled := o
	spelled.Header = make(map[string][]string, len(o.Header))
	for name, values := range o.Header {
		spelled.Header[strings.ToUpper(name)] = values
	}
	if other := rules.Of(spelled); other != v {
		t.Errorf("classifytest: %s: %+v, but %+v with headers in upper case", r.ID, v, other)
	}
	stateless := o
	stateless.Era = classify.Stateless
	if got := rules.Of(stateless); got.Class == classify.Stale {
		t.Errorf("classifytest: %s: stale in the stateless era", r.ID)
	}
	for n := 0; n < len(o.Body); n += 1 + len(o.Body)/16 {
		cut := o
		cut.Body = o.Body[:n]
		if got := rules.Of(cut); !slices.Contains(classify.Classes(), got.Class) {
			t.Errorf("classifytest: %s, cut at %d: class %v", r.ID, n, got.Class)
		}
	}
}
