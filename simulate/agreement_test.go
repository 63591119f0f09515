package simulate_test

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
)

// It predicts: a fleet of real Transports, in memory and in virtual time, meets
// the same server value, with the same random numbers, as the simulator's fleet
// does. Where no two things happen to one of them at the same instant, both do
// the same to the nanosecond; so round trips differ between clients here, and
// turns of a gateway come one by one.
func TestAgreement(t *testing.T) {
	clients, seeds := 2000, uint64(2)
	if simulate.RaceEnabled {
		clients, seeds = 200, 1
	}
	for _, name := range []string{"restart-eager", "outage", "no-affinity", "gateway"} {
		for seed := range seeds {
			t.Run(fmt.Sprintf("%s, seed %d", name, seed), func(t *testing.T) {
				t.Parallel()
				s, ok := simulate.Named(name)
				if !ok {
					t.Fatal("there is no such scenario")
				}
				run := onBothSides(s, clients, seed)
				if name == "gateway" {
					run.Policy.Pacing.Burst = 1
				}
				compare(t, predict(t, run), happen(t, run))
			})
		}
	}
}

// TestAgreementOfGateways: with the default policy a gateway's sessions take
// their turns in bursts, at the same instant, and goroutines come to it in any
// order: who is first differs, and with it what becomes of each. So the two
// sides agree on average: initializes within 1 %, the rest within 5 % or 3
// standard errors of the paired difference.
func TestAgreementOfGateways(t *testing.T) {
	if simulate.RaceEnabled {
		t.Skip("TestAgreement is the look at races; this one needs many runs")
	}
	const clients, seeds = 2000, 16
	s, _ := simulate.Named("gateway")
	pairs := make([][2]figures, seeds)
	t.Run("runs", func(t *testing.T) {
		for seed := range pairs {
			t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
				t.Parallel()
				run := onBothSides(s, clients, uint64(seed))
				pairs[seed] = [2]figures{predict(t, run), happen(t, run)}
			})
		}
	})
	for _, f := range []struct {
		name  string
		of    func(figures) float64
		share float64
	}{
		{"initializes", func(f figures) float64 { return f.initializes }, 0.01},
		{"opened", func(f figures) float64 { return f.opened }, 0.01},
		{"calls", func(f figures) float64 { return f.calls }, 0.01},
		{"peak", func(f figures) float64 { return f.peak }, 0.05},
		{"failed", func(f figures) float64 { return f.failed }, 0.05},
		{"t50", func(f figures) float64 { return f.t50.Seconds() }, 0.05},
		{"t99", func(f figures) float64 { return f.t99.Seconds() }, 0.05},
	} {
		var simulated, happened, squares float64
		for _, p := range pairs {
			simulated += f.of(p[0]) / seeds
			happened += f.of(p[1]) / seeds
		}
		difference := simulated - happened
		for _, p := range pairs {
			squares += math.Pow(f.of(p[0])-f.of(p[1])-difference, 2)
		}
		standardError := math.Sqrt(squares / (seeds - 1) / seeds)
		t.Logf("%-12s simulated %10.3f, happened %10.3f, standard error of the difference %7.3f", f.name, simulated, happened, standardError)
		if d := math.Abs(difference); d > f.share*happened && d > 3*standardError {
			t.Errorf("%s: simulated %v, happened %v", f.name, simulated, happened)
		}
		if happened == 0 {
			t.Errorf("%s: nothing to compare", f.name)
		}
	}
}

// onBothSides is a run that a fleet of real clients can play too.
func onBothSides(s simulate.Scenario, clients int, seed uint64) simulate.Run {
	run := simulate.Run{Scenario: s.Scaled(clients), Policy: policy.Default(), Seed: seed}
	run.Scenario.Clients.Spread = policy.Duration(time.Millisecond)
	run.Scenario.Horizon = policy.Duration(3 * time.Minute)
	if run.Scenario.Clients.Gateways.Sessions > 0 {
		run.Scenario.Clients.Gateways = simulate.Gateways{Processes: 2, Sessions: clients / 2}
	}
	return run
}

func happen(t *testing.T, run simulate.Run) (f figures) {
	synctest.Test(t, func(t *testing.T) { f = live(t, run) })
	return f
}

// figures are what both fleets are measured by.
type figures struct {
	initializes, peak, failed, opened, calls float64
	t50, t99                                 time.Duration
}

func predict(t *testing.T, run simulate.Run) figures {
	r, err := run.Do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := r.Figures(run.Scenario)
	g := figures{peak: float64(f.Peak), failed: float64(f.Failed), t50: f.T50, t99: f.T99}
	for _, x := range r.Seconds {
		g.initializes += float64(x.Initializes)
		g.opened += float64(x.Opened)
		g.calls += float64(x.Calls)
	}
	return g
}

// compare wants initializes within 1 %, the rest within 5 %.
func compare(t *testing.T, s, h figures) {
	t.Helper()
	row := func(name string, s, h, share float64) {
		t.Logf("%-12s simulated %10.3f, happened %10.3f", name, s, h)
		if math.Abs(s-h) > share*h {
			t.Errorf("%s: simulated %v, happened %v", name, s, h)
		}
	}
	row("initializes", s.initializes, h.initializes, 0.01)
	row("opened", s.opened, h.opened, 0.01)
	row("calls", s.calls, h.calls, 0.01)
	row("peak", s.peak, h.peak, 0.05)
	row("failed", s.failed, h.failed, 0.05)
	row("t50", s.t50.Seconds(), h.t50.Seconds(), 0.05)
	row("t99", s.t99.Seconds(), h.t99.Seconds(), 0.05)
	if h.initializes == 0 || h.opened == 0 || h.failed == 0 {
		t.Errorf("nothing to compare: %+v", h)
	}
}
