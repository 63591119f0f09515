// Package policytest proves that a recovery policy keeps the laws of package
// policy, for any history of outcomes, clocks and random numbers.
//
// Most users need one line, in a test of their own:
//
//	policytest.Check(t, myPolicy)              // a policy file or value
//	policytest.CheckDecide(t, myDecideFunc)    // a decision function of one's own
//
// A failure names the law and prints the shortest history found that breaks
// it. The generators (Policies, Outcomes, Histories) are exported for
// properties of one's own.
package policytest

import (
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

// Steps is what the laws speak about. *policy.Plan has these methods; so may
// anything that wants to stand in its place.
type Steps interface {
	Decide(now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, x policy.Outcome, u float64) (policy.Endpoint, policy.Session, policy.Call, policy.Decision)
	Admit(now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, b policy.Breaking) (policy.Endpoint, policy.Session, policy.Admission)
	Opened(now policy.Time, s policy.Session) policy.Session
	Settle(now policy.Time, e policy.Endpoint, s policy.Session, b policy.Breaking, end policy.Ending, hint time.Duration, u float64) (policy.Endpoint, policy.Session)
	PureBreaker(now policy.Time, e policy.Endpoint) policy.Breaking
}

// DecideFunc is a decision function of one's own, with the meaning of
// Plan.Decide. It must be pure.
type DecideFunc func(now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, x policy.Outcome, u float64) (policy.Endpoint, policy.Session, policy.Call, policy.Decision)

// decides is a Plan with another Decide.
type decides struct {
	*policy.Plan
	fn DecideFunc
}

func (d decides) Decide(now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, x policy.Outcome, u float64) (policy.Endpoint, policy.Session, policy.Call, policy.Decision) {
	return d.fn(now, e, s, c, x, u)
}
