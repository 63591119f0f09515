package policytest

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/mcprecover/mcprecover/policy"
)

// Check fails t unless the policy is valid and keeps all laws for as many
// histories as rapid is told to try (-rapid.checks, 100 unless told).
func Check(t *testing.T, p policy.Policy) {
	t.Helper()
	plan, err := p.Compile()
	if err != nil {
		t.Fatal(err)
	}
	CheckSteps(t, plan, p)
}

// CheckSteps is Check for anything with a Plan's methods; p has the limits
// that the laws speak of.
func CheckSteps(t *testing.T, steps Steps, p policy.Policy) {
	t.Helper()
	for _, law := range Laws() {
		t.Run(law.name(), func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) { law.hold(rt, steps, p) })
		})
	}
}

// CheckDecide fails t unless a decision function of one's own keeps the laws
// that a decision can break (1 to 4, 7, 8, 11, 12), within the limits of
// policy.Default. fn may want fewer retries or less patience than those only
// where a law lets it.
func CheckDecide(t *testing.T, fn DecideFunc) {
	t.Helper()
	p := policy.Default()
	plan, err := p.Compile()
	if err != nil {
		t.Fatal(err)
	}
	for _, law := range Laws() {
		if law.decides {
			t.Run(law.name(), func(t *testing.T) {
				rapid.Check(t, func(rt *rapid.T) { law.hold(rt, decides{plan, fn}, p) })
			})
		}
	}
}
