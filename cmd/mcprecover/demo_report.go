package main

import (
	"fmt"
	"strings"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// demoReport is what demo found; with --json it is printed as one document.
// Nothing in it differs from one run to the next: sessions are labelled S1, S2,
// ... in the order in which their server opened them.
type demoReport struct {
	Fault     demoFault `json:"fault"`
	Plain     demoHalf  `json:"plain"`     // the client as it is
	Recovered demoHalf  `json:"recovered"` // the same over nethttp.Transport
	AsTold    bool      `json:"as_told"`   // both did what demo is there to show
	Differs   []string  `json:"differs"`   // what did not; empty if as_told
}

// demoFault is what goes wrong in both halves.
type demoFault struct {
	AtPOST int    `json:"at_post"` // counted from 1 over all POSTs of the half
	Status int    `json:"status"`
	Body   string `json:"body"`
}

// demoHalf is one client before a server of its own.
type demoHalf struct {
	Transport   string     `json:"transport"` // of its http.Client, as Go source
	Steps       []demoStep `json:"steps"`     // connect, call 1, call 2, call 3, close
	Answered    int        `json:"answered"`  // calls
	Runs        int        `json:"runs"`      // of the tool, counted in the tool
	POSTs       int        `json:"posts"`
	Initializes int        `json:"initializes"`
	SessionKept bool       `json:"session_kept"` // the client saw one session id throughout
}

// demoStep is one thing that the client did. Its last moments are those of the
// listening stream, which runs beside the rest.
type demoStep struct {
	Name    string       `json:"name"`
	Moments []demoMoment `json:"moments"`
	Answer  string       `json:"answer,omitempty"` // what a call got
	Error   string       `json:"error,omitempty"`
}

// demoMoment is either a request that crossed the wire, seen by the server, or
// a step of the engine, as nethttp.Event tells it.
type demoMoment struct {
	Wire  *demoWire  `json:"wire,omitempty"`
	Event *demoEvent `json:"event,omitempty"`
}

type demoWire struct {
	HTTPMethod string `json:"http_method"`
	POST       int    `json:"post,omitempty"` // its number, from 1
	RPCMethod  string `json:"rpc_method,omitempty"`
	Session    string `json:"session,omitempty"` // label of the session that it named
	Opens      string `json:"opens,omitempty"`   // label of the session that its answer opened
	Status     int    `json:"status"`
	Fault      string `json:"fault,omitempty"` // as in faults.Event
}

type demoEvent struct {
	Kind   string          `json:"kind"` // nethttp.EventKind
	Epoch  uint32          `json:"epoch"`
	Method string          `json:"method,omitempty"`
	Class  classify.Class  `json:"class,omitempty"`
	Reason classify.Reason `json:"reason,omitempty"`
	Action policy.Action   `json:"action,omitempty"`
	Why    policy.Why      `json:"why,omitempty"`
}

// judge compares the halves with what demo is there to show.
func (r *demoReport) judge() {
	r.Differs = []string{}
	want := func(half, what string, got, want any) {
		if got != want {
			r.Differs = append(r.Differs, fmt.Sprintf("%s: %s: %v, not %v", half, what, got, want))
		}
	}
	for _, h := range []struct {
		name                               string
		half                               *demoHalf
		answered, runs, posts, initializes int
	}{
		{"plain", &r.Plain, 0, 0, r.Fault.AtPOST, 1},
		{"recovered", &r.Recovered, demoCalls, demoCalls, r.Fault.AtPOST + 2 + demoCalls, 2},
	} {
		want(h.name, "calls answered", h.half.Answered, h.answered)
		want(h.name, "runs of the tool", h.half.Runs, h.runs)
		want(h.name, "POSTs", h.half.POSTs, h.posts)
		want(h.name, "initializes", h.half.Initializes, h.initializes)
		want(h.name, "session id kept", h.half.SessionKept, true)
		lost := 0
		for _, s := range h.half.Steps {
			for _, m := range s.Moments {
				if w := m.Wire; w != nil && w.POST == r.Fault.AtPOST && w.Status == r.Fault.Status && w.Fault == "stale" {
					lost++
				}
			}
			if s.Error != "" && !strings.HasPrefix(s.Name, "call") {
				r.Differs = append(r.Differs, fmt.Sprintf("%s: %s: %s", h.name, s.Name, s.Error))
			}
		}
		want(h.name, fmt.Sprintf("sessions lost at POST %d", r.Fault.AtPOST), lost, 1)
	}
	r.AsTold = len(r.Differs) == 0
}
