package classify

import (
	"bytes"
	"regexp"
	"strings"
)

// Rule is a rule of a user's own, asked before ours. It speaks where everything
// that it names holds: it must name something, and give a class. In a file it is
// an object with the names below; see DecodeRules.
type Rule struct {
	Name        string            `json:"name,omitempty"`         // for explanations
	Status      []int             `json:"status,omitempty"`       // any of these; 100 to 599
	ContentType string            `json:"content_type,omitempty"` // media type without parameters, in any case
	Header      map[string]string `json:"header,omitempty"`       // each named header has a value that contains this, in any case; "" if it is there at all
	Contains    string            `json:"contains,omitempty"`     // the text contains this, in any case
	Match       string            `json:"match,omitempty"`        // the text matches this regular expression (RE2 syntax; case counts)
	Class       Class             `json:"class"`                  // what the answer means
	Executed    *Executed         `json:"executed,omitempty"`     // nil: what class and status prove, as for our own rules
}

// The text that Contains and Match look at is what our own rules read of a body:
// the messages of a JSON error, line by line, else the first 4 KiB. Nothing
// inside a JSON-RPC result is ever looked at. A rule for stale does not speak in
// the stateless era, nor for an initialize without a session: there is nothing
// to renew.

// Rules are compiled rules of a user's own; nil has none. They are read-only and
// safe for concurrent use.
type Rules []compiledRule

type compiledRule struct {
	Rule
	statuses map[int]bool
	contains []byte // in lower case
	match    *regexp.Regexp
}

// Of asks the user's rules in their order, and if none speaks, ours.
func (r Rules) Of(o Observation) Verdict {
	if len(r) == 0 {
		return Of(o)
	}
	return r.of(&o)
}

func (r Rules) of(o *Observation) Verdict {
	verdict, _ := r.judge(&view{o: o, families: everyFamily})
	return verdict
}

// judge returns the verdict, and the place of the user's rule that spoke or -1.
func (r Rules) judge(v *view) (verdict Verdict, user int) {
	v.look()
	if user = r.ask(v); user < 0 {
		row := &order[v.route()]
		v.conclude(&verdict, row.class, row.reason)
		return verdict, user
	}
	v.conclude(&verdict, r[user].Class, UserRule)
	if e := r[user].Executed; e != nil {
		verdict.Executed = *e
	}
	return verdict, user
}

// ask returns the place of the first rule that speaks, or -1.
func (r Rules) ask(v *view) int {
	var words []byte // collected for the first rule that wants them
	for i := range r {
		c := &r[i]
		if !c.fitsHead(v) {
			continue
		}
		if c.contains == nil && c.match == nil {
			return i
		}
		if words == nil {
			words = v.words()
		}
		if c.fitsText(words) {
			return i
		}
	}
	return -1
}

func (c *compiledRule) fitsHead(v *view) bool {
	o := v.o
	switch {
	case c.Class == Stale && (o.Era == Stateless || v.facts&opening != 0 && !o.HadSession):
		return false
	case len(c.statuses) > 0 && !c.statuses[o.Status]:
		return false
	case c.ContentType != "" && !strings.EqualFold(mediaType(v.head.contentType), c.ContentType):
		return false
	}
	for name, part := range c.Header {
		if !hasHeader(o.Header, name, part) {
			return false
		}
	}
	return true
}

func (c *compiledRule) fitsText(words []byte) bool {
	return (c.contains == nil || bytes.Contains(bytes.ToLower(words), c.contains)) &&
		(c.match == nil || c.match.Match(words))
}

func hasHeader(header map[string][]string, name, part string) bool {
	for key, values := range header {
		if !strings.EqualFold(key, name) {
			continue
		}
		for _, value := range values {
			if strings.Contains(strings.ToLower(value), strings.ToLower(part)) {
				return true
			}
		}
	}
	return false
}

// words joins the texts of the body, a line each.
func (v *view) words() []byte {
	words := []byte{}
	if v.facts&page != 0 { // no text of ours; a copy, since what is matched escapes
		return append(words, v.body[:min(len(v.body), maxText)]...)
	}
	texts := v.reader()
	for t, ok := texts.next(v); ok; t, ok = texts.next(v) {
		if len(words) > 0 {
			words = append(words, '\n')
		}
		words = append(words, t...)
	}
	return words
}
