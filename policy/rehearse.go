package policy

import (
	"time"

	"github.com/mcprecover/mcprecover/classify"
)

// script is a server as one waiting call meets it, from the call's start.
type script struct {
	down  time.Duration // dials are refused until then
	busy  time.Duration // answers are 503 with the rest of this time as Retry-After
	loses bool          // the session of epoch 0 is not known any more
}

// roundTrip is what an answered request takes in a rehearsal.
const roundTrip = 50 * time.Millisecond

// Moment is one thing that happens in a story.
type Moment struct {
	At   Duration `json:"at"`   // since the call began
	Did  string   `json:"did"`  // send, or handshake
	Got  string   `json:"got"`  // what came back
	Then string   `json:"then"` // the action or the role
	Why  Why      `json:"why"`
	Wait Duration `json:"wait"` // before what follows
}

// rehearsal is one call of one session that meets a script, step by step.
type rehearsal struct {
	*Plan
	script
	draw func() float64
	tell func(Moment) // may be nil

	now  Time
	sent time.Duration // time spent in sends
	e    Endpoint
	s    Session
	c    Call
}

// rehearsalStart keeps instants positive.
const rehearsalStart = Time(time.Hour)

// run plays the call to its end: when that was since its start, and whether
// the call was answered well.
func (r *rehearsal) run(flags Flags) (took time.Duration, served bool) {
	r.now = rehearsalStart
	r.c.Flags = flags
	for {
		x := r.send()
		d := r.decide(x, "send")
		for d.Action == Recover {
			renewed, refused := r.renew(d.Due)
			if refused {
				return time.Duration(r.now - rehearsalStart), false
			}
			if renewed {
				break
			}
			d = r.decide(Outcome{Class: classify.Transient, Reason: classify.NeverSent, Executed: classify.No}, "handshake")
		}
		if d.Final() {
			return time.Duration(r.now - rehearsalStart), d.Action == Return && d.Why == Served
		}
		r.now = max(r.now, d.Due)
	}
}

func (r *rehearsal) passes(d time.Duration) { r.now += int64(d) }

func (r *rehearsal) elapsed() time.Duration { return time.Duration(r.now - rehearsalStart) }

// send is one send of the call.
func (r *rehearsal) send() Outcome {
	r.c.Epoch = r.s.Epoch
	if r.elapsed() < r.down {
		return Outcome{Class: classify.Transient, Reason: classify.NeverSent, Executed: classify.No}
	}
	r.passes(roundTrip)
	r.sent += roundTrip
	switch {
	case r.elapsed() < r.busy:
		rest := (r.busy - r.elapsed() + time.Second - 1).Truncate(time.Second)
		return Outcome{Class: classify.Transient, Sent: true, Hint: rest}
	case r.loses && r.s.Epoch == 0:
		return Outcome{Class: classify.Stale, Executed: classify.No, Sent: true}
	}
	return Outcome{Class: classify.OK, Executed: classify.Yes, Sent: true}
}

func (r *rehearsal) decide(x Outcome, did string) (d Decision) {
	r.c.End = r.End(rehearsalStart, r.sent, 0)
	r.e, r.s, r.c, d = r.Decide(r.now, r.e, r.s, r.c, x, r.draw())
	r.note(Moment{Did: did, Got: got(x), Then: d.Action.String(), Why: d.Why, Wait: Duration(d.Due - r.now)})
	return d
}

// renew waits until due, asks to lead until it may or is refused, and shakes hands.
func (r *rehearsal) renew(due Time) (renewed, refused bool) {
	for {
		r.now = max(r.now, due)
		b := r.PureBreaker(r.now, r.e)
		var a Admission
		r.e, r.s, a = r.Admit(r.now, r.e, r.s, r.c, b)
		if a.Role != Lead {
			r.note(Moment{Did: "admit", Got: b.State.String(), Then: a.Role.String(), Why: a.Why, Wait: Duration(a.At - r.now)})
			if a.Role == Refuse {
				return false, true
			}
			due = a.At
			continue
		}
		b.Gen = a.Gen
		if r.elapsed() < r.down {
			r.e, r.s = r.Settle(r.now, r.e, r.s, b, Refused, 0, r.draw())
			return false, false
		}
		r.passes(2 * roundTrip) // initialize and notifications/initialized
		r.s = r.Opened(r.now, r.s)
		r.e, r.s = r.Settle(r.now, r.e, r.s, b, Held, 0, r.draw())
		r.c.Epoch = r.s.Epoch
		r.note(Moment{Did: "handshake", Got: "opened", Then: "resend", Why: a.Why})
		return true, false
	}
}

func (r *rehearsal) note(m Moment) {
	if r.tell != nil {
		m.At = Duration(r.now - rehearsalStart)
		r.tell(m)
	}
}

func got(x Outcome) string {
	switch {
	case x.Reason == classify.NeverSent:
		return "refused"
	case x.Class == classify.Transient:
		return "503, Retry-After " + Duration(x.Hint).String()
	case x.Class == classify.Stale:
		return "stale"
	}
	return "ok"
}
