package faults

import (
	"cmp"
	"context"
	"maps"
	"net"
	"net/http"
	"slices"
)

// ConnState is for the field of that name in http.Server: by it a restart can
// also reset connections that are idle.
func (s *Server) ConnState(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch state {
	case http.StateNew:
		s.conns[c] = struct{}{}
	case http.StateHijacked, http.StateClosed:
		delete(s.conns, c)
	}
}

func (s *Server) enter(rw http.ResponseWriter, q *request, ctx context.Context, cancel context.CancelFunc) *writer {
	w := &writer{to: rw, header: rw.Header().Clone(), server: s, request: q, ctx: ctx, cancel: cancel}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entered++
	w.place = s.entered
	s.open[w] = struct{}{}
	return w
}

// leave ends a request. Where the connection could not be taken from the
// http.Server, the http.Server itself must be told to break it.
func (s *Server) leave(w *writer) {
	s.mu.Lock()
	delete(s.open, w)
	s.mu.Unlock()
	switch w.finishes() {
	case cutInOrder:
		// The handler may have taken its failed write for a client that is gone.
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			panic(p)
		}
	case toBeBroken:
		panic(http.ErrAbortHandler)
	}
}

// cutAll resets all connections that there are now. What comes after its first
// reset may be a client's next try, and belongs to the time after.
func (s *Server) cutAll() {
	s.mu.Lock()
	open := slices.SortedFunc(maps.Keys(s.open), func(a, b *writer) int { return cmp.Compare(a.place, b.place) })
	conns := slices.Collect(maps.Keys(s.conns))
	s.mu.Unlock()
	for _, w := range open {
		if !w.over() {
			w.tell(0, "restart")
		}
	}
	for _, c := range conns {
		reset(c)
	}
	for _, w := range open {
		w.interrupt()
	}
}

// reset closes a connection so that its other end sees a reset, not an end.
func reset(c net.Conn) {
	if outer, ok := c.(interface{ NetConn() net.Conn }); ok { // TLS
		c = outer.NetConn()
	}
	if tcp, ok := c.(interface{ SetLinger(sec int) error }); ok {
		_ = tcp.SetLinger(0) // what is unsent is thrown away, and RST sent
	}
	_ = c.Close()
}
