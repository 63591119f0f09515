package simulate

import (
	"context"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

// A run that is interrupted before its event has lost nothing.
func TestInterruptedBeforeTheEvent(t *testing.T) {
	s, _ := Named("restart-lazy")
	ctx, cancel := context.WithCancel(context.Background())
	run := Run{Scenario: s.Scaled(500), Policy: policy.Default(), Seed: 1}
	run.Progress = func(reached, _ time.Duration, _ uint64) {
		if reached >= 30*time.Second {
			cancel()
		}
	}
	r, _ := run.Do(ctx)
	if r.Affected != 0 || r.Unrecovered != 0 {
		t.Errorf("at %v of an event at 1m %d sessions were lost, %d not back", time.Duration(r.Reached), r.Affected, r.Unrecovered)
	}
}

// A share is full with the client that makes it so.
func TestRecoveredBy(t *testing.T) {
	var times []uint32
	for i := range uint32(100) {
		times = append(times, 1000*(i+1))
	}
	times[99] = unrecovered
	for q, want := range map[float64]time.Duration{0.5: 50 * time.Second, 0.99: 99 * time.Second, 0.999: Never} {
		if got := recoveredBy(times, q, 0); got != want {
			t.Errorf("%v of 100: %v, want %v", q, got, want)
		}
	}
	if got := recoveredBy([]uint32{1000, 9000}, 0.5, 0); got != time.Second {
		t.Errorf("half of two: %v", got)
	}
}
