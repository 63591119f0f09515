package policytest

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/mcprecover/mcprecover/policy"
)

// TestLaws is the proof of package policy: each law, over generated policies
// and histories.
func TestLaws(t *testing.T) {
	for _, law := range Laws() {
		t.Run(law.name(), func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				p := Policies().Draw(rt, "policy")
				plan, err := p.Compile()
				if err != nil {
					rt.Fatalf("Policies generates an invalid policy: %v", err)
				}
				law.hold(rt, plan, p)
			})
		})
	}
}

var _ Steps = (*policy.Plan)(nil)
