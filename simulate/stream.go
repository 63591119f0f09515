package simulate

import (
	"math"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// A listening stream never ends for its client. When the server's does, it is
// attached again, to whatever epoch the session is in by then; a stream that
// finds its session lost leads a recovery, after a random delay, unless a call
// comes first.

// streamStep is the next step of the stream.
func (w *world) streamStep(c *client) {
	w.note(c, streamStep, uint64(c.stream))
	switch c.stream {
	case attached:
		if w.now-c.session.Since < int64(w.planOf(c.id).HoldWithin()) { // it died young
			c.heard = reset
			w.rest(c, w.verdicts.of(reset, true))
			return
		}
		c.tries = 0
		w.attach(c)
	case resting:
		w.attach(c)
	case attaching:
		w.attachedOrNot(c)
	case confirmed:
		w.confirm(c)
	case leading:
		w.seek(c)
	}
}

// follow takes the stream to a new epoch: its own ended with the old one, or
// it waits for this one. A ping that is under way is waited for first.
func (w *world) follow(c *client) {
	switch c.stream {
	case deaf:
	case confirmed:
		c.marks |= overtaken
	default:
		c.tries = 0
		w.attach(c)
	}
}

// attach asks for the stream.
func (w *world) attach(c *client) {
	r := w.request(Listen, c, c.token)
	c.stream, c.streamAt = attaching, w.meet(c, &c.heard, r, w.now+w.limit, timedOut, Listen)
}

// attachedOrNot is the answer to that.
func (w *world) attachedOrNot(c *client) {
	switch v := w.verdicts.of(c.heard, true); v.Class {
	case classify.OK:
		c.tries = 0
		c.stream, c.streamAt = attached, w.server.Breaks(c.id, c.token, w.now)
	case classify.Stale: // servers without a stream may call it not found: a ping tells
		r := w.request(Ping, c, c.token)
		c.stream, c.streamAt = confirmed, w.meet(c, &c.heard, r, w.now+w.limit, timedOut, Ping)
	case classify.Transient, classify.Auth:
		w.rest(c, v)
	default:
		c.stream, c.streamAt = listenless, never
	}
}

// confirm is the answer to the ping.
func (w *world) confirm(c *client) {
	switch v := w.verdicts.of(c.heard, true); v.Class {
	case classify.Stale:
		c.draws++
		c.stream = leading
		c.streamAt = w.now + max(int64(w.planOf(c.id).Splay(w.chance.OfSession(c.id, uint32(c.draws)))), 1)
	case classify.Transient:
		w.rest(c, v)
	default:
		c.stream, c.streamAt = listenless, never
	}
	if c.marks&overtaken != 0 { // whatever it said
		c.marks &^= overtaken
		w.follow(c)
	}
}

// rest waits after an attachment that failed, for the policy's time.
func (w *world) rest(c *client, v classify.Verdict) {
	call := policy.Call{
		End: math.MaxInt64, Epoch: c.session.Epoch, Dials: c.tries,
		Flags: policy.Background | policy.HasID | policy.Safe | policy.Replayable,
	}
	x := policy.Outcome{Class: classify.Transient, Reason: v.Reason, Executed: classify.No, Hint: c.heard.hint()}
	c.draws++
	e := w.endpointOf(c)
	var d policy.Decision
	*e, c.session, call, d = w.planOf(c.id).Decide(w.now, *e, c.session, call, x, w.chance.OfSession(c.id, uint32(c.draws)))
	w.result.Decided[d.Why]++
	c.tries = call.Dials
	c.stream, c.streamAt = resting, max(d.Due, w.now+1)
}

// seek leads a recovery, or waits for one.
func (w *world) seek(c *client) {
	call := policy.Call{End: math.MaxInt64, Epoch: c.session.Epoch, Flags: policy.Background | policy.HasID}
	switch a := w.admit(c, call, true); a.Role {
	case policy.Later, policy.Refuse:
		least := int64(w.planOf(c.id).Policy().Refused.Min)
		c.stream, c.streamAt = leading, w.now+max(a.At-w.now, least)
	case policy.Lead:
		c.stream, c.streamAt = trailing, never
		w.launch(c, a)
	case policy.Follow:
		c.stream, c.streamAt = trailing, never
		if c.flying == settling {
			w.attach(c)
		}
	case policy.Already:
		w.attach(c)
	}
}
