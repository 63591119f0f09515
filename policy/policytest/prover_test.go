package policytest

import (
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// wrong is a Plan that goes wrong in one step.
type wrong struct {
	*policy.Plan
	decide func(p *policy.Plan, now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, x policy.Outcome, u float64) (policy.Endpoint, policy.Session, policy.Call, policy.Decision)
	admit  func(p *policy.Plan, now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, b policy.Breaking) (policy.Endpoint, policy.Session, policy.Admission)
	opened func(p *policy.Plan, now policy.Time, s policy.Session) policy.Session
	settle func(p *policy.Plan, now policy.Time, e policy.Endpoint, s policy.Session, b policy.Breaking, end policy.Ending, hint time.Duration, u float64) (policy.Endpoint, policy.Session)
}

func (w wrong) Decide(now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, x policy.Outcome, u float64) (policy.Endpoint, policy.Session, policy.Call, policy.Decision) {
	if w.decide == nil {
		return w.Plan.Decide(now, e, s, c, x, u)
	}
	return w.decide(w.Plan, now, e, s, c, x, u)
}

func (w wrong) Admit(now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, b policy.Breaking) (policy.Endpoint, policy.Session, policy.Admission) {
	if w.admit == nil {
		return w.Plan.Admit(now, e, s, c, b)
	}
	return w.admit(w.Plan, now, e, s, c, b)
}

func (w wrong) Opened(now policy.Time, s policy.Session) policy.Session {
	if w.opened == nil {
		return w.Plan.Opened(now, s)
	}
	return w.opened(w.Plan, now, s)
}

func (w wrong) Settle(now policy.Time, e policy.Endpoint, s policy.Session, b policy.Breaking, end policy.Ending, hint time.Duration, u float64) (policy.Endpoint, policy.Session) {
	if w.settle == nil {
		return w.Plan.Settle(now, e, s, b, end, hint, u)
	}
	return w.settle(w.Plan, now, e, s, b, end, hint, u)
}

// spoil makes a wrong Plan that spoils decisions after they were made.
func spoil(f func(now policy.Time, c0 policy.Call, x policy.Outcome, c policy.Call, d policy.Decision) (policy.Call, policy.Decision)) wrong {
	return wrong{decide: func(p *policy.Plan, now policy.Time, e policy.Endpoint, s policy.Session, c0 policy.Call, x policy.Outcome, u float64) (policy.Endpoint, policy.Session, policy.Call, policy.Decision) {
		e, s, c, d := p.Decide(now, e, s, c0, x, u)
		c, d = f(now, c0, x, c, d)
		return e, s, c, d
	}}
}

// strict is a policy whose limits short histories reach.
func strict() policy.Policy {
	p := policy.Default()
	p.Breaker.Trip = 1
	p.Breaker.Probes = 2
	p.Breaker.Open = policy.Duration(2 * time.Second)
	p.Pacing = policy.Pacing{Every: policy.Duration(time.Second), Burst: 1}
	return p
}

var calls int // of the impure one

// wrongs are policies with one mistake each, and the law that must catch it.
var wrongs = []struct {
	mistake string
	law     int
	steps   wrong
}{
	{"forgets how often it has sent", 1, spoil(func(_ policy.Time, _ policy.Call, _ policy.Outcome, c policy.Call, d policy.Decision) (policy.Call, policy.Decision) {
		c.Sends = min(c.Sends, 1)
		return c, d
	})},
	{"tries a refused dial for ever", 1, spoil(func(now policy.Time, _ policy.Call, x policy.Outcome, c policy.Call, d policy.Decision) (policy.Call, policy.Decision) {
		if d.Why == policy.PatienceSpent && !x.Sent {
			return c, policy.Decision{Action: policy.Resend, Why: policy.NeverSent, Due: now}
		}
		return c, d
	})},
	{"forgets that the session was lost before", 2, spoil(func(_ policy.Time, _ policy.Call, _ policy.Outcome, c policy.Call, d policy.Decision) (policy.Call, policy.Decision) {
		c.Lost = 0
		return c, d
	})},
	{"forgives a loss after a good retry", 2, spoil(func(_ policy.Time, _ policy.Call, x policy.Outcome, c policy.Call, d policy.Decision) (policy.Call, policy.Decision) {
		if x.Class == classify.Transient {
			c.Lost = 0
		}
		return c, d
	})},
	{"answers auth with a new session", 3, spoil(func(now policy.Time, _ policy.Call, x policy.Outcome, c policy.Call, d policy.Decision) (policy.Call, policy.Decision) {
		if x.Class == classify.Auth {
			d = policy.Decision{Action: policy.Recover, Why: policy.SessionLost, Due: now}
		}
		return c, d
	})},
	{"repeats what may have run", 4, spoil(func(now policy.Time, _ policy.Call, _ policy.Outcome, c policy.Call, d policy.Decision) (policy.Call, policy.Decision) {
		if d.Why == policy.OutcomeUnknown {
			d = policy.Decision{Action: policy.Resend, Why: policy.AssumedSafe, Due: now}
		}
		return c, d
	})},
	{"gives up what did not run", 4, spoil(func(now policy.Time, _ policy.Call, _ policy.Outcome, c policy.Call, d policy.Decision) (policy.Call, policy.Decision) {
		if d.Why == policy.NotExecuted {
			d = policy.Decision{Action: policy.Fail, Why: policy.OutcomeUnknown, Due: now}
		}
		return c, d
	})},
	{"leads beside a flight", 5, wrong{admit: func(p *policy.Plan, now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, b policy.Breaking) (policy.Endpoint, policy.Session, policy.Admission) {
		e, s, a := p.Admit(now, e, s, c, b)
		if a.Role == policy.Follow {
			a.Role, a.Why = policy.Lead, policy.WayFree
		}
		return e, s, a
	}}},
	{"recovers again for a late answer of an older epoch", 5, wrong{admit: func(p *policy.Plan, now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, b policy.Breaking) (policy.Endpoint, policy.Session, policy.Admission) {
		c.Epoch = s.Epoch
		return p.Admit(now, e, s, c, b)
	}}},
	{"does not wait after a failed handshake", 5, wrong{admit: func(p *policy.Plan, now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, b policy.Breaking) (policy.Endpoint, policy.Session, policy.Admission) {
		s.Try = 0
		return p.Admit(now, e, s, c, b)
	}}},
	{"does not look at the breaker", 6, wrong{admit: func(p *policy.Plan, now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, _ policy.Breaking) (policy.Endpoint, policy.Session, policy.Admission) {
		return p.Admit(now, e, s, c, policy.Breaking{State: policy.Closed})
	}}},
	{"takes a turn even where it refuses", 6, wrong{admit: func(p *policy.Plan, now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, b policy.Breaking) (policy.Endpoint, policy.Session, policy.Admission) {
		e, s, a := p.Admit(now, e, s, c, b)
		if a.Role == policy.Refuse {
			e.Turn++
		}
		return e, s, a
	}}},
	{"lets a call wait past its end", 7, wrong{admit: func(p *policy.Plan, now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, b policy.Breaking) (policy.Endpoint, policy.Session, policy.Admission) {
		c.End += int64(time.Minute)
		return p.Admit(now, e, s, c, b)
	}}},
	{"obeys every Retry-After", 7, spoil(func(now policy.Time, _ policy.Call, x policy.Outcome, c policy.Call, d policy.Decision) (policy.Call, policy.Decision) {
		if d.Why == policy.HintTooFar {
			d = policy.Decision{Action: policy.Resend, Why: policy.NotExecuted, Due: now + min(int64(x.Hint), int64(time.Hour))}
		}
		return c, d
	})},
	{"waits less for larger numbers", 8, wrong{decide: func(p *policy.Plan, now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, x policy.Outcome, u float64) (policy.Endpoint, policy.Session, policy.Call, policy.Decision) {
		return p.Decide(now, e, s, c, x, 1-u)
	}}},
	{"does not heed Retry-After", 8, wrong{decide: func(p *policy.Plan, now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, x policy.Outcome, u float64) (policy.Endpoint, policy.Session, policy.Call, policy.Decision) {
		x.Hint = 0
		return p.Decide(now, e, s, c, x, u)
	}}},
	{"keeps the probe of a handshake that was given up", 9, wrong{settle: func(p *policy.Plan, now policy.Time, e policy.Endpoint, s policy.Session, b policy.Breaking, end policy.Ending, hint time.Duration, u float64) (policy.Endpoint, policy.Session) {
		e1, s1 := p.Settle(now, e, s, b, end, hint, u)
		if end == policy.Abandoned {
			e1 = e
		}
		return e1, s1
	}}},
	{"does not count its handshakes", 10, wrong{admit: func(p *policy.Plan, now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, b policy.Breaking) (policy.Endpoint, policy.Session, policy.Admission) {
		e1, s, a := p.Admit(now, e, s, c, b)
		if a.Role == policy.Lead {
			e1.Turn = e.Turn
		}
		return e1, s, a
	}}},
	{"remembers something of its own", 11, wrong{decide: func(p *policy.Plan, now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, x policy.Outcome, u float64) (policy.Endpoint, policy.Session, policy.Call, policy.Decision) {
		calls++
		e, s, c, d := p.Decide(now, e, s, c, x, u)
		d.Due += policy.Time(calls & 1)
		return e, s, c, d
	}}},
	{"gives no reason", 11, spoil(func(_ policy.Time, _ policy.Call, _ policy.Outcome, c policy.Call, d policy.Decision) (policy.Call, policy.Decision) {
		d.Why = 0
		return c, d
	})},
	{"forgets the turns when the clock seems to have jumped", 12, wrong{admit: func(p *policy.Plan, now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, b policy.Breaking) (policy.Endpoint, policy.Session, policy.Admission) {
		if e.Turn-now > int64(45*time.Second) {
			e.Turn = 0
		}
		return p.Admit(now, e, s, c, b)
	}}},
}

// tried is how many histories a mistake may need to be found.
const tried = 4000

// TestTheProver shows that each law catches the mistakes that it is there for.
func TestTheProver(t *testing.T) {
	p := strict()
	plan, err := p.Compile()
	if err != nil {
		t.Fatal(err)
	}
	laws := Laws()
	caught := map[int]bool{}
	for _, w := range wrongs {
		law := laws[w.law-1]
		w.steps.Plan = plan
		found := 0
		histories := law.histories()
		for seed := 1; seed <= tried && found == 0; seed++ {
			if law.check(run(w.steps, p, histories.Example(seed))) != nil {
				found = seed
			}
		}
		if found == 0 {
			t.Errorf("%v did not catch a policy that %s in %d histories", law, w.mistake, tried)
			continue
		}
		caught[w.law] = true
		t.Logf("%-34v caught at history %4d: %s", law, found, w.mistake)
	}
	for _, law := range laws {
		if !caught[law.Number] {
			t.Errorf("%v catches no mistake", law)
		}
	}
}

// TestStepBackOnly: the mistake that law 12 is for is invisible to the others
// on clocks that only go forward.
func TestStepBackOnly(t *testing.T) {
	p := strict()
	plan, err := p.Compile()
	if err != nil {
		t.Fatal(err)
	}
	w := wrongs[len(wrongs)-1]
	w.steps.Plan = plan
	forward := Histories()
	for seed := 1; seed <= 1000; seed++ {
		h := forward.Example(seed)
		for _, law := range Laws()[:11] {
			if err := law.check(run(w.steps, p, h)); err != nil {
				t.Fatalf("%v found it: %v", law, err)
			}
		}
	}
}
