package classify

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// maxRules bounds a file of rules: each is asked for every answer.
const maxRules = 1000

// Compile checks rules and makes them ready. Its error names every fault, each
// by the rule's place, the field and the value; then no rules are returned.
// Compile(nil) is nil rules.
func Compile(rules []Rule) (Rules, error) {
	if len(rules) == 0 {
		return nil, nil
	}
	var faults []error
	if len(rules) > maxRules {
		return nil, fmt.Errorf("classify: %d rules, more than %d", len(rules), maxRules)
	}
	compiled := make(Rules, len(rules))
	for i, r := range rules {
		var wrong []error
		compiled[i], wrong = compile(r)
		for _, err := range wrong {
			faults = append(faults, fmt.Errorf("classify: rule %d%s: %w", i+1, named(r.Name), err))
		}
	}
	if faults != nil {
		return nil, errors.Join(faults...)
	}
	return compiled, nil
}

func compile(r Rule) (c compiledRule, faults []error) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	c = compiledRule{Rule: r}
	if len(r.Status) == 0 && r.ContentType == "" && len(r.Header) == 0 && r.Contains == "" && r.Match == "" {
		fault("names nothing to look at; give status, content_type, header, contains or match")
	}
	for _, s := range r.Status {
		if s < 100 || s > 599 {
			fault("status: %d is not between 100 and 599", s)
		}
	}
	if strings.ContainsAny(r.ContentType, "; \t") || r.ContentType != "" && !strings.Contains(r.ContentType, "/") {
		fault("content_type: %q is not a media type such as \"text/html\" without parameters", clip([]byte(r.ContentType)))
	}
	for name := range r.Header {
		if name == "" || strings.ContainsAny(name, " \t:\r\n") {
			fault("header: %q is not the name of a header", clip([]byte(name)))
		}
	}
	switch {
	case r.Class == 0:
		fault("class: missing; want ok, stale, auth, transient or fatal")
	case r.Class > Fatal:
		fault("class: %d; want ok, stale, auth, transient or fatal", uint8(r.Class))
	}
	if r.Executed != nil && *r.Executed > Yes {
		fault("executed: %d; want unknown, no or yes", uint8(*r.Executed))
	}
	c.status(r.Status)
	if r.Contains != "" {
		c.contains = bytes.ToLower([]byte(r.Contains))
	}
	if r.Match != "" {
		var err error
		if c.match, err = regexp.Compile(r.Match); err != nil {
			fault("match: %q: %w", clip([]byte(r.Match)), err)
		}
	}
	return c, faults
}

func (c *compiledRule) status(statuses []int) {
	if len(statuses) == 0 {
		return
	}
	c.statuses = make(map[int]bool, len(statuses))
	for _, s := range statuses {
		c.statuses[s] = true
	}
}

func named(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf(" (%q)", clip([]byte(name)))
}
