package nethttp

import (
	"context"
	"io"
	"math"
	"net/http"
	"sync"
	"time"

	"github.com/mcprecover/mcprecover/classify"
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
	of      *epoch // that the cursor's ids belong to
	pending []byte // to be read before anything else
	tries   uint8  // attachments that failed in a row
	asleep  bool   // an event said that the stream is parked
	owed    func() // the rest after a first attachment that failed; nil: none

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
			p.detach()
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

// ask sends the GET to an epoch. The upstream stream ends with the epoch, so
// that a Read that blocks moves on to the next one.
func (p *parked) ask(e *epoch) (a answer, cancel func()) {
	ctx, stop := context.WithCancel(p.ctx)
	release := context.AfterFunc(e.ctx, stop)
	x := exchange{kind: listen, req: p.req.WithContext(ctx), session: p.s, epoch: e, era: classify.Sessionful}
	x.req.Header = e.translate(p.req.Header)
	x.req.Header.Del(headerLastEvent)
	if p.of == e && len(p.cursor.last) > 0 {
		x.req.Header[headerLastEvent] = []string{string(p.cursor.last)}
	}
	if fresh := p.s.credential.Load(); fresh != nil && x.req.Header["Authorization"] != nil {
		x.req.Header["Authorization"] = []string{*fresh}
	}
	return p.t.send(&x, false), func() { release(); stop() }
}

// attached takes an answered GET as the stream.
func (p *parked) attached(e *epoch, body io.ReadCloser, cancel func()) {
	if p.of != e {
		p.cursor, p.of = cursor{}, e // ids of one epoch mean nothing to another
	}
	p.tries, p.asleep = 0, false
	p.s.listened.Store(true)
	if e.n > 0 {
		body = &filter{src: body, nonce: p.s.nonce, epoch: e.n}
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
func (p *parked) detach() {
	p.mu.Lock()
	p.letGo()
	p.mu.Unlock()
	p.cursor.reset()
	p.pending = p.cursor.prelude()
}

// attach tries once to find the server again, and waits where it cannot.
func (p *parked) attach() {
	e := p.s.current()
	a, cancel := p.ask(e)
	if a.good() && isEventStream(a.resp.Header) {
		p.attached(e, a.resp.Body, cancel)
		return
	}
	a.drop()
	cancel()
	p.rest(e, a)
}

// rest waits after an attachment that failed: for the policy's time if the
// server is away, for the next epoch if this one has no stream.
func (p *parked) rest(e *epoch, a answer) {
	if p.ctx.Err() != nil {
		return
	}
	if !p.asleep {
		p.asleep = true
		p.t.emit(Event{
			Kind: StreamParked, Endpoint: p.s.endpoint.name, Session: short(p.s.id), Epoch: e.n,
			Status: a.status(), Class: a.verdict.Class, Reason: a.verdict.Reason, Err: a.text(),
		})
	}
	switch a.verdict.Class {
	case classify.Transient:
		p.pause(e, p.again(e, a))
	case classify.Stale:
		p.confirm(e)
	case classify.Auth:
		p.pause(e, p.again(e, a)) // a later call may bring a fresh credential
	default: // 405, a body that is no event stream: this epoch has none
		p.pause(e, math.MaxInt64)
	}
}

// confirm asks by a ping whether the session is really gone: servers without a
// listening stream may call it not found. Only then the stream, which nobody
// waits for, leads a recovery, after a random delay, unless a call comes first.
func (p *parked) confirm(e *epoch) {
	if a := p.t.ping(p.ctx, p.s, e, p.req); a.verdict.Class != classify.Stale {
		if a.verdict.Class == classify.Transient {
			p.pause(e, p.again(e, a))
			return
		}
		p.pause(e, math.MaxInt64)
		return
	}
	p.pause(e, p.t.plan.Splay(p.t.random(p.s.key, p.s.draw())))
	for p.ctx.Err() == nil && e.ctx.Err() == nil {
		a, f := p.t.admit(p.s, policy.Call{End: math.MaxInt64, Epoch: e.n, Flags: policy.Background | policy.HasID}, p.req)
		switch a.Role {
		case policy.Already:
			return
		case policy.Later, policy.Refuse:
			p.pause(e, max(time.Duration(a.At-p.t.now()), time.Duration(p.t.plan.Policy().Refused.Min)))
			continue
		case policy.Lead:
			p.t.launch(f)
		}
		select {
		case <-f.done:
		case <-p.ctx.Done():
		}
	}
}

// again is the policy's wait after another attachment that failed.
func (p *parked) again(e *epoch, a answer) time.Duration {
	c := policy.Call{
		End: math.MaxInt64, Epoch: e.n, Dials: p.tries,
		Flags: policy.Background | policy.HasID | policy.Safe | policy.Replayable,
	}
	d := p.t.decide(p.s.endpoint, p.s, &c, policy.Outcome{
		Class: classify.Transient, Reason: a.verdict.Reason, Executed: classify.No, Hint: a.verdict.RetryAfter,
	}, p.t.random(p.s.key, p.s.draw()))
	p.tries = c.Dials
	return time.Duration(d.Due - p.t.now())
}

// pause waits, but not beyond the stream's end or the epoch's.
func (p *parked) pause(e *epoch, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-e.ctx.Done():
		p.tries = 0
	case <-p.ctx.Done():
	}
}
