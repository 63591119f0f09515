package faults

import (
	"errors"
	"net/http"
	"time"
)

// The ways in which an answer ends before its time.
const (
	running    = iota // it did not
	cutInOrder        // the client sees an end
	broken            // the client saw a reset
	toBeBroken        // it will, as soon as the handler returns
	finished
)

// errCut is what a handler gets that goes on writing.
var errCut = errors.New("faults: the client was cut off")

func (w *writer) over() bool { return w.end.Load() != running }

// stop ends the stream where its cut is due; mu is held.
func (w *writer) stop() {
	_ = http.NewResponseController(w.to).Flush()
	if w.cut.Reset {
		w.sever()
	} else {
		w.end.Store(cutInOrder)
	}
	w.cancel()
}

// resets resets the connection in the place of an answer.
func (w *writer) resets() {
	w.waits()
	if w.over() {
		return
	}
	w.tell(0, w.fault)
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over() {
		w.sever()
	}
}

// interrupt resets the connection from outside the request, whatever its
// handler is doing. Where that waits in a Write for its client, over a
// connection that ConnState did not tell of, net/http itself breaks it off as
// soon as the Write is made to fail.
func (w *writer) interrupt() {
	w.life.Lock()
	defer w.life.Unlock()
	if w.end.Load() == finished {
		return
	}
	w.cancel()
	_ = http.NewResponseController(w.to).SetWriteDeadline(time.Unix(1, 0)) // such a Write lets go of mu
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over() {
		w.sever()
	}
}

// sever resets the connection; mu is held. Only that of HTTP/1 can be taken
// from the http.Server; the stream of HTTP/2, which is as good, it resets
// itself once the handler has returned.
func (w *writer) sever() {
	conn, _, err := http.NewResponseController(w.to).Hijack()
	if err != nil {
		w.end.Store(toBeBroken)
		return
	}
	w.end.Store(broken)
	reset(conn)
}

// finishes ends the handler's time with the ResponseWriter.
func (w *writer) finishes() (end int32) {
	w.life.Lock()
	defer w.life.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.end.Swap(finished)
}
