package simulate

import (
	"math"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

// N clients that begin within W seconds, evenly: the busiest second has
// E[max] of W Poisson numbers with the mean l = N/W, which is summed here
// exactly; the usual formula l + sqrt(l)(a-(ln ln W+ln 4pi)/2a+0.577/a), with
// a = sqrt(2 ln W), is within 1 % of it. A maximum spreads like Gumbel's law,
// by sqrt(l) pi/(a sqrt 6), so the tolerance is four of those over the root of
// the number of seeds.
func TestOracleJitterPeak(t *testing.T) {
	const seeds = 16
	for _, c := range []struct{ n, w int }{{100_000, 50}, {10_000, 30}} {
		l, a := float64(c.n)/float64(c.w), math.Sqrt(2*math.Log(float64(c.w)))
		want := busiest(l, c.w)
		formula := l + math.Sqrt(l)*(a-(math.Log(math.Log(float64(c.w)))+math.Log(4*math.Pi))/(2*a)+0.577/a)
		if math.Abs(formula/want-1) > 0.01 {
			t.Errorf("the formula says %v, the sum %v", formula, want)
		}
		s := Base()
		s.Clients.Number, s.Clients.Think = c.n, dur(time.Hour)
		s.Clients.Start.Over, s.Horizon = dur(time.Duration(c.w)*time.Second), dur(time.Second)
		s.Server.Capacity = 1e9
		sum := 0.0
		for seed := range uint64(seeds) {
			r := mustRun(t, Run{Scenario: s, Policy: policy.Default(), Seed: seed})
			peak := uint32(0)
			for _, x := range r.Seconds[:c.w] {
				peak = max(peak, x.Calls)
			}
			sum += float64(peak) / seeds
		}
		// Second calls are rare: 1/3600 of the clients a second. They are on top.
		want += l * float64(c.w) / 2 / 3600
		tolerance := 4*math.Sqrt(l)*math.Pi/(a*math.Sqrt(6)*math.Sqrt(seeds)) + l*float64(c.w)/2/3600
		t.Logf("%d clients within %d s: the busiest second has %.0f, theory %.0f ± %.0f", c.n, c.w, sum, want, tolerance)
		if math.Abs(sum-want) > tolerance {
			t.Errorf("the busiest second has %v, want %v ± %v", sum, want, tolerance)
		}
	}
}

// busiest is the expected maximum of w Poisson numbers: the sum over k of the
// chance that it is above k.
func busiest(l float64, w int) (sum float64) {
	below := 0.0
	for k := 0; k < int(l+20*math.Sqrt(l)); k++ {
		log, _ := math.Lgamma(float64(k + 1))
		below += math.Exp(float64(k)*math.Log(l) - l - log)
		sum += 1 - math.Pow(min(below, 1), float64(w))
	}
	return sum
}

// A rolling deploy of n replicas, whose displaced clients go to any replica
// that is up: a client loses its session (n-1)/n((1+1/(n-1))^n - 1) times,
// which tends to e-1. One client's losses vary less than a Poisson number's,
// so the tolerance is four roots of the mean over the number of clients.
func TestOracleRollingDeploy(t *testing.T) {
	for _, n := range []int{4, 20, 60} {
		s := Base()
		s.Clients.Number, s.Clients.Eager, s.Clients.Think = 4000, 1, dur(10*time.Minute)
		s.Server.Capacity, s.Server.Replicas = 1e9, n
		s.Events = []Event{{Kind: Restart, At: dur(time.Second), For: dur(time.Second), Every: dur(10 * time.Second)}}
		s.Horizon = dur(time.Minute)
		p := named(t, "default")
		p.Splay, p.Pacing.Every, p.Breaker.Trip = 0, 0, 0
		p.Handshake = policy.Curve{Base: dur(10 * time.Millisecond), Cap: dur(10 * time.Millisecond), Growth: 1}
		r := mustRun(t, Run{Scenario: s, Policy: p})
		opened := 0.0
		for _, x := range r.Seconds {
			opened += float64(x.Opened)
		}
		each, m := opened/4000, float64(n-1)
		want := m / float64(n) * (math.Pow(1+1/m, float64(n)) - 1)
		tolerance := 4 * math.Sqrt(want/4000)
		t.Logf("%2d replicas: %.3f sessions lost a client, theory %.3f ± %.3f (e-1 is %.3f)", n, each, want, tolerance, math.E-1)
		if math.Abs(each-want) > tolerance {
			t.Errorf("%d replicas: a client loses %v sessions, want %v ± %v", n, each, want, tolerance)
		}
	}
}

// A queue deeper than the clients' timeout: whoever gives up leaves its work
// behind, so the server does nothing but what nobody waits for. A handshake
// waits in the queue twice, for initialize and for initialized. With twice the
// queue one second short of the timeout the fleet comes back, one second beyond
// it never does, and the margin says so; a curve whose longest waits spread the
// tries enough gets it back in both.
func TestOracleCliff(t *testing.T) {
	s, _ := Named("deep-queue")
	s = s.Scaled(4000)
	s.Clients.Timeout = 0 // calls have their deadline; the handshake's timeout is what counts
	run := func(queue time.Duration, change func(p *policy.Policy)) (Figures, Margins) {
		s.Server.Queue = dur(queue)
		p := named(t, "full-jitter")
		p.HandshakeTimeout = dur(10 * time.Second)
		change(&p)
		return mustRun(t, Run{Scenario: s, Policy: p}).Figures(s), s.Margins(p)
	}
	keep := func(*policy.Policy) {}
	for _, c := range []struct {
		queue  time.Duration
		change func(p *policy.Policy)
		back   bool
	}{
		{4500 * time.Millisecond, keep, true},
		{5500 * time.Millisecond, keep, false},
		{60 * time.Second, keep, false},
		{60 * time.Second, func(p *policy.Policy) { p.HandshakeTimeout = dur(122 * time.Second) }, true},
		{60 * time.Second, func(p *policy.Policy) { p.Handshake.Cap = dur(600 * time.Second) }, true},
	} {
		f, m := run(c.queue, c.change)
		t.Logf("queue %v: goodput %.2f, t99 %v, margin %.2f, leaked %d", c.queue, f.Goodput, f.T99, m.Queue, f.Leaked)
		if f.Metastable == c.back {
			t.Errorf("queue %v: goodput at the horizon is %.2f, back: want %v", c.queue, f.Goodput, c.back)
		}
		if (m.Queue < 1) != c.back {
			t.Errorf("queue %v: the margin is %.2f, want it below 1: %v", c.queue, m.Queue, c.back)
		}
	}
}

// Breakers in step. Handshakes get no answer for a minute, so that every
// client's breaker opens; all clients fail at the same instants, so that without
// jitter all breakers are half-open at the same instants too. A wave of probes
// then is served for as long as the queue allows, and the rest are turned away
// until the next wave, an open time later: there are N over (C/K)(Q+w) waves,
// where w is how long one wave takes to arrive, between 0 and the spread with
// which the clients began. A jitter of 20 per cent spreads a wave over 12 s, so
// that each serves six times as many.
func TestOracleBreakerJitter(t *testing.T) {
	const open, queue, spread = 30 * time.Second, time.Second, 500 * time.Millisecond
	s := Base()
	s.Clients.Number, s.Clients.Eager, s.Clients.Think, s.Clients.RTT = 5000, 1, dur(10*time.Minute), dur(time.Millisecond)
	s.Server.Capacity, s.Server.Queue = 1000, dur(queue)
	s.Server.Cost.Reject, s.Server.Cost.Stale, s.Server.Cost.Listen, s.Server.Cost.Ping = 0, 0, 0, 0
	s.Events = []Event{{Kind: Forget, At: dur(time.Second), Spread: dur(spread)}, {Kind: Mute, At: 1, For: dur(time.Minute)}}
	run := func(jitter float64) time.Duration {
		p := named(t, "fixed-breaker")
		p.Handshake.Jitter = 0
		p.HandshakeTimeout = dur(2 * time.Second)
		p.Breaker.Open, p.Breaker.MaxOpen, p.Breaker.Jitter = dur(open), dur(open), jitter
		return mustRun(t, Run{Scenario: s, Policy: p}).Figures(s).T99
	}
	t99 := map[float64]time.Duration{}
	for _, jitter := range []float64{0, 0.2, 0.5} {
		t99[jitter] = run(jitter)
		t.Logf("jitter %.0f %%: t99 %v", 100*jitter, t99[jitter])
	}
	rate := s.Server.Capacity / s.Server.Cost.handshake()
	waves := func(w time.Duration) float64 {
		return math.Ceil(0.99 * float64(s.Clients.Number) / math.Ceil(rate*(queue+w).Seconds()))
	}
	// The first wave after the mute comes within an open time of its end, and a
	// wave's clients are back within the queue.
	soonest := 60*time.Second + time.Duration((waves(spread)-1)*float64(open))
	latest := 60*time.Second + time.Duration(waves(0)*float64(open+spread)) + open + queue + spread
	if got := t99[0]; got < soonest || got > latest {
		t.Errorf("in step, t99 is %v, want %v to %v", got, soonest, latest)
	}
	// Spread over 2 x jitter x open, a wave is served while it arrives.
	for _, jitter := range []float64{0.2, 0.5} {
		width := time.Duration(2 * jitter * float64(open))
		most := 60*time.Second + time.Duration((waves(width)+1)*float64(open)*(1+jitter)) + open
		if t99[jitter] > most {
			t.Errorf("jitter %v: t99 is %v, want at most %v", jitter, t99[jitter], most)
		}
	}
	if t99[0.2] > t99[0]/3 {
		t.Errorf("a jitter of 20 %% makes t99 %v of %v, want less than a third", t99[0.2], t99[0])
	}
}
