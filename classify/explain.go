package classify

import (
	"strings"
)

// Explanation says why an answer was judged as it was: for people, and for the
// command's --explain.
type Explanation struct {
	Verdict Verdict  `json:"verdict"`
	Rule    string   `json:"rule"`             // the status and the facts that the rule asks for, or the name of a user's rule
	User    int      `json:"user,omitempty"`   // place of the user's rule that spoke, from 1; 0: one of ours
	Facts   []string `json:"facts"`            // what was found, as far as rules asked for it
	Phrase  string   `json:"phrase,omitempty"` // way of speaking by which the text says that the session is lost
	Text    []string `json:"text,omitempty"`   // what was read of the body, each at most 4 KiB; it may hold secrets
}

// Explain judges as Of does, and says why.
func Explain(o Observation) Explanation { return Rules(nil).Explain(o) }

// Explain judges as r.Of does, and says why.
func (r Rules) Explain(o Observation) Explanation {
	v := view{o: &o, families: everyFamily, thorough: true}
	var e Explanation
	var user int
	if e.Verdict, user = r.judge(&v); user >= 0 {
		e.User, e.Rule = user+1, r[user].Name
	} else {
		e.Rule = order[v.route()].String() // the same again: all is known by now
	}
	e.Facts = v.facts.names()
	e.Phrase = families[v.family].like
	texts := v.reader()
	for t, ok := texts.next(&v); ok; t, ok = texts.next(&v) {
		e.Text = append(e.Text, string(t))
	}
	return e
}

// String writes a row as "401: auth if a and b, and c or d, unless e or f".
func (r *row) String() string {
	return r.on + ": " + r.class.String() +
		list(" if ", " and ", r.all) + list(", one of ", " or ", r.any) + list(", unless ", " or ", r.none)
}

func list(lead, link string, f fact) string {
	names := f.names()
	if len(names) == 0 {
		return ""
	}
	return lead + strings.Join(names, link)
}
