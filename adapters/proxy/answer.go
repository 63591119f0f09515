package proxy

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// answer is one request on its way, and the client's side of what comes back.
type answer struct {
	http.ResponseWriter
	p      *Proxy
	end    context.CancelCauseFunc // of the request upstream
	stream bool                    // a GET: it has no end of its own to wait for
	late   bool                    // it came when the Proxy was draining
	start  time.Time
	method string
	parked *listener // counts it where the metrics want to know; nil: they do not
	status int
	cut    atomic.Bool // a drain is over: what ends now ends in order
	beat   heartbeat

	mu   sync.Mutex // guards what follows
	body io.Closer  // of an event stream, once there is one
}

type answerKey struct{}

// begin takes a request in. The one that it returns is a copy, whose context is
// the answer's.
func (p *Proxy) begin(w http.ResponseWriter, r *http.Request) (*answer, *http.Request) {
	a := &answer{ResponseWriter: w, p: p, stream: r.Method == http.MethodGet, method: r.Method, start: time.Now()}
	ctx, end := context.WithCancelCause(context.WithValue(r.Context(), answerKey{}, a))
	a.end = end
	a.late = p.under.add(a)
	if a.stream {
		a.parked = p.meter.listens(r.Header.Get("Mcp-Session-Id"))
	}
	return a, r.WithContext(ctx)
}

// answerOf finds the answer that a request upstream belongs to; nil: none.
func answerOf(upstream *http.Request) *answer {
	if upstream == nil {
		return nil
	}
	a, _ := upstream.Context().Value(answerKey{}).(*answer)
	return a
}

// finish ends what the answer still holds, however the handler ends.
func (a *answer) finish() {
	a.beat.stop()
	a.end(nil)
	a.p.under.remove(a)
	a.parked.leaves()
}

// WriteHeader notes the answer's beginning; an event stream has a heartbeat
// from then on.
func (a *answer) WriteHeader(status int) {
	if status >= 200 && a.status == 0 {
		a.status = status
		a.p.meter.answered(a.method, status, time.Since(a.start))
		if a.p.heartbeat > 0 && status == http.StatusOK && isEventStream(a.Header()) {
			defer a.beat.begin(a.ResponseWriter, a.p.heartbeat)
		}
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write passes the upstream's bytes on.
func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	return a.beat.write(a.ResponseWriter, b)
}

// FlushError is what http.ResponseController calls.
func (a *answer) FlushError() error { return a.beat.flush(a.ResponseWriter) }

// Unwrap gives http.ResponseController the rest of what the writer can do.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// attach makes an event stream one that a drain can end.
func (a *answer) attach(body io.ReadCloser) io.ReadCloser {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.body = body
	return &ending{body, a}
}

// stop ends the answer in order: an event stream at the engine's word, which
// tells its call that there will be no answer, everything else with its request.
func (a *answer) stop(cause error) {
	a.cut.Store(true)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.body != nil {
		a.body.Close()
		return
	}
	a.end(cause)
}

// ending is the body of an event stream, which ends in order when a drain says
// so: a client that reads its end connects again, one whose connection broke
// may give up.
type ending struct {
	io.ReadCloser
	a *answer
}

func (e *ending) Read(b []byte) (int, error) {
	n, err := e.ReadCloser.Read(b)
	if err != nil && !errors.Is(err, io.EOF) && e.a.cut.Load() {
		err = io.EOF
	}
	return n, err
}

func isEventStream(h http.Header) bool {
	v := h["Content-Type"]
	if len(v) == 0 {
		return false
	}
	if v[0] == "text/event-stream" || v[0] == "application/json" { // what nearly everybody sends
		return v[0] == "text/event-stream"
	}
	media, _, _ := mime.ParseMediaType(v[0])
	return media == "text/event-stream"
}
