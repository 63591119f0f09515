package nethttp

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// mend is the way of a call whose answer was not good: judge it, Decide, then
// hand up, fail, wait and resend, or renew the session and resend.
func (t *Transport) mend(x exchange, a answer) (*http.Response, error) {
	msg := x.message()
	if x.session != nil && msg.oneWay() {
		return t.mendOneWay(&x, &a, msg)
	}
	m := t.mending(x, msg)
	m.a, m.own = a, true
	return m.run()
}

// join is the way of a request that comes while its session is being renewed:
// it waits for that instead of asking the old epoch, which is known to be gone.
// Notifications and answers do not wait: they belong to the epoch that goes.
func (t *Transport) join(x exchange) (*http.Response, error) {
	msg := x.message()
	if msg.oneWay() {
		if x.epoch.n == 0 && x.epoch.open.Load() > 0 && !t.unfenced { // it may still be waited for; later epochs were asked before
			if resp, err := t.answerBack(&x); resp != nil || err != nil {
				return resp, err
			}
		}
		return t.swallow(&x, msg), nil
	}
	m := t.mending(x, msg)
	m.next = policy.Decision{Action: policy.Recover, Why: policy.InFlight, Due: t.now()}
	return m.run()
}

// mending is one call on its way through failures. backoff/v4 drives it: step
// is its operation, and the policy's decisions are its back-off.
type mending struct {
	t        *Transport
	x        exchange
	msg      message
	endpoint *endpoint
	deadline policy.Time // the caller's; 0: none
	key      uint64      // of its random numbers
	draws    uint32

	call     policy.Call
	a        answer            // what the last send, or the handshake waited for, came to
	own      bool              // a answers this very call
	executed classify.Executed // by the call's own last send
	unsure   bool              // one before it may have been
	next     policy.Decision   // to be acted on; none at first
	wait     time.Duration     // until then
}

func (t *Transport) mending(x exchange, msg message) *mending {
	m := &mending{t: t, x: x, msg: msg, executed: classify.No}
	now := t.now()
	if d, ok := x.req.Context().Deadline(); ok {
		m.deadline = now + int64(time.Until(d))
	}
	m.call.End = t.plan.End(now, 0, m.deadline)
	if s := x.session; s != nil {
		m.endpoint = s.endpoint
		m.key = s.key<<32 + s.calls.Add(1)
		m.call.Epoch = x.epoch.n
		m.call.Flags |= policy.HasID | policy.Negotiated
	} else {
		m.endpoint = t.endpoint(x.req.URL)
		m.key = t.keys.Add(1) << 32
	}
	if t.safe(msg) {
		m.call.Flags |= policy.Safe
	}
	return m
}

// errWait tells backoff/v4 that the call is not over.
var errWait = errors.New("waiting")

func (m *mending) run() (*http.Response, error) {
	defer m.x.close()
	if s := m.x.session; s != nil {
		s.open.Add(1)
		defer s.open.Add(-1)
	}
	resp, err := backoff.RetryNotifyWithTimerAndData(m.operation, m, nil, nil)
	if err == nil {
		return resp, nil
	}
	var typed *Error
	if !errors.As(err, &typed) { // the caller's context cut a wait short
		m.a.drop()
		typed = m.gone()
	}
	m.t.emit(Event{
		Kind: CallFailed, Endpoint: m.endpoint.name, Session: short(m.x.clientID()), Epoch: m.call.Epoch, Method: m.name(),
		Status: typed.Status, Class: typed.Class, Reason: typed.Reason, Why: typed.Why, Sends: typed.Attempts, Err: m.a.text(),
	})
	return nil, typed
}

// operation is a step as backoff/v4 wants it: every error but errWait is the
// call's end.
func (m *mending) operation() (*http.Response, error) {
	resp, err := m.step()
	if err != nil && err != errWait {
		err = backoff.Permanent(err)
	}
	return resp, err
}

// NextBackOff is the wait that the policy decided on.
func (m *mending) NextBackOff() time.Duration { return m.wait }

// Reset does nothing: a mending is used once.
func (m *mending) Reset() {}

// Context is the caller's: it cuts every wait short.
func (m *mending) Context() context.Context { return m.x.req.Context() }

