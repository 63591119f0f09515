package faults

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxWait bounds delays, outages and what they tell clients to wait.
const maxWait = Duration(time.Hour)

// Validate returns nil, or all faults of the plan joined, each named by its
// rule, counted from 0, and field.
func (p Plan) Validate() error {
	var all faultList
	for i, r := range p.Rules {
		path := fmt.Sprintf("rules[%d]", i)
		r.When.validate(&all, path+".when")
		r.What.validate(&all, path+".what")
		if get := r.When.HTTPMethod == "GET"; get && r.What.Reset != nil && r.What.Reset.AfterRun {
			all.add(path+".what.reset.after_run", "the handler of a listening stream does not end by itself: cut it instead")
		}
	}
	return all.joined()
}

func (w When) validate(all *faultList, path string) {
	if methods := []string{"", "POST", "GET", "DELETE"}; !slices.Contains(methods, w.HTTPMethod) {
		all.add(path+".http_method", "%q: allowed is POST, GET or DELETE", w.HTTPMethod)
	}
	if w.RPCMethod != "" && w.HTTPMethod != "" && w.HTTPMethod != "POST" {
		all.add(path+".rpc_method", "only a POST has one")
	}
	natural(all, path+".at", w.At)
	natural(all, path+".from", w.From)
	natural(all, path+".every", w.Every)
	switch repeats := w.From != 0 || w.Every != 0; {
	case w.At == 0 && !repeats:
		all.add(path, "say at which request: at N, from N or every N, counted from 1")
	case w.At != 0 && repeats:
		all.add(path, "at goes with neither from nor every")
	}
}

func (w What) validate(all *faultList, path string) {
	if names := w.names(); len(names) != 1 {
		all.add(path, "%s: set exactly one of %s", cmp.Or(strings.Join(names, " and "), "nothing"), strings.Join(faultNames, ", "))
	}
	w.Stale.validate(all, path+".stale")
	w.Forget.validate(all, path+".forget")
	w.Restart.validate(all, path+".restart")
	w.Answer.validate(all, path+".answer")
	if u := w.Unavailable; u != nil {
		path += ".unavailable"
		natural(all, path+".requests", u.Requests)
		within(all, path+".for", u.For, 0, maxWait)
		within(all, path+".retry_after", u.RetryAfter, 0, maxWait)
		if u.Status != 0 {
			within(all, path+".status", u.Status, 200, 599)
		}
		if u.Requests != 0 && u.For != 0 {
			all.add(path, "requests and for: it ends after one of them")
		}
	}
	if w.Cut != nil {
		natural(all, path+".cut.events", w.Cut.Events)
	}
	within(all, path+".delay", w.Delay, 0, maxWait)
}

func (a *Answer) validate(all *faultList, path string) {
	if a == nil || a.zero() {
		return
	}
	within(all, path+".status", a.Status, 200, 599)
	for name := range a.Header {
		if name == "" || strings.ContainsFunc(name, noToken) {
			all.add(path+".header", "%q is no header's name", name)
		}
	}
}

func (a *Answer) zero() bool {
	return a.Status == 0 && a.ContentType == "" && a.Body == "" && len(a.Header) == 0
}

// noToken tells what cannot stand in a header's name (RFC 9110, 5.6.2).
func noToken(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

// faultNames are the JSON names in What.
var faultNames = []string{"stale", "forget", "restart", "answer", "unavailable", "reset", "cut", "delay"}

// names lists what is set.
func (w What) names() []string {
	var names []string
	for i, set := range []bool{
		w.Stale != nil, w.Forget != nil, w.Restart != nil, w.Answer != nil, w.Unavailable != nil, w.Reset != nil, w.Cut != nil, w.Delay != 0,
	} {
		if set {
			names = append(names, faultNames[i])
		}
	}
	return names
}

// faultList gathers what is wrong with a plan.
type faultList []error

func (l *faultList) add(path, format string, args ...any) {
	*l = append(*l, fmt.Errorf("faults: %s: %s", path, fmt.Sprintf(format, args...)))
}

func (l faultList) joined() error { return errors.Join(l...) }

func natural(all *faultList, path string, n int) {
	if n < 0 {
		all.add(path, "%d: allowed is 0 and more", n)
	}
}

func within[V cmp.Ordered](all *faultList, path string, v, lo, hi V) {
	if v < lo || v > hi {
		all.add(path, "%v: allowed is %v to %v", v, lo, hi)
	}
}
