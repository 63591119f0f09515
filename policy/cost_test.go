package policy

import (
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/sony/gobreaker"
)

// The simulator keeps the state of millions of clients in memory.
func TestSizes(t *testing.T) {
	for name, c := range map[string]struct{ got, most uintptr }{
		"Endpoint": {unsafe.Sizeof(Endpoint{}), 32},
		"Session":  {unsafe.Sizeof(Session{}), 24},
		"Call":     {unsafe.Sizeof(Call{}), 24},
	} {
		if t.Logf("%s: %d bytes", name, c.got); c.got > c.most {
			t.Errorf("%s: %d bytes, want at most %d", name, c.got, c.most)
		}
	}
}

// Results of the measured steps, so that they are not optimised away.
var (
	sinkEndpoint  Endpoint
	sinkSession   Session
	sinkCall      Call
	sinkDecision  Decision
	sinkAdmission Admission
	sinkBreaking  Breaking
	sinkDuration  time.Duration
	sinkBool      bool
)

// measured are the steps on their usual ways.
func measured(plan *Plan) map[string]func() {
	c := Call{End: t0 + int64(30*time.Second), Flags: waiting}
	closed := Breaking{State: Closed}
	flying := Session{Phase: Flying, Try: 1}
	half := Endpoint{Due: t0 - 1, Half: halfOpen | 1, Gen: 1}
	decide := func(x Outcome) func() {
		return func() {
			sinkEndpoint, sinkSession, sinkCall, sinkDecision = plan.Decide(t0, Endpoint{}, Session{}, c, x, 0.5)
		}
	}
	settle := func(e Endpoint, b Breaking, end Ending) func() {
		return func() { sinkEndpoint, sinkSession = plan.Settle(t0, e, flying, b, end, 0, 0.5) }
	}
	return map[string]func(){
		"Decide/stale":   decide(stale),
		"Decide/refused": decide(refused),
		"Decide/503":     decide(unavailable),
		"Admit/lead":     func() { sinkEndpoint, sinkSession, sinkAdmission = plan.Admit(t0, Endpoint{}, Session{}, c, closed) },
		"Admit/follow":   func() { sinkEndpoint, sinkSession, sinkAdmission = plan.Admit(t0, Endpoint{}, flying, c, closed) },
		"Admit/paced": func() {
			sinkEndpoint, sinkSession, sinkAdmission = plan.Admit(t0, Endpoint{Turn: t0 + int64(time.Second)}, Session{}, c, closed)
		},
		"Opened":        func() { sinkSession = plan.Opened(t0, flying) },
		"Settle/held":   settle(Endpoint{}, closed, Held),
		"Settle/failed": settle(Endpoint{}, closed, Failed),
		"Settle/reopen": settle(half, Breaking{State: HalfOpen, Gen: 1}, Failed),
		"PureBreaker":   func() { sinkBreaking = plan.PureBreaker(t0, half) },
		"OpenFor":       func() { sinkDuration = plan.OpenFor(3, 0.5) },
		"Splay":         func() { sinkDuration = plan.Splay(0.5) },
		"Credit":        func() { sinkEndpoint, sinkSession = plan.Credit(Endpoint{Spent: 7}, Session{}, 3) },
		"Trip":          func() { sinkBool = plan.Trip(7) },
	}
}

func TestStepsDoNotAllocate(t *testing.T) {
	for name, step := range measured(compiled(t, Default())) {
		if n := testing.AllocsPerRun(100, step); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// BenchmarkSteps prints each step's cost beside gobreaker's Allow and done,
// measured in turns in the same run: the median of the ratios.
func BenchmarkSteps(b *testing.B) {
	cb := gobreaker.NewTwoStepCircuitBreaker(gobreaker.Settings{})
	peer := func() {
		done, err := cb.Allow()
		if err != nil {
			panic(err)
		}
		done(true)
	}
	for name, step := range measured(compiled(b, Default())) {
		b.Run(name, func(b *testing.B) {
			var ours, ratios []float64
			for b.Loop() {
				one, other := nanoseconds(step), nanoseconds(peer)
				ours, ratios = append(ours, one), append(ratios, one/other)
			}
			b.ReportMetric(0, "ns/op") // of a round of many
			b.ReportMetric(median(ours), "ns/step")
			b.ReportMetric(median(ratios), "gobreakers/step")
		})
	}
}

// nanoseconds is what one of many calls takes.
func nanoseconds(f func()) float64 {
	const rounds = 10_000
	start := time.Now()
	for range rounds {
		f()
	}
	return float64(time.Since(start)) / rounds
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}
