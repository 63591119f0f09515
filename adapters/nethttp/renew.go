package nethttp

import (
	"net/http"
	"time"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// renew leads or follows a flight of the session. It is true when the call can
// be sent on a new epoch; if not, and it returns nothing else, the flight
// failed and m.a holds what its handshake came to.
func (m *mending) renew() (renewed bool, resp *http.Response, err error) {
	if m.x.session.ended.Load() { // deleted by its client meanwhile
		m.a.drop()
		m.a, m.own = answer{err: errEnded, verdict: classify.OfFailure(classify.Cancelled)}, false
		return false, nil, nil
	}
	a, f := m.t.admit(m.x.session, m.call, m.x.req, true)
	switch a.Role {
	case policy.Already:
		return true, nil, nil
	case policy.Later:
		m.next.Due = a.At
		return false, nil, m.later(a)
	case policy.Refuse:
		if a.Why == policy.CredentialRefused { // the client must see the challenge, and come with another one
			m.a.drop()
			m.a, m.own = f.answer, false
			return false, nil, nil
		}
		resp, err = m.giveUp(a.Why, a.At)
		return false, resp, err
	case policy.Lead:
		m.t.launch(f, m.x.req)
	}
	patience := time.NewTimer(time.Duration(m.call.End - m.t.now()))
	defer patience.Stop()
	select {
	case <-f.done:
		if f.next != nil {
			return true, nil, nil
		}
		m.a.drop()
		m.a, m.own = f.answer, false
		return false, nil, nil
	case <-patience.C: // the flight goes on; the next call finds it done
		if m.call.End == m.deadline {
			<-m.x.req.Context().Done()
			return false, nil, m.x.req.Context().Err()
		}
		resp, err = m.giveUp(policy.PatienceSpent, 0)
		return false, resp, err
	case <-m.x.req.Context().Done():
		return false, nil, m.x.req.Context().Err()
	}
}

// later waits for a turn; one that has come by now is asked for again at once.
func (m *mending) later(a policy.Admission) error {
	if err := m.until(a.At); err != nil {
		return err
	}
	m.wait = 0
	return errWait
}
