package policytest

import (
	"slices"

	"github.com/mcprecover/mcprecover/policy"
)

var (
	decisionTable  = policy.Decisions()
	admissionTable = policy.Admissions()
)

func sameOut(w *world) error {
	for i, r := range w.records {
		again := r
		switch r.kind {
		case decided:
			again.e1, again.s1, again.c1, again.d = w.steps.Decide(r.now, r.e0, r.s0, r.c0, r.x, r.u)
			if !slices.Contains(decisionTable, policy.Decision{Action: r.d.Action, Why: r.d.Why}) {
				return w.broken(i, "(%v, %v) is not in the table of decisions", r.d.Action, r.d.Why)
			}
		case admitted:
			again.e1, again.s1, again.a = w.steps.Admit(r.now, r.e0, r.s0, r.c0, r.b)
			if !slices.Contains(admissionTable, policy.Admission{Role: r.a.Role, Why: r.a.Why}) {
				return w.broken(i, "(%v, %v) is not in the table of admissions", r.a.Role, r.a.Why)
			}
		case opened:
			again.s1 = w.steps.Opened(r.now, r.s0)
		case settled:
			again.e1, again.s1 = w.steps.Settle(r.now, r.e0, r.s0, r.b, r.end, r.hint, r.u)
		}
		if again != r {
			return w.broken(i, "asked again, it answers otherwise: %v", again)
		}
	}
	return nil
}
