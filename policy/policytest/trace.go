package policytest

import (
	"fmt"
	"strings"
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

// trace is what the steps were given and what they answered.
type trace struct {
	steps   Steps
	policy  policy.Policy
	records []record
}

type kind uint8

const (
	decided kind = iota
	admitted
	opened
	settled
)

// record is one step. Values before it end in 0, values after it in 1.
type record struct {
	kind    kind
	now     policy.Time
	call    int // which call; a slot's next call has another number
	session int

	e0, e1 policy.Endpoint
	s0, s1 policy.Session
	c0, c1 policy.Call

	x    policy.Outcome // decided
	d    policy.Decision
	b    policy.Breaking // admitted, settled
	a    policy.Admission
	end  policy.Ending // settled
	hint time.Duration
	u    float64
}

// String is one line of a trace; instants are relative to the history's start.
func (r record) String() string {
	at := time.Duration(r.now - start)
	switch r.kind {
	case decided:
		return fmt.Sprintf("%9v call %d/%d: %v %v executed=%v sent=%v hint=%v u=%.3g -> %v (%v) due %v",
			at, r.call, r.session, r.x.Class, r.x.Reason, r.x.Executed, r.x.Sent, r.x.Hint, r.u, r.d.Action, r.d.Why, time.Duration(r.d.Due-start))
	case admitted:
		return fmt.Sprintf("%9v call %d/%d: admit on epoch %d, breaker %v -> %v (%v) at %v",
			at, r.call, r.session, r.c0.Epoch, r.b.State, r.a.Role, r.a.Why, time.Duration(r.a.At-start))
	case opened:
		return fmt.Sprintf("%9v call %d/%d: opened epoch %d", at, r.call, r.session, r.s1.Epoch)
	}
	return fmt.Sprintf("%9v call %d/%d: settled %v u=%.3g -> try %d, %v", at, r.call, r.session, r.end, r.u, r.s1.Try, r.s1.Phase)
}

func (tr *trace) String() string {
	var b strings.Builder
	for _, r := range tr.records {
		fmt.Fprintln(&b, r)
	}
	return b.String()
}
