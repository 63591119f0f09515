package nethttp

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

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
	x.req.Header = p.fresh(x.req.Header)
	return p.t.send(&x), func() { release(); stop() }
}

// fresh puts the credential that the server accepted last in the place of h's
// own, which may have expired under the stream. h is changed.
func (p *parked) fresh(h http.Header) http.Header {
	if c := p.s.credential.Load(); c != nil && h["Authorization"] != nil {
		h["Authorization"] = []string{*c}
	}
	return h
}

// ended waits after an attachment that ended, before the next: as long as the
// server asked for (retry, HTML standard), or, where it said nothing, not at
// all, unless the stream died young. A server that ends every stream at once
// would else be asked without a pause.
func (p *parked) ended(err error) {
	e := p.of
	switch retry := p.cursor.retry; {
	case e.ctx.Err() != nil: // the epoch is over; the next one is there
		p.tries = 0
	case retry > 0:
		limits := p.t.plan.Policy()
		p.pause(e, min(max(retry, time.Duration(limits.Refused.Base)), time.Duration(limits.HintMax)))
	case p.t.now()-p.since >= int64(p.t.plan.HoldWithin()):
		p.tries = 0
	default:
		p.rest(e, answer{err: err, verdict: classify.OfFailure(classify.MaybeSent)})
	}
}

// attach tries once to find the server again, and waits where it cannot.
func (p *parked) attach() {
	e := p.s.current()
	if p.s.ended.Load() { // deleted by its client, who ends this stream too
		p.pause(e, math.MaxInt64)
		return
	}
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
	if p.s.ended.Load() { // while it was asked
		p.pause(e, math.MaxInt64)
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
	default:
		if status := a.status(); p.of == e && len(p.cursor.last) > 0 && status/100 == 4 && status != http.StatusMethodNotAllowed {
			p.cursor.last = nil // the server cannot go on from there: from now on, then
			return
		}
		// 405, a body that is no event stream: this epoch has none
		p.pause(e, math.MaxInt64)
	}
}

// confirm asks by a ping whether the session is really gone: servers without a
// listening stream may call it not found. Only then the stream, which nobody
// waits for, leads a recovery, after a random delay, unless a call comes first.
func (p *parked) confirm(e *epoch) {
	led := p.req.WithContext(p.req.Context())
	led.Header = p.fresh(p.req.Header.Clone())
	if a := p.t.ping(p.ctx, p.s, e, led.Header); a.verdict.Class != classify.Stale {
		if a.verdict.Class == classify.Transient {
			p.pause(e, p.again(e, a))
			return
		}
		p.pause(e, math.MaxInt64)
		return
	}
	p.pause(e, p.t.plan.Splay(p.t.random(p.s.key, p.s.draw())))
	for p.ctx.Err() == nil && e.ctx.Err() == nil && !p.s.ended.Load() {
		led.Header = p.fresh(led.Header)
		a, f := p.t.admit(p.s, policy.Call{End: math.MaxInt64, Epoch: e.n, Flags: policy.Background | policy.HasID}, led, true)
		switch a.Role {
		case policy.Already:
			return
		case policy.Later, policy.Refuse:
			p.pause(e, max(time.Duration(a.At-p.t.now()), time.Duration(p.t.plan.Policy().Refused.Min)))
			continue
		case policy.Lead:
			p.t.launch(f, led)
		}
		select {
		case <-f.done:
			if f.next != nil {
				p.tries = 0
			}
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
