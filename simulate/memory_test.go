package simulate

import (
	"runtime"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

// benchmarked is the world of the speed figures: every session of n clients is
// lost within 100 ms, and ten virtual minutes follow.
func benchmarked(n int) Run {
	s := Base()
	s.Name = "speed"
	s.Clients.Number = n
	s.Clients.Think = dur(10 * time.Second)
	s.Server.Capacity = 0.2 * float64(n)
	s.Server.Queue = dur(2 * time.Second)
	s.Server.Cost.Initialize = 10
	s.Events = []Event{{Kind: Forget, At: 1, Spread: dur(100 * time.Millisecond)}}
	s.Horizon = dur(10*time.Minute - 100*time.Millisecond - 1)
	p := policy.Default()
	p.Refused.Curve = policy.Curve{Base: dur(500 * time.Millisecond), Cap: dur(60 * time.Second), Growth: 2, Jitter: 1}
	p.Handshake = p.Refused.Curve
	p.Breaker = policy.Breaker{Trip: 5, Open: dur(30 * time.Second), Growth: 1, MaxOpen: dur(30 * time.Second), Jitter: 0.5, Probes: 1}
	return Run{Scenario: s, Policy: p, Seed: 1}
}

func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// What a client costs, in bytes: when all are well, and when nearly all are in
// trouble, as they are half a minute after all sessions were lost.
func TestMemory(t *testing.T) {
	const n = 200_000
	run := benchmarked(n)
	run.Scenario.Horizon = dur(time.Minute)
	runtime.GC()
	before := heapInUse()
	var peak uint64
	run.Progress = func(_, _ time.Duration, _ uint64) {
		runtime.GC()
		peak = max(peak, heapInUse()-before)
	}
	mustRun(t, run)
	trouble := float64(peak) / n
	peak, run.Scenario.Events = 0, nil
	mustRun(t, run)
	well := float64(peak) / n
	t.Logf("a healthy client takes %.1f bytes, one in trouble %.1f", well, trouble)
	if well > 48 || trouble > 128 {
		t.Errorf("a healthy client takes %.1f bytes, want at most 48; at the peak %.1f, want at most 128", well, trouble)
	}
}
