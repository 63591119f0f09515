package simulate

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
)

// replicated compares the mean of independent replications with what theory
// says. The tolerance is four standard errors of that mean, from the
// replications' own spread: right for any estimator, also of values that hang
// together as waits in a queue do, at odds of 1:1000 with 15 degrees of freedom.
// A tolerance of more than most of the value would prove nothing, and fails.
func replicated(t *testing.T, name string, want, most float64, estimate func(seed Chance) float64) {
	t.Helper()
	const n = 16
	var sum, squares float64
	for seed := range n {
		x := estimate(Chance(seed))
		sum += x
		squares += x * x
	}
	mean := sum / n
	tolerance := 4 * math.Sqrt(max(squares/n-mean*mean, 0)/(n-1))
	t.Logf("%-32s %10.5f, theory %10.5f, tolerance %.5f", name, mean, want, tolerance)
	if math.Abs(mean-want) > tolerance {
		t.Errorf("%s is %v, want %v ± %v", name, mean, want, tolerance)
	}
	if tolerance > most*want {
		t.Errorf("%s: a tolerance of %v is no test of %v", name, tolerance, want)
	}
}

// open is an open queue: Poisson arrivals of rate requests a second at a server
// of the given kind, with no limits but what change sets.
func open(rate float64, n int, seed Chance, change func(v *ServerSpec)) (sojourns []float64, rejected int) {
	s := Base()
	s.Clients.Number = 1
	s.Server.Queue, s.Server.Cost.Call, s.Server.Cost.Reject = dur(time.Hour), 1, 0
	change(&s.Server)
	server := NewServer(s, seed)
	token := server.Opened(0, false)
	now := Time(0)
	for i := range n {
		now += exponential(seed.bits(forThinking, 0, uint64(i)), int64(1e9/rate))
		r := server.Arrive(now, Request{Kind: Call, Token: token})
		switch {
		case r.Cause == Full:
			rejected++
		case i > n/10: // the queue has forgotten that it began empty
			sojourns = append(sojourns, float64(r.Done-now)/1e9)
		}
	}
	return sojourns, rejected
}

func mean(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}

// M/M/1 with a load of 0.8 and a mean service of one second: W = 1/(1-0.8),
// Wq = W - 1, and W is exponential, so that its 99th percentile is W ln 100.
func TestOracleMM1(t *testing.T) {
	queue := func(seed Chance) []float64 {
		xs, _ := open(0.8, 200_000, seed, func(v *ServerSpec) { v.Capacity, v.Variation = 1, 1 })
		return xs
	}
	replicated(t, "M/M/1 W", 5, 0.05, func(seed Chance) float64 { return mean(queue(seed)) })
	replicated(t, "M/M/1 p99 of W", 5*math.Log(100), 0.1, func(seed Chance) float64 {
		xs := queue(seed)
		slices.Sort(xs)
		return xs[len(xs)*99/100]
	})
}

// M/M/c: Wq = C/(c-a), where C is Erlang's second formula.
func TestOracleMMc(t *testing.T) {
	for _, c := range []struct {
		workers  int
		load, wq float64
		n        int
	}{{4, 3.2, 0.745541, 150_000}, {10, 8, 0.204590, 150_000}, {100, 90, 0.021694, 250_000}} {
		replicated(t, fmt.Sprintf("M/M/%d Wq", c.workers), c.wq, 0.2, func(seed Chance) float64 {
			xs, _ := open(c.load, c.n, seed, func(v *ServerSpec) {
				v.Capacity, v.Variation, v.Workers = float64(c.workers), 1, c.workers
			})
			return mean(xs) - 1
		})
	}
}

// Losses: M/M/1/K, whose blocking is (1-r)r^K/(1-r^(K+1)), and Erlang's first
// formula for ten workers without a queue.
func TestOracleLoss(t *testing.T) {
	for _, c := range []struct {
		name           string
		workers, depth int
		load, blocked  float64
	}{
		{"M/M/1/20 load 0.9", 1, 20, 0.9, 0.013651},
		{"M/M/1/20 load 1.5", 1, 20, 1.5, 0.333400},
		{"M/M/1/10 load 5", 1, 10, 5, 0.800000},
		{"M/M/10/10 load 8", 10, 10, 8, 0.121661},
	} {
		replicated(t, c.name, c.blocked, 0.15, func(seed Chance) float64 {
			const n = 60_000
			_, rejected := open(c.load, n, seed, func(v *ServerSpec) {
				v.Capacity, v.Variation, v.Workers, v.Depth = float64(c.workers), 1, c.workers, c.depth
			})
			return float64(rejected) / n
		})
	}
}

// M/G/1, Pollaczek and Khinchine: Wq = r(1+v)/(2(1-r)) for a load of 0.8 and a
// squared coefficient of variation v.
func TestOraclePollaczekKhinchine(t *testing.T) {
	for _, v := range []float64{0, 0.25, 1, 4} {
		replicated(t, fmt.Sprintf("M/G/1 Wq, variation %v", v), 2*(1+v), 0.15, func(seed Chance) float64 {
			xs, _ := open(0.8, 200_000, seed, func(s *ServerSpec) { s.Capacity, s.Variation = 1, v })
			return mean(xs) - 1
		})
	}
}

// A closed fleet at a quiet server makes N/(Z+R) calls a second, R being the
// round trip with service: each client is a renewal process. The number of
// calls in t seconds has a variance of at most its mean, so four of its roots
// are four standard deviations and a little more.
func TestOracleClosedLoop(t *testing.T) {
	s := Base()
	s.Clients.Number, s.Clients.Think, s.Clients.RTT = 5000, dur(2*time.Second), dur(500*time.Millisecond)
	s.Server.Capacity, s.Server.Replicas = 1e6, 1
	s.Horizon = dur(200 * time.Second)
	r := mustRun(t, Run{Scenario: s, Policy: named(t, "default")})
	var good float64
	for _, x := range r.Seconds[50:200] {
		good += float64(x.Good)
	}
	want := 5000 / 2.5 * 150
	if math.Abs(good-want) > 4*math.Sqrt(want) {
		t.Errorf("%v calls, want %v ± %v", good, want, 4*math.Sqrt(want))
	}
}
