package nethttp

import (
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/mcprecover/mcprecover/policy"
)

// endpoint is one MCP URL. Its lock is the one around every step of the
// policy, for it and for the sessions of it; nothing is waited for, and no
// code of the user's is called, while it is held.
type endpoint struct {
	name   string        // scheme, host and path
	served atomic.Uint32 // good answers since the policy was last told
	alike  atomic.Bool   // the server calls sessions the same: its ids tell nothing

	mu      sync.Mutex
	state   policy.Endpoint
	breaker *breaker
}

// endpoint finds or makes the endpoint of a URL.
func (t *Transport) endpoint(u *url.URL) *endpoint {
	e, made := t.store.endpoint(u, func() *endpoint {
		return &endpoint{name: where(u), breaker: newBreaker(t.plan)}
	})
	if made {
		t.emit(Event{Kind: BreakerMoved, Endpoint: e.name, Breaker: policy.Closed})
	}
	return e
}

// unlock ends a step in which the breaker may have moved, and tells of it.
func (t *Transport) unlock(e *endpoint) {
	state, moved := e.breaker.news()
	e.mu.Unlock()
	if moved {
		t.emit(Event{Kind: BreakerMoved, Endpoint: e.name, Breaker: state})
	}
}

// decide is the policy's Decide for one send of a call that ended.
func (t *Transport) decide(e *endpoint, s *session, c *policy.Call, o policy.Outcome, u float64) policy.Decision {
	now := t.now()
	e.mu.Lock()
	defer e.mu.Unlock()
	var state policy.Session
	if s != nil {
		state = s.state
		_, state = t.plan.Credit(policy.Endpoint{}, state, s.served.Swap(0))
	}
	e.state, _ = t.plan.Credit(e.state, policy.Session{}, e.served.Swap(0))
	var d policy.Decision
	e.state, state, *c, d = t.plan.Decide(now, e.state, state, *c, o, u)
	if s != nil {
		s.state = state
	}
	return d
}

// admit is the policy's Admit, with gobreaker behind it: a Lead that it
// refuses is dropped. On Lead the flight is the caller's to start; on Follow
// it is the one to wait for, on CredentialRefused the one that was refused.
// certain: the present epoch is known to be gone, not only suspected.
func (t *Transport) admit(s *session, c policy.Call, req *http.Request, certain bool) (policy.Admission, *flight) {
	e, now := s.endpoint, t.now()
	e.mu.Lock()
	defer t.unlock(e)
	if s.refused == nil || !sameCredentials(req.Header, s.refused.led) {
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
	if a.Role == policy.Later && c.Flags.Has(policy.Background) && certain {
		s.owed.Store(true)
	}
	if a.Why == policy.CredentialRefused {
		return a, s.refused
	}
	f := s.flight.Load()
	if f == nil {
		f = s.settling.Load() // its epoch is open already
	}
	return a, f
}
