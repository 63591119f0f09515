package nethttp

import (
	"net/http"
	"net/url"
	"sync"

	"github.com/mcprecover/mcprecover/policy"
)

// endpoint is one MCP URL. Its lock is the one around every step of the
// policy, for it and for the sessions of it; nothing is waited for, and no
// code of the user's is called, while it is held.
type endpoint struct {
	name string // scheme, host and path

	mu      sync.Mutex
	state   policy.Endpoint
	breaker *breaker
}

// endpoint finds or makes the endpoint of a URL.
func (t *Transport) endpoint(u *url.URL) *endpoint {
	return t.store.endpoint(u, func() *endpoint {
		return &endpoint{name: where(u), breaker: newBreaker(t.plan)}
	})
}

// decide is the policy's Decide for one send of a call that ended.
func (t *Transport) decide(e *endpoint, s *session, c *policy.Call, o policy.Outcome, u float64) policy.Decision {
	now := t.now()
	e.mu.Lock()
	defer e.mu.Unlock()
	var state policy.Session
	if s != nil {
		state = s.state
	}
	var d policy.Decision
	e.state, state, *c, d = t.plan.Decide(now, e.state, state, *c, o, u)
	if s != nil {
		s.state = state
	}
	return d
}

// admit is the policy's Admit, with gobreaker behind it: a Lead that it
// refuses is dropped. On Lead the flight is the caller's to start; on Follow
// it is the one to wait for.
func (t *Transport) admit(s *session, c policy.Call, req *http.Request) (policy.Admission, *flight) {
	e, now := s.endpoint, t.now()
	e.mu.Lock()
	defer e.mu.Unlock()
	if first(req.Header, "Authorization") != s.refused {
		c.Flags |= policy.NewCredential
	}
	state, session, a := t.plan.Admit(now, e.state, s.state, c, e.breaker.word(1))
	if a.Role == policy.Lead {
		done, err := e.breaker.two.Allow()
		if err != nil {
			state, session, a = t.plan.Admit(now, e.state, s.state, c, e.breaker.word(0))
		} else {
			s.flight.Store(newFlight(s, req, done, a.Why == policy.Probe))
		}
	}
	e.state, s.state = state, session
	f := s.flight.Load()
	if f == nil {
		f = s.settling.Load() // its epoch is open already
	}
	return a, f
}
