package simulate

import (
	"time"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// launch sends a handshake off. It goes on when the call that leads it has
// given up.
func (w *world) launch(c *client, a policy.Admission) {
	c.gen = a.Gen
	c.flown = uint32(w.now / 1000)
	w.second.Initializes++
	r := w.request(Initialize, c, 0)
	c.next = r.Token
	c.flightAt = w.meet(c, &c.came, r, w.handshakeEnd(c), timedOut, Initialize)
	c.flying = opening
}

// handshakeEnd is when the time of a handshake is over.
func (w *world) handshakeEnd(c *client) Time {
	return Time(c.flown)*int64(time.Microsecond) + int64(w.planOf(c.id).HandshakeTimeout())
}

// flight is the next step of a handshake.
func (w *world) flight(c *client) {
	switch c.flying {
	case opening:
		if c.came != served {
			w.crash(c)
			return
		}
		r := w.request(Initialized, c, c.next)
		c.flightAt = w.meet(c, &c.came, r, w.handshakeEnd(c), timedOut, Initialized)
		c.flying = confirming
	case confirming:
		if c.came != served { // a session that nobody will use is ended
			w.request(Delete, c, c.next)
			w.crash(c)
			return
		}
		w.open(c)
	case settling:
		w.settle(c, policy.Held, 0)
	}
}

// open is the moment at which the new epoch is open and waiting calls go on.
func (w *world) open(c *client) {
	if w.server.Swept(c.token, c.id, w.now) {
		w.opened[c.id] = uint32(w.now / int64(time.Millisecond))
		w.second.Recovered++
	}
	w.second.Opened++
	c.session = w.planOf(c.id).Opened(w.now, c.session)
	c.marks &^= owed
	c.token = c.next
	c.flying, c.flightAt = settling, w.now+int64(w.planOf(c.id).HoldWithin())
	w.note(c, openedStep, uint64(c.token))
	if c.doing == following {
		w.send(c)
	}
	w.follow(c)
}

// crash ends a handshake that opened nothing: everybody who waits for it
// decides again.
func (w *world) crash(c *client) {
	came := c.came
	v := w.verdicts.of(came, c.flying == confirming)
	w.settle(c, policy.EndingOf(v.Class, v.Reason), came.hint())
	c.marks &^= owed
	if c.doing == following {
		x := policy.Outcome{Class: v.Class, Reason: v.Reason, Executed: classify.No, Hint: came.hint()}
		if c.marks&unproven != 0 {
			x.Executed = classify.Unknown
		}
		w.decide(c, x)
	}
	if c.stream == trailing {
		w.seek(c)
	}
}

// settle tells the policy how a handshake ended.
func (w *world) settle(c *client, end policy.Ending, hint time.Duration) {
	plan, e := w.planOf(c.id), w.endpointOf(c)
	c.draws++
	u := w.chance.OfSession(c.id, uint32(c.draws))
	b := plan.PureBreaker(w.now, *e)
	b.Gen = c.gen
	due := e.Due
	*e, c.session = plan.Settle(w.now, *e, c.session, b, end, hint, u)
	c.flying, c.flightAt = grounded, never
	w.result.Settled[end]++
	if e.Due > w.now && e.Due != due {
		w.result.OpenTime += time.Duration(e.Due - w.now)
	}
	w.note(c, settledStep, uint64(end))
}
