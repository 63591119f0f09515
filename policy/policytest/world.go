package policytest

import (
	"time"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// start leaves room for clocks that step back.
const start = policy.Time(24 * time.Hour)

// world drives the steps as an engine does: one endpoint, a few sessions, a
// few calls, each step at the moment its documentation names.
type world struct {
	trace
	now      policy.Time
	endpoint policy.Endpoint
	sessions []session
	calls    []call
	started  int
	back     time.Duration // by how much the clock stepped back in all
}

type session struct {
	policy.Session
	leader int // index of the leading call while a flight is under way; -1: none
	gen    uint16
}

type state uint8

const (
	over      state = iota
	ready           // is sent at its time
	asking          // asks to be admitted at its time
	leading         // its handshake is under way
	following       // waits for a handshake
)

type call struct {
	policy.Call
	id       int
	session  int
	state    state
	at       policy.Time
	deadline policy.Time
}

func run(steps Steps, p policy.Policy, h History) *world {
	w := &world{trace: trace{steps: steps, policy: p}, now: start}
	w.sessions = make([]session, max(h.Sessions, 1))
	for i := range w.sessions {
		w.sessions[i].leader = -1
	}
	w.calls = make([]call, max(h.Calls, 1))
	for _, ev := range h.Events {
		w.step(int(ev.Who)%len(w.calls), ev)
	}
	return w
}

// step lets one event happen to one call.
func (w *world) step(i int, ev Event) {
	w.back -= min(ev.Step, 0)
	w.now = max(w.now+int64(ev.Step), 1)
	w.hold(ev)
	c := &w.calls[i]
	if c.state == over {
		w.begin(i, ev)
		return
	}
	if w.now < c.at {
		if !ev.Jump {
			return
		}
		w.now = c.at
		w.hold(ev)
	}
	switch c.state {
	case ready:
		w.answer(i, ev)
	case asking:
		w.admit(i)
	case leading:
		w.fly(i, ev)
	}
}

func (w *world) begin(i int, ev Event) {
	s := i % len(w.sessions)
	c := call{id: w.started, session: s, state: ready, at: w.now}
	w.started++
	c.Flags = ev.Flags
	c.Epoch = w.sessions[s].Epoch
	c.End = w.now + int64(w.policy.Patience)
	if ev.Deadline > 0 {
		c.deadline = w.now + int64(ev.Deadline)
		c.End = min(c.End, c.deadline)
	}
	w.calls[i] = c
}

// answer ends a send. The first answer on a new epoch is its verdict.
func (w *world) answer(i int, ev Event) {
	c := &w.calls[i]
	s := &w.sessions[c.session]
	if spent := w.now - c.at; spent > 0 {
		c.End += spent
		if c.deadline != 0 {
			c.End = min(c.End, c.deadline)
		}
	}
	if ev.Outcome.Sent && s.Phase.Stage() == policy.Settling && c.Epoch == s.Epoch && s.leader >= 0 && ev.Verdict {
		switch ev.Outcome.Class {
		case classify.OK:
			w.settle(c.session, policy.Held, ev)
		case classify.Stale:
			w.settle(c.session, policy.Lost, ev)
		case classify.Auth:
			w.settle(c.session, policy.Alive, ev)
		}
	}
	w.decide(i, ev.Outcome, ev.U)
}

func (w *world) decide(i int, x policy.Outcome, u float64) {
	c := &w.calls[i]
	s := &w.sessions[c.session]
	r := record{kind: decided, now: w.now, call: c.id, session: c.session, e0: w.endpoint, s0: s.Session, c0: c.Call, x: x, u: u}
	r.e1, r.s1, r.c1, r.d = w.steps.Decide(r.now, r.e0, r.s0, r.c0, x, u)
	w.records = append(w.records, r)
	w.endpoint, s.Session, c.Call, c.at = r.e1, r.s1, r.c1, r.d.Due
	switch r.d.Action {
	case policy.Resend:
		c.state, c.Epoch = ready, s.Epoch
	case policy.Recover:
		c.state = asking
	case policy.Renew: // another task goes on in its place, as the engine does
		next := call{id: w.started, session: c.session, state: asking, at: w.now}
		w.started++
		next.Epoch, next.End, next.Flags = c.Epoch, w.now+int64(w.policy.Patience), policy.Background|policy.Replayable
		*c = next
	default:
		c.state = over
	}
}

func (w *world) admit(i int) {
	c := &w.calls[i]
	s := &w.sessions[c.session]
	b := w.steps.PureBreaker(w.now, w.endpoint)
	r := record{kind: admitted, now: w.now, call: c.id, session: c.session, e0: w.endpoint, s0: s.Session, c0: c.Call, c1: c.Call, b: b}
	r.e1, r.s1, r.a = w.steps.Admit(r.now, r.e0, r.s0, r.c0, b)
	w.records = append(w.records, r)
	w.endpoint, s.Session, c.at = r.e1, r.s1, r.a.At
	switch r.a.Role {
	case policy.Lead:
		c.state = leading
		s.leader, s.gen = i, r.a.Gen
	case policy.Follow:
		c.state = following
		if s.leader < 0 { // a law's matter; here: not for ever
			c.state = over
		}
	case policy.Already:
		c.state, c.Epoch = ready, s.Epoch
	case policy.Later:
	default:
		c.state = over
	}
}

// fly takes a handshake one step on: answered, failed, or settled.
func (w *world) fly(i int, ev Event) {
	c := &w.calls[i]
	s := &w.sessions[c.session]
	if s.Phase.Stage() == policy.Flying && ev.Opens {
		r := record{kind: opened, now: w.now, call: c.id, session: c.session, e0: w.endpoint, e1: w.endpoint, s0: s.Session}
		r.s1 = w.steps.Opened(w.now, s.Session)
		w.records = append(w.records, r)
		s.Session = r.s1
		w.wake(c.session, func(j int) {
			w.calls[j].state, w.calls[j].Epoch, w.calls[j].at = ready, s.Epoch, w.now
		})
		return
	}
	end := ev.Ending
	if s.Phase.Stage() == policy.Flying && (end == policy.Held || end == policy.Lost) {
		end = policy.Failed // these need an epoch
	}
	w.settle(c.session, end, ev)
	x := ev.Outcome
	x.Sent = false
	switch end {
	case policy.Alive:
		x.Class = classify.Auth
	case policy.Refused:
		x = policy.Outcome{Class: classify.Transient, Reason: classify.NeverSent, Executed: classify.No}
	default:
		x.Class = classify.Transient
	}
	w.wake(c.session, func(j int) { w.decide(j, x, ev.U) })
}

// hold settles the sessions that nothing was heard of for long enough.
func (w *world) hold(ev Event) {
	for i := range w.sessions {
		s := &w.sessions[i]
		if s.leader >= 0 && s.Phase.Stage() == policy.Settling && w.now-s.Since >= int64(w.policy.HoldWithin) {
			w.settle(i, policy.Held, ev)
		}
	}
}

// settle ends the session's flight. Calls that followed it after it was opened
// ask again.
func (w *world) settle(si int, end policy.Ending, ev Event) {
	s := &w.sessions[si]
	opened := s.Phase.Stage() == policy.Settling
	b := w.steps.PureBreaker(w.now, w.endpoint)
	b.Gen = s.gen
	r := record{kind: settled, now: w.now, call: w.calls[s.leader].id, session: si, e0: w.endpoint, s0: s.Session, b: b, end: end, hint: ev.Outcome.Hint, u: ev.U}
	r.e1, r.s1 = w.steps.Settle(r.now, r.e0, r.s0, b, end, r.hint, r.u)
	w.records = append(w.records, r)
	w.endpoint, s.Session, s.leader = r.e1, r.s1, -1
	if opened {
		w.wake(si, func(j int) { w.calls[j].state, w.calls[j].at = asking, w.now })
	}
}

// wake lets the leader and the followers of a session go on.
func (w *world) wake(si int, goOn func(i int)) {
	for i := range w.calls {
		if c := &w.calls[i]; c.session == si && (c.state == leading || c.state == following) {
			goOn(i)
		}
	}
}

// finish feeds every call refused dials until it is over, and reports whether
// that came to an end within limit steps.
func (w *world) finish(limit int) bool {
	refused := Event{Jump: true, Ending: policy.Refused, U: 0.5,
		Outcome: policy.Outcome{Class: classify.Transient, Reason: classify.NeverSent, Executed: classify.No}}
	for range limit {
		next, waits := -1, -1
		for i := range w.calls {
			switch c := w.calls[i]; {
			case c.state == following:
				waits = i
			case c.state != over && (next < 0 || c.at < w.calls[next].at):
				next = i
			}
		}
		switch {
		case next >= 0:
			w.step(next, refused)
		case waits >= 0:
			w.now = max(w.now, w.sessions[w.calls[waits].session].Since+int64(w.policy.HoldWithin))
			w.hold(refused)
		default:
			return true
		}
	}
	return false
}