// step acts on the last decision and decides on what came of it, until it has
// to wait or the call is over.
func (m *mending) step() (*http.Response, error) {
	if err := m.x.req.Context().Err(); err != nil && m.next.Action != 0 {
		return nil, err
	}
	for {
		if m.next.Action != 0 {
			resp, err := m.act()
			if resp != nil || err != nil {
				return resp, err
			}
		}
		m.decide()
		if m.x.session == nil && (m.next.Action == policy.Recover || m.next.Action == policy.Renew) {
			return m.giveUp(m.next.Why, 0) // there is no session of ours to renew
		}
		switch m.next.Action {
		case policy.Return:
			return m.refused()
		case policy.Fail:
			return m.giveUp(m.next.Why, m.next.Due)
		case policy.Renew:
			certain := m.next.Why != policy.HiddenLoss
			stuck := m.t.renewBehind(m.x.session, m.call, m.x.req, certain) == policy.CredentialRefused
			resp, err := m.giveUp(m.next.Why, m.next.Due)
			var e *Error
			if stuck && errors.As(err, &e) { // the challenge itself would tell the client to send this call again
				e.Hint = strings.TrimPrefix(e.Hint+hintStuck, "; ")
			}
			return resp, err
		}
		if err := m.until(m.next.Due); err != nil {
			return nil, err
		}
	}
}

// until gives errWait if due is still to come.
func (m *mending) until(due policy.Time) error {
	if m.wait = time.Duration(due - m.t.now()); m.wait > 0 {
		return errWait
	}
	return nil
}

// decide asks the policy what to do about m.a.
func (m *mending) decide() {
	v := m.a.verdict
	if m.own {
		m.t.heard(&m.x, v)
		m.unsure = m.unsure || m.executed != classify.No
		m.executed = v.Executed
	}
	m.call.Flags &^= policy.Replayable
	if !m.msg.oneWay() && (m.x.req.GetBody != nil || !m.x.sent) {
		m.call.Flags |= policy.Replayable
	}
	u := m.t.random(m.key, m.draws)
	m.draws++
	m.next = m.t.decide(m.endpoint, m.x.session, &m.call, policy.Outcome{
		Class: v.Class, Reason: v.Reason, Executed: m.executed, Hint: v.RetryAfter,
		Sent: m.own && v.Reason != classify.NeverSent,
	}, u)
	if m.own && m.a.err == errTaken {
		m.call.Sends-- // it was not sent
	}
	m.t.emit(Event{
		Kind: AnswerJudged, Endpoint: m.endpoint.name, Session: short(m.x.clientID()), Epoch: m.call.Epoch, Method: m.name(),
		Status: m.a.status(), Class: v.Class, Reason: v.Reason, Action: m.next.Action, Why: m.next.Why,
		Wait: time.Duration(max(m.next.Due-m.t.now(), 0)), Sends: int(m.call.Sends), Err: m.a.text(),
	})
}

// act does what was decided. It returns nothing if what came of it has to be
// decided on.
func (m *mending) act() (*http.Response, error) {
	if m.next.Action == policy.Recover {
		if renewed, resp, err := m.renew(); !renewed {
			return resp, err
		}
	}
	return m.resend()
}

// resend sends the call (again), on the session's present epoch.
func (m *mending) resend() (*http.Response, error) {
	m.a.drop()
	if m.x.session != nil {
		m.x.epoch = m.x.session.current()
		m.call.Epoch = m.x.epoch.n
	}
	if m.x.sent {
		m.t.emit(Event{
			Kind: CallResent, Endpoint: m.endpoint.name, Session: short(m.x.clientID()), Epoch: m.call.Epoch, Method: m.name(),
			Why: m.next.Why, Sends: int(m.call.Sends) + 1,
		})
	}
	m.x.before = int(m.call.Sends)
	start := m.t.now()
	m.a, m.own = m.t.send(&m.x), true
	m.call.End += m.t.now() - start // patience is time spent waiting, not sending
	if m.deadline != 0 {
		m.call.End = min(m.call.End, m.deadline)
	}
	if m.a.good() {
		return m.t.deliver(&m.x, &m.a)
	}
	return nil, nil
}
