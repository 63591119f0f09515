package policytest

import (
	"testing"

	"github.com/mcprecover/mcprecover/policy"
)

// TestHistoriesReach shows that the laws are not proved over empty histories:
// every decision, admission and ending occurs.
func TestHistoriesReach(t *testing.T) {
	decisions := map[policy.Decision]int{}
	admissions := map[policy.Admission]int{}
	endings := map[policy.Ending]int{}
	// Always the same ones, and as many of them as the rarest need.
	const histories = 10000
	records := 0
	policies, generated := Policies(), Histories()
	for seed := 1; seed <= histories; seed++ {
		p := policies.Example(seed)
		plan, err := p.Compile()
		if err != nil {
			t.Fatal(err)
		}
		w := run(plan, p, generated.Example(seed))
		records += len(w.records)
		for _, r := range w.records {
			switch r.kind {
			case decided:
				decisions[policy.Decision{Action: r.d.Action, Why: r.d.Why}]++
			case admitted:
				admissions[policy.Admission{Role: r.a.Role, Why: r.a.Why}]++
			case settled:
				endings[r.end]++
			}
		}
	}
	for _, d := range policy.Decisions() {
		t.Logf("%8d  %v (%v)", decisions[d], d.Action, d.Why)
		if decisions[d] == 0 && d.Why != policy.Unclassified {
			t.Errorf("no history reached %v (%v)", d.Action, d.Why)
		}
	}
	for _, a := range policy.Admissions() {
		t.Logf("%8d  %v (%v)", admissions[a], a.Role, a.Why)
		if admissions[a] == 0 {
			t.Errorf("no history reached %v (%v)", a.Role, a.Why)
		}
	}
	for _, e := range policy.Endings() {
		t.Logf("%8d  %v", endings[e], e)
		if endings[e] == 0 {
			t.Errorf("no history reached the ending %v", e)
		}
	}
	t.Logf("%d steps in %d histories", records, histories)
}
