package simulate

import (
	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// The way of a user's call is that of the engine's mend: send it, judge the
// answer, Decide, then hand up, fail, wait and resend, or renew and resend.

// userStep is the next step of what the user does.
func (w *world) userStep(c *client) {
	switch c.doing {
	case thinking:
		w.next(c)
	case sending:
		w.back(c)
	case waiting:
		w.send(c)
	case asking:
		w.ask(c)
	case following: // the handshake goes on; the next call finds it done
		w.fail(c, policy.PatienceSpent)
	case refreshing:
		w.refreshed(c)
	}
}

// set moves the call on, and counts those who wait, and who of them for a time
// of their own: the others wait for a handshake.
func (w *world) set(c *client, d doing, at Time) {
	if c.doing.backsOff() {
		w.backoff--
	}
	if d.backsOff() {
		w.backoff++
	}
	c.doing, c.callAt = d, at
	waits := d == waiting || d == asking || d == following
	if waits && c.marks&counted == 0 {
		c.marks |= counted
		w.waiting++
	} else if !waits && c.marks&counted != 0 {
		c.marks &^= counted
		w.waiting--
	}
}

// next begins a call. A quiet client's is over at once, as a rule.
func (w *world) next(c *client) {
	switch {
	case c.quiet() && !w.shares(c.id) && !w.whole:
		again, well := w.visit(c.id, c.token, c.calls)
		if !well {
			w.begin(c)
			w.sent(c, &w.reply)
			return
		}
		w.earn(c)
		c.calls++
		c.callAt = again
	case c.flying == opening || c.flying == confirming || c.marks&owed != 0: // it waits for that instead of asking the old epoch
		w.begin(c)
		w.mend(c)
		w.ask(c)
	default:
		w.begin(c)
		w.send(c)
	}
}

func (w *world) begin(c *client) {
	w.second.Calls++
	c.begun = uint32(w.now / 1000)
	c.marks &^= mending | unproven | renewed
	c.drawn = 0
	c.call = policy.Call{Epoch: c.session.Epoch}
}

func (w *world) deadline(c *client) Time { return c.start() + int64(w.scenario.Clients.Deadline) }

// mend notes that a call has met a failure: its patience begins.
func (w *world) mend(c *client) {
	if c.marks&mending != 0 {
		return
	}
	c.marks |= mending
	c.call.End = w.planOf(c.id).End(w.now, 0, w.deadline(c))
	c.call.Flags = policy.Replayable
	if !w.modern(c.id) {
		c.call.Flags |= policy.HasID | policy.Negotiated
	}
	if w.safe(c) {
		c.call.Flags |= policy.Safe
	}
}

// safe reports whether running the call twice does no harm.
func (w *world) safe(c *client) bool {
	return below(w.chance.bits(forSafety, c.id, uint64(c.calls)), w.scenario.Clients.Safe)
}

// send sends the call, for the first time or again.
func (w *world) send(c *client) {
	c.call.Epoch = c.session.Epoch
	w.sent(c, w.request(Call, c, c.token))
}

// sent notes what will come back, and when. Patience is time spent waiting,
// not sending.
func (w *world) sent(c *client, r *Reply) {
	until := w.deadline(c)
	late := expired
	if t := int64(w.scenario.Clients.Timeout); t > 0 && w.now+t < until {
		until, late = w.now+t, timedOut
	}
	at := w.meet(c, &c.got, r, until, late, Call)
	if c.marks&mending != 0 {
		c.call.End = min(c.call.End+at-w.now, w.deadline(c))
		if c.got == served {
			w.result.Added.add(w.now - c.start())
		}
	}
	w.set(c, sending, at)
}

// meet is when the answer to a request sent now is back, and which it is for
// a client that waits until then and no longer.
func (w *world) meet(c *client, got *answer, r *Reply, until Time, late answer, k Kind) (at Time) {
	*got = answerOf(r)
	rtt := w.rttOf(c.id)
	if r.Fate == Silent || r.Done+rtt > until {
		*got = late
		if r.Cause == Served {
			w.waste(k)
			if k == Initialize {
				w.result.Leaked++
			}
		}
		return until
	}
	switch *got {
	case stale:
		w.second.Stale++
	case refused:
		w.second.Refused++
	}
	if got.kind() == full {
		w.second.Rejected++
	}
	return r.Done + rtt
}

// back is the answer to the call.
func (w *world) back(c *client) {
	v := w.verdicts.of(c.got, !w.modern(c.id))
	w.note(c, answeredStep, uint64(c.got))
	w.hear(c, v)
	if v.Class == classify.OK {
		w.earn(c)
		w.succeed(c)
		return
	}
	w.mend(c)
	c.marks &^= unproven
	if v.Executed != classify.No {
		c.marks |= unproven
	}
	if c.got == denied && c.marks&renewed == 0 && w.scenario.Server.Login.Capacity > 0 {
		w.refresh(c)
		return
	}
	w.decide(c, outcome(v, c.got))
}

// succeed ends a call well, fail ends it badly. The user thinks, then calls
// again.

func (w *world) succeed(c *client) {
	if c.marks&mending != 0 {
		w.result.Saved++
		w.result.Survival.note(w.server.outage(c.start()), true)
	}
	w.success(c.start(), w.now)
	w.over(c)
}

func (w *world) fail(c *client, why policy.Why) {
	w.result.Survival.note(w.server.outage(c.start()), false)
	w.second.Failed++
	w.result.Failed[why]++
	w.over(c)
}

func (w *world) over(c *client) {
	at := w.after(c.id, c.calls, w.now)
	c.calls++
	w.set(c, thinking, at)
}
