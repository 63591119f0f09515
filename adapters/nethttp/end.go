package nethttp

import (
	"context"
	"net/http"
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

// endWait is how long a DELETE waits for a recovery under way, so that the
// session it deletes is the one that is open then.
const endWait = 5 * time.Second

// endSession sends the client's DELETE to the server's present session and
// forgets the session here, whatever comes of it. It is never recovered.
func (t *Transport) endSession(x exchange) (*http.Response, error) {
	s := x.session
	if f := s.flight.Load(); f != nil {
		ctx, cancel := context.WithTimeout(x.req.Context(), endWait)
		select {
		case <-f.done:
		case <-ctx.Done():
		}
		cancel()
	}
	t.forget(s)
	if x.epoch = s.current(); x.epoch.taken.Load() {
		return respond(x.req, http.StatusNotFound, "text/plain", []byte(errTaken.Error())), nil
	}
	resp, err := t.pass(&x)
	if err == nil && (&answer{resp: resp}).redirects() { // it comes once more, and must be mapped again
		t.store.keep(s)
		s.endpoint.mu.Lock()
		s.ended.Store(false)
		s.endpoint.mu.Unlock()
	}
	return resp, err
}

// pass sends a request in its epoch and hands up whatever comes of it.
func (t *Transport) pass(x *exchange) (*http.Response, error) {
	out, err := x.outgoing(x.req.Context())
	if err != nil {
		return refuse(x.req, err)
	}
	resp, err := t.base().RoundTrip(out)
	if err != nil {
		return nil, err
	}
	a := answer{resp: resp}
	x.own(&a)
	return resp, nil
}

// forget ends a session here: a flight under way opens nothing any more, and
// parked streams end when their client ends them.
func (t *Transport) forget(s *session) {
	t.store.remove(s)
	s.endpoint.mu.Lock()
	s.ended.Store(true)
	s.endpoint.mu.Unlock()
	if f := s.settling.Load(); f != nil {
		t.settle(f, policy.Abandoned, 0)
	}
	t.emit(Event{Kind: SessionEnded, Endpoint: s.endpoint.name, Session: short(s.id), Epoch: s.current().n})
}

// Close ends what the Transport does on its own: recoveries, parked streams,
// timers. Requests that are under way go on; a later request is sent, but
// nothing is recovered for it.
func (t *Transport) Close() error {
	if err := t.setup(); err != nil {
		return nil // nothing was ever started
	}
	t.stop()
	for _, s := range t.store.all() {
		if f := s.settling.Load(); f != nil {
			t.settle(f, policy.Abandoned, 0)
		}
	}
	return nil
}
