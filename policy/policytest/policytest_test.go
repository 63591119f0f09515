package policytest

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mcprecover/mcprecover/classify"
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

// TestABackgroundCallEndsWhateverTheClockDid: it has no bound but its end, and
// the clock may step back from that.
func TestABackgroundCallEndsWhateverTheClockDid(t *testing.T) {
	p := policy.Default()
	p.Handshake = policy.Curve{Base: p.Refused.Min, Cap: p.Refused.Min, Growth: 1}
	p.Patience = policy.Duration(time.Second)
	plan, err := p.Compile()
	if err != nil {
		t.Fatal(err)
	}
	begins := func(who uint8, step time.Duration) Event {
		return Event{Who: who, Step: step, Flags: policy.Background | policy.Replayable}
	}
	stale := func(who uint8) Event {
		return Event{Who: who, Outcome: policy.Outcome{Class: classify.Stale, Executed: classify.No, Sent: true}}
	}
	leads, follows := Event{Who: 0}, Event{Who: 1}
	opens := Event{Who: 0, Opens: true, Step: -time.Hour}
	w := run(plan, p, History{Sessions: 1, Calls: 2, Events: []Event{
		begins(0, 0), stale(0), leads, begins(1, time.Hour), stale(1), follows, opens,
	}})
	if len(w.records) != 5 || w.records[4].kind != opened {
		t.Fatalf("the history does not open a session: %v", w.records)
	}
	if err := boundedSends(w); err != nil {
		t.Error(err)
	}
}

var _ Steps = (*policy.Plan)(nil)
