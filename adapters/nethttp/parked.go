package nethttp

import (
	"context"
	"io"
	"net/http"
	"sync"

	"github.com/mcprecover/mcprecover/policy"
)

// parked is the body of a listening stream. The client never sees it end: when
// the server's stream does, Read attaches it again, to whatever epoch the
// session is in by then. go-sdk gives its whole client up after a few ends of
// this stream, or after one refusal to open it again.
type parked struct {
	t   *Transport
	s   *session
	req *http.Request   // the client's GET
	ctx context.Context // over when the client or the Transport ends the stream
	end context.CancelFunc

	// The reading goroutine's own:
	cursor  cursor
	of      *epoch      // that the cursor's ids belong to
	pending []byte      // to be read before anything else
	since   policy.Time // when the present attachment began
	tries   uint8       // attachments that failed in a row
	asleep  bool        // an event said that the stream is parked
	owed    func()      // the rest after an attachment that failed or ended; nil: none

	mu     sync.Mutex
	up     *upstream // nil: not attached
	closed bool
}

// upstream is one attachment to the server.
type upstream struct {
	io.ReadCloser
	release func() // ends its request
}

func (u *upstream) Close() error {
	defer u.release()
	return u.ReadCloser.Close()
}

func (t *Transport) park(x *exchange) *parked {
	p := &parked{t: t, s: x.session, req: x.req, of: x.epoch}
	ctx, cancel := context.WithCancel(x.req.Context())
	stop := context.AfterFunc(t.closing, cancel)
	p.ctx, p.end = ctx, func() { stop(); cancel() }
	p.s.open.Add(1)
	return p
}

// response hands the body to the client.
func (p *parked) response() *http.Response {
	resp := respond(p.req, http.StatusOK, "text/event-stream", nil)
	resp.Header["Cache-Control"] = []string{"no-cache, no-transform"}
	resp.Header[headerSession] = []string{p.s.id}
	resp.ContentLength = -1
	resp.Body = p
	return resp
}

// Read gives what the server sends, over as many attachments as it takes. It
// ends only when the client or the Transport ended the stream.
func (p *parked) Read(b []byte) (int, error) {
	for len(b) > 0 {
		if n := copy(b, p.pending); n > 0 {
			p.pending = p.pending[n:]
			return n, nil
		}
		if p.ctx.Err() != nil {
			return 0, p.over()
		}
		up := p.upstream()
		if up == nil {
			if owed := p.owed; owed != nil {
				p.owed = nil
				owed()
			} else {
				p.attach()
			}
			continue
		}
		n, err := up.Read(b)
		if n > 0 {
			p.cursor.follow(b[:n])
		}
		if err != nil {
			p.detach(err)
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, nil
}

// over is what a reader gets after the end.
func (p *parked) over() error {
	if err := context.Cause(p.req.Context()); err != nil {
		return err
	}
	return io.EOF
}

// Close ends the stream, also while a Read blocks.
func (p *parked) Close() error {
	p.end()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed = true
		p.s.open.Add(-1)
	}
	p.letGo()
	return nil
}

// upstream is the present attachment, nil if there is none.
func (p *parked) upstream() *upstream {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.up
}

// letGo ends the present attachment. Called under p.mu.
func (p *parked) letGo() {
	if p.up != nil {
		p.up.Close()
		p.up = nil
	}
}

// attached takes an answered GET as the stream.
func (p *parked) attached(e *epoch, body io.ReadCloser, cancel func()) {
	if p.of != e {
		p.cursor, p.of = cursor{}, e // ids of one epoch mean nothing to another
	}
	p.since, p.asleep = p.t.now(), false
	p.s.listened.Store(true)
	if e.n > 0 && !p.t.unfenced {
		body = &filter{src: body, nonce: p.s.nonce, epoch: e.n, bare: &p.s.bare}
	}
	e.open.Add(1)
	p.mu.Lock()
	p.up = &upstream{body, func() { cancel(); e.open.Add(-1) }}
	if p.closed {
		p.letGo()
	}
	p.mu.Unlock()
	p.t.emit(Event{Kind: StreamAttached, Endpoint: p.s.endpoint.name, Session: short(p.s.id), Epoch: e.n})
}

// detach lets go of a stream that ended, and leaves the client between events.
func (p *parked) detach(err error) {
	p.mu.Lock()
	p.letGo()
	p.mu.Unlock()
	p.cursor.reset()
	if p.ctx.Err() == nil {
		p.pending = p.cursor.prelude()
	}
	p.owed = func() { p.ended(err) }
}
