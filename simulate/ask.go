package simulate

import (
	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// What the policy is asked, and told, about a client's calls.

// hear takes an answer for what it says of the session: the first one on a new
// epoch settles the handshake that opened it.
func (w *world) hear(c *client, v classify.Verdict) {
	if c.flying != settling || c.call.Epoch != c.session.Epoch {
		return
	}
	if end := policy.EndingBy(v.Class, v.Reason); end != 0 {
		w.settle(c, end, 0)
	}
}

// credit tells the policy of a good answer, if that makes a difference.
func (w *world) credit(c *client) {
	if e := w.endpointOf(c); e.Spent != 0 || c.session.Odd != 0 {
		*e, c.session = w.planOf(c.id).Credit(*e, c.session, 1)
	}
}

// creditSmall is credit for a healthy record.
func (w *world) creditSmall(h *healthy) {
	if spent := h.past.spent(); spent != 0 {
		e, _ := w.planOf(h.id).Credit(policy.Endpoint{Spent: spent}, policy.Session{}, 1)
		h.past = h.past.left(e.Spent)
	}
}

// decide asks the policy what becomes of the call.
func (w *world) decide(c *client, x policy.Outcome) {
	u := w.chance.OfCall(c.id, c.calls, uint32(c.drawn))
	c.drawn++
	e := w.endpointOf(c)
	var d policy.Decision
	*e, c.session, c.call, d = w.planOf(c.id).Decide(w.now, *e, c.session, c.call, x, u)
	w.result.Decided[d.Why]++
	w.note(c, decidedStep, uint64(d.Action)<<8|uint64(d.Why))
	switch d.Action {
	case policy.Resend:
		w.set(c, waiting, d.Due)
	case policy.Recover:
		w.set(c, asking, d.Due)
	case policy.Renew:
		w.renewBehind(c, d.Why != policy.HiddenLoss)
		w.fail(c, d.Why)
	default:
		w.fail(c, d.Why)
	}
}

// renewBehind renews the session for a call that is over, if nothing stands in
// the way; if its turn is to come, the next call waits for it, unless the loss is
// only suspected.
func (w *world) renewBehind(c *client, certain bool) {
	call := c.call
	call.Flags |= policy.Background
	call.End = w.planOf(c.id).End(w.now, 0, 0)
	if a := w.admit(c, call, certain); a.Role == policy.Lead {
		w.launch(c, a)
	}
}

// ask asks for the lead of a handshake.
func (w *world) ask(c *client) {
	switch a := w.admit(c, c.call, true); a.Role {
	case policy.Already:
		w.send(c)
	case policy.Later:
		w.set(c, asking, max(a.At, w.now+1)) // a turn that has come by now is asked for again at once
	case policy.Refuse:
		w.fail(c, a.Why)
	case policy.Lead:
		w.set(c, following, c.call.End)
		w.launch(c, a)
	case policy.Follow:
		if c.flying == settling { // its epoch is open already
			w.send(c)
			return
		}
		w.set(c, following, c.call.End)
	}
}

// admit is the policy's Admit with its own breaker. certain: the session is known
// to be gone.
func (w *world) admit(c *client, call policy.Call, certain bool) policy.Admission {
	e := w.endpointOf(c)
	plan := w.planOf(c.id)
	if w.server.expired != never {
		call.Flags |= policy.NewCredential
	}
	var a policy.Admission
	*e, c.session, a = plan.Admit(w.now, *e, c.session, call, plan.PureBreaker(w.now, *e))
	if a.Role == policy.Later && call.Flags.Has(policy.Background) && certain {
		c.marks |= owed
	}
	w.result.Admitted[a.Why]++
	w.note(c, admittedStep, uint64(a.Role)<<8|uint64(a.Why))
	return a
}

// refresh is what an SDK's OAuth does when a credential is refused: a new one,
// once a call, whatever the policy says.
func (w *world) refresh(c *client) {
	c.marks |= renewed
	r := w.request(Refresh, c, 0)
	w.second.Refreshes++
	at := w.meet(c, &c.got, r, w.deadline(c), expired, Refresh)
	w.set(c, refreshing, at)
}

func (w *world) refreshed(c *client) {
	if c.got == served {
		w.send(c)
		return
	}
	w.fail(c, policy.AuthRequired)
}
