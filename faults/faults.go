// Package faults makes an MCP server go wrong on schedule, so that clients can
// be tried against it. A Server stands before any http.Handler; Upstream makes
// one of a server elsewhere.
//
//	wrong, err := faults.New(faults.Config{Handler: mcpHandler, Plan: faults.Plan{Rules: []faults.Rule{{
//		When: faults.When{At: 3}, What: faults.What{Stale: &faults.Answer{}},
//	}}}})
//
// Schedules count requests; nothing is random. A test can also cause a fault
// at once: Forget, Restart, Unavailable, Next.
package faults

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
)

// Config says what a Server stands before. Only Handler is required.
type Config struct {
	// Handler is the MCP server that goes wrong. It is not told of the sessions
	// that it is made to lose, and keeps them as long as it would without calls.
	Handler http.Handler

	// Plan is the schedule.
	Plan Plan

	// Observer is told of every request, synchronously, outside all locks; nil:
	// nobody. It must be safe for concurrent use.
	Observer func(Event)
}

// Server is an http.Handler that goes wrong. It is safe for concurrent use.
//
// It remembers the ids of the 5,000 to 10,000 sessions that were used last. An
// id beyond these, or one that it never saw, belongs to the handler until the
// first session is lost, and to nobody from then on.
type Server struct {
	handler  http.Handler
	observer func(Event)

	mu       sync.Mutex
	rules    []rule
	next     []What // for the POSTs that come next
	sessions sessions
	down     outage
	numbers  map[string]int // requests, by HTTP method
	counts   Counts
	entered  uint64                // requests so far
	open     map[*writer]struct{}  // requests under way
	conns    map[net.Conn]struct{} // known by ConnState
}

// New makes a Server. The error names what is wrong with the plan.
func New(c Config) (*Server, error) {
	if c.Handler == nil {
		return nil, errors.New("faults: no handler")
	}
	if err := c.Plan.Validate(); err != nil {
		return nil, err
	}
	s := &Server{
		handler: c.Handler, observer: c.Observer,
		numbers: map[string]int{}, counts: Counts{Calls: map[string]int{}},
		open: map[*writer]struct{}{}, conns: map[net.Conn]struct{}{},
	}
	for _, r := range c.Plan.Rules {
		s.rules = append(s.rules, rule{Rule: r})
	}
	return s, nil
}

// ServeHTTP answers one request, or lets it meet its fault.
func (s *Server) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	q, r, err := look(rw, r)
	if err != nil {
		http.Error(rw, "faults: "+err.Error(), http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	w := s.enter(rw, &q, ctx, cancel)
	defer s.leave(w)

	t := s.decide(&q)
	w.follows(t)
	switch {
	case t.restart:
		s.cutAll()
	case t.reset != nil:
		if w.discards = t.reset.AfterRun; w.discards {
			s.passOn(w, r)
		}
		w.resets()
	case t.answer != nil:
		t.answer.write(w, &q)
	default:
		s.passOn(w, r)
	}
}

func (s *Server) passOn(w *writer, r *http.Request) {
	s.mu.Lock()
	s.counts.reached(w.request)
	s.mu.Unlock()
	s.handler.ServeHTTP(w, r.WithContext(w.ctx))
}

// Forget drops all sessions now; requests with their ids get the answer.
func (s *Server) Forget(a Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions.forget(&a)
}

// Restart drops all sessions and resets all connections now; later requests
// with the sessions' ids get the answer. Connections without a request under
// way are known only by ConnState.
func (s *Server) Restart(a Answer) {
	s.Forget(a)
	s.cutAll()
}

// Unavailable begins an outage with the next request.
func (s *Server) Unavailable(o Outage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = begin(&o)
}

// Next makes the next POST meet a fault, or, called again before it has come,
// the one after it. The error says what is wrong with the fault.
func (s *Server) Next(w What) error {
	if err := (Plan{Rules: []Rule{{When{At: 1}, w}}}).Validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = append(s.next, w)
	return nil
}
