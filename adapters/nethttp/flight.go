package nethttp

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// flight is one handshake of a session. One call leads it, the session's other
// calls wait for its end; it goes on when they have given up.
type flight struct {
	session *session
	led     http.Header        // credentials of the call that leads: the freshest
	report  func(success bool) // gobreaker's
	probe   bool
	done    chan struct{} // closed when waiting calls go on, or must decide again

	// Set before done is closed:
	next   *epoch // nil: the handshake failed
	answer answer // why it failed
	before []byte // result of the initialize before, raw
	result []byte // of the new one

	settled sync.Once
	hold    *time.Timer // ends the wait for the first answer on the new epoch
}

func newFlight(s *session, req *http.Request, report func(bool), probe bool) *flight {
	return &flight{session: s, led: credentialsOf(req.Header), report: report, probe: probe, done: make(chan struct{})}
}

// credentialsOf copies what a client authenticates with: a flight outlives the
// call that leads it, whose headers are then the client's to change.
func credentialsOf(h http.Header) http.Header {
	out := make(http.Header, 2)
	for _, name := range []string{"Authorization", "Cookie"} {
		if v := h[name]; v != nil {
			out[name] = slices.Clone(v)
		}
	}
	return out
}

// sameCredentials reports whether two requests authenticate with the same:
// Authorization, or cookies where neither has one.
func sameCredentials(a, b http.Header) bool {
	if a["Authorization"] != nil || b["Authorization"] != nil {
		return slices.Equal(a["Authorization"], b["Authorization"])
	}
	return slices.Equal(a["Cookie"], b["Cookie"])
}

// authorization is what a request authenticates with.
func authorization(h http.Header) string { return first(h, "Authorization") }

// accepted notes a credential that the server took; a listening stream that is
// attached again uses it, since its own may have expired.
func (s *session) accepted(credential string) {
	if credential == "" {
		return
	}
	if last := s.credential.Load(); last == nil || *last != credential {
		fresh := credential // the parameter stays off the heap
		s.credential.Store(&fresh)
	}
}

// fly runs a flight from its Lead to its end, in a goroutine of its own.
func (t *Transport) fly(ctx context.Context, cancel context.CancelFunc, f *flight) {
	defer cancel()
	next, a, behind := t.handshake(ctx, f)
	if next == nil && t.closing.Err() != nil {
		a = answer{err: errClosed, verdict: classify.OfFailure(classify.Cancelled)}
	}
	if next == nil {
		t.failed(f, a)
		return
	}
	t.opened(f, next)
	behind()
}

// opened publishes the new epoch and clears the flight in one step, so that
// nobody who sees the one without the other leads a second recovery.
func (t *Transport) opened(f *flight, next *epoch) {
	s := f.session
	s.endpoint.mu.Lock()
	ended := s.ended.Load()
	var old *epoch
	if !ended {
		s.state = t.plan.Opened(t.now(), s.state)
		t.store.claim(s, s.current(), next)
		old = s.now.Swap(next)
		s.replaced(old)
		s.flight.Store(nil)
		s.owed.Store(false)
		s.refused = nil
		f.next = next
		f.before, s.hello.result = s.hello.result, f.result
		s.settling.Store(f)
		f.hold = time.AfterFunc(t.plan.HoldWithin(), func() { t.settle(f, policy.Held, 0) })
	}
	s.endpoint.mu.Unlock()
	if ended { // deleted by its client meanwhile: nobody will use or end the new one
		t.discard(s, next, f.led)
		t.failed(f, answer{err: errEnded, verdict: classify.OfFailure(classify.Cancelled)})
		return
	}
	old.replace()
	s.streams.replaced()
	s.waits.replaced(old, t.plan.HeaderLimit())
	t.emit(Event{Kind: RecoveryDone, Endpoint: s.endpoint.name, Session: short(s.id), Epoch: next.n})
	t.renewed(f)
	close(f.done)
}

// Renewal is a recovery that is done: the server that answers from now on may
// be another one than the client knows.
type Renewal struct {
	Endpoint  string          // scheme, host and path
	SessionID string          // as the client knows it: a secret, as the id itself is
	Epoch     uint32          // the new one
	Before    json.RawMessage // the result of the initialize before
	After     json.RawMessage // the result of the new one
}

// Changed reports whether the server now says something else of itself:
// version, capabilities, instructions, or what it is.
func (r Renewal) Changed() bool { return !bytes.Equal(r.Before, r.After) }

func (t *Transport) renewed(f *flight) {
	if t.Renewed != nil {
		s := f.session
		t.Renewed(Renewal{s.endpoint.name, s.id, f.next.n, f.before, f.result})
	}
}

// failed wakes the waiting calls of a handshake that opened nothing.
func (t *Transport) failed(f *flight, a answer) {
	f.answer = a
	t.emit(Event{
		Kind: RecoveryFailed, Endpoint: f.session.endpoint.name, Session: short(f.session.id), Epoch: f.session.current().n,
		Status: a.status(), Class: a.verdict.Class, Reason: a.verdict.Reason, Err: a.text(),
	})
	t.settle(f, policy.EndingOf(a.verdict.Class, a.verdict.Reason), a.verdict.RetryAfter)
}

// settle ends a flight for the policy and for gobreaker, once, whoever comes
// first: the first answer on the new epoch, the end of the hold window, a
// failure, or the end of the Transport.
func (t *Transport) settle(f *flight, ending policy.Ending, hint time.Duration) {
	f.settled.Do(func() {
		s := f.session
		u := t.random(s.key, s.draw())
		e := s.endpoint
		e.mu.Lock()
		report(f.report, ending, f.probe)
		e.state, s.state = t.plan.Settle(t.now(), e.state, s.state, e.breaker.word(0), ending, hint, u)
		s.settling.CompareAndSwap(f, nil)
		if f.next == nil {
			s.flight.Store(nil)
			s.owed.Store(false)
			if ending == policy.Alive {
				s.refused = f
			}
		}
		t.unlock(e)
		if f.hold != nil {
			f.hold.Stop()
		}
		if f.next == nil {
			close(f.done)
		}
	})
}

// heard takes an answer for what it says of its session: a good one is counted
// and its credential is good, and the first on a new epoch settles the flight
// that opened it.
func (t *Transport) heard(x *exchange, v classify.Verdict) {
	if x.session == nil {
		return
	}
	if v.Class == classify.OK {
		x.session.served.Add(1)
		x.session.endpoint.served.Add(1)
		x.session.accepted(authorization(x.req.Header))
	}
	f := x.session.settling.Load()
	if f == nil || f.next != x.epoch {
		return
	}
	if end := policy.EndingBy(v.Class, v.Reason); end != 0 {
		t.settle(f, end, 0)
	}
}
