package faults

import (
	"context"
	"maps"
	"mime"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// writer is the handler's way to its client, which a fault may bar.
type writer struct {
	to      http.ResponseWriter
	header  http.Header // the handler's own: to may be taken away at any time
	server  *Server
	request *request
	place   uint64          // in the order in which requests came
	ctx     context.Context // the handler's
	cancel  context.CancelFunc

	fault    string
	delay    time.Duration
	cut      *cutter
	discards bool // the handler runs, its answer is lost

	begun atomic.Bool // the status is known

	end  atomic.Int32 // how it ended; written under mu
	life sync.Mutex   // held to use to from outside the request; taken before mu
	mu   sync.Mutex   // held to write to to
}

// follows prepares what is to be done with the request.
func (w *writer) follows(t task) {
	w.fault, w.delay = t.fault, t.delay
	if t.cut != nil && !t.decided() {
		w.cut = &cutter{Cut: *t.cut}
	}
	if w.fault == "cut" {
		w.fault = "" // until it takes place
	}
}

// Unwrap lets http.ResponseController set deadlines.
func (w *writer) Unwrap() http.ResponseWriter { return w.to }

// Header is the answer's. Trailers are not passed on.
func (w *writer) Header() http.Header { return w.header }

// WriteHeader begins the answer; informational ones are not passed on.
func (w *writer) WriteHeader(status int) {
	if status < 200 || !w.begun.CompareAndSwap(false, true) {
		return
	}
	w.opens()
	if w.discards {
		return
	}
	w.waits()
	if w.over() {
		return
	}
	w.tell(status, w.fault)
	if w.cut != nil && !isEventStream(w.header) {
		w.cut = nil
	}
	cut := w.cut != nil && w.cut.due()
	if cut {
		w.tell(0, "cut")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over() {
		return
	}
	clear(w.to.Header())
	maps.Copy(w.to.Header(), w.header)
	w.to.WriteHeader(status)
	if cut {
		w.stop()
	}
}

// Write writes to the client, up to where the stream is to be cut.
func (w *writer) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK) // unless it was called
	pass, cut := len(b), false
	switch {
	case w.over():
		return 0, errCut
	case w.discards:
		return len(b), nil
	case w.cut != nil:
		if pass, cut = w.cut.take(b); cut {
			w.tell(0, "cut")
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over() {
		return 0, errCut
	}
	n, err := w.to.Write(b[:pass])
	if cut {
		w.stop()
		err = errCut
	}
	return n, err
}

// Flush sends what was written.
func (w *writer) Flush() { _ = w.FlushError() }

// FlushError is Flush for http.ResponseController.
func (w *writer) FlushError() error {
	w.WriteHeader(http.StatusOK)
	if w.discards {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over() {
		return errCut
	}
	return http.NewResponseController(w.to).Flush()
}

// opens notes the session that the answer opens.
func (w *writer) opens() {
	if id := w.header.Get(headerSession); id != "" && id != w.request.session {
		w.server.mu.Lock()
		defer w.server.mu.Unlock()
		w.server.sessions.put(id, nil)
	}
}

// waits is the delay; it ends with the request.
func (w *writer) waits() {
	if w.delay == 0 {
		return
	}
	timer := time.NewTimer(w.delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.ctx.Done():
	}
}

// tell counts a fault, and tells the observer.
func (w *writer) tell(status int, fault string) {
	if fault != "" {
		w.server.mu.Lock()
		w.server.counts.Faults++
		w.server.mu.Unlock()
	}
	if w.server.observer == nil {
		return
	}
	e := Event{
		HTTPMethod: w.request.method, Number: w.request.number, RPCMethod: w.request.rpcMethod(),
		Session: w.request.session, Status: status, Fault: fault,
	}
	if status != 0 { // else the handler may be at work on the header
		if id := w.header.Get(headerSession); id != e.Session {
			e.Opened = id
		}
	}
	w.server.observer(e)
}

func isEventStream(h http.Header) bool {
	media, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return media == "text/event-stream"
}
