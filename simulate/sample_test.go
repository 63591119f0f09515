package simulate

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

// A sample's figures are its fleet's. A quarter of 200,000 clients misses a
// count that all clients have a part in by about 1/sqrt(50,000), half a per
// cent; 2 % is four times that. The peak is one second's count, 13,000 in the
// sample: four of its standard errors are 3.5 %.
func TestSample(t *testing.T) {
	run := benchmarked(200_000)
	run.Scenario.Horizon = dur(5 * time.Minute)
	whole := mustRun(t, run)
	run.Sample = 50_000
	part := mustRun(t, run)
	if whole.Sampled != 200_000 || part.Sampled != 50_000 || part.Clients != 200_000 {
		t.Errorf("%d of %d, and %d of %d were simulated", whole.Sampled, whole.Clients, part.Sampled, part.Clients)
	}
	w, p := whole.Figures(run.Scenario), part.Figures(run.Scenario)
	sum := func(r *Result, of func(Second) uint32) (n float64) {
		for _, x := range r.Seconds {
			n += float64(of(x))
		}
		return n
	}
	initializes := func(x Second) uint32 { return x.Initializes }
	calls := func(x Second) uint32 { return x.Calls }
	for _, c := range []struct {
		name        string
		whole, part float64
	}{
		{"initializes", sum(whole, initializes), sum(part, initializes)},
		{"calls", sum(whole, calls), sum(part, calls)},
		{"peak", float64(w.Peak), float64(p.Peak)},
		{"t50", w.T50.Seconds(), p.T50.Seconds()},
		{"t99", w.T99.Seconds(), p.T99.Seconds()},
		{"failed", float64(w.Failed), float64(p.Failed)},
		{"saved", float64(w.Saved), float64(p.Saved)},
		{"decisions", float64(w.Decisions), float64(p.Decisions)},
		{"waste", w.Waste, p.Waste},
		{"goodput", w.Goodput, p.Goodput},
		{"breaker open", w.BreakerOpen, p.BreakerOpen},
		{"p99", w.P99.Seconds(), p.P99.Seconds()},
	} {
		off := c.part/c.whole - 1
		t.Logf("%-12s whole %12.3f, sample %12.3f (%+.2f %%)", c.name, c.whole, c.part, 100*off)
		most := 0.02
		if c.name == "peak" {
			most = 4 / math.Sqrt(c.part/4)
		}
		if math.Abs(off) > most {
			t.Errorf("%s: the sample says %v, the whole fleet %v", c.name, c.part, c.whole)
		}
	}
}

// A sample of half a million misses its fleet of a million by as much as a
// sample of a million misses a very large fleet: 1/500,000 - 1/1,000,000 is
// 1/1,000,000, the variance of both. Its peak is within 2 %.
//
// Two whole fleets of a million differ by more than that between themselves
// where the peak is the largest of six hundred counts of 1,700 that are alike
// (morning), and where the first two seconds decide, by the order in which a
// short queue is filled (restart-costly). No sample can follow one of them; what
// it can tell is their mean.
func TestSamplePeak(t *testing.T) {
	if testing.Short() || RaceEnabled {
		t.Skip("runs millions of clients")
	}
	const within = 0.02
	for _, c := range []struct {
		name  string
		after time.Duration // the last event; the peak is over then
		seeds int
		mean  bool // is what is compared, not each world
	}{
		{"era-mix", 20 * time.Second, 2, false},
		{"morning", 20 * time.Second, 4, true},
		{"mute-handshakes", 20 * time.Second, 2, false},
		{"outage-busy", 20 * time.Second, 2, false},
		{"partial-outage", 20 * time.Second, 2, false},
		{"restart-costly", 5 * time.Second, 6, true},
		{"restart-eager", 20 * time.Second, 2, false},
		{"restart-lazy", 20 * time.Second, 2, false},
	} {
		s, _ := Named(c.name)
		s = s.Scaled(1_000_000)
		s.Horizon = policy.Duration(c.after)
		var runs []Run
		for k := range c.seeds {
			run := Run{Scenario: s, Policy: policy.Default(), Seed: uint64(k + 1)}
			runs = append(runs, run)
			run.Sample = 500_000
			runs = append(runs, run)
		}
		peaks := make([]float64, len(runs))
		Each(t.Context(), runs, func(i int, r *Result, err error) {
			if err != nil {
				t.Error(err)
				return
			}
			peaks[i] = float64(r.Figures(s).Peak)
		})
		var whole, part float64
		for i := 0; i < len(peaks); i += 2 {
			off := peaks[i+1]/peaks[i] - 1
			t.Logf("%-16s seed %d: whole %7.0f, sample %7.0f (%+.2f %%)", c.name, i/2+1, peaks[i], peaks[i+1], 100*off)
			if !c.mean && !(math.Abs(off) <= within) {
				t.Errorf("%s, seed %d: the sample's peak is %.0f, the whole fleet's %.0f", c.name, i/2+1, peaks[i+1], peaks[i])
			}
			whole, part = whole+peaks[i], part+peaks[i+1]
		}
		if off := part/whole - 1; !(math.Abs(off) <= within) {
			t.Errorf("%s: the samples' mean peak is %+.2f %% from the whole fleets'", c.name, 100*off)
		}
	}
}

// What is made quiet is chance only. A tenth of a fleet that sends 17,000 a
// second for ten minutes counts 1,700 on average: the fleet's largest count is
// told to 2 %, and to 1 % on average, where the sample's own is off by 4 % and
// more. A spike, the steep side of a storm and waves stay what they were.
func TestQuiet(t *testing.T) {
	const by, seeds, level = 10, 20, 1700
	loud, sum := 0.0, 0.0
	for seed := range Chance(seeds) {
		draw := func(i int, mean float64) float64 { // nearly a Poisson count
			sum := 0.0
			for k := range uint64(12) {
				sum += unit((seed << 32).bits(forStart, uint32(i), k))
			}
			return mean + math.Sqrt(mean)*(sum-6)
		}
		spike := func(i int) bool { return i == 50 }
		storm := func(i int) bool { return 100 <= i && i < 130 }
		waves := func(i int) bool { return 200 <= i && i < 300 }
		flat := func(i int) bool { return i >= 350 }
		sample := make([]Second, 950)
		own, fleet, high := 0.0, 0.0, 0.0
		for i := range sample {
			x := draw(i, level)
			switch {
			case spike(i):
				x = 1.4 * level
			case storm(i):
				x = level + draw(i, 400*float64(130-i))
			case waves(i) && i/5%2 == 0:
				x += 0.1 * level
			case flat(i):
				own, fleet = max(own, by*x), max(fleet, draw(1000+i, by*level))
			}
			sample[i].Initializes = uint32(x)
		}
		before := slices.Clone(sample)
		r := Result{Clients: 1000, Seconds: sample}
		r.standFor(1000 * by)
		peak := 0.0
		for i := range sample {
			was, is := by*float64(before[i].Initializes), float64(sample[i].Initializes)
			switch {
			case flat(i):
				peak = max(peak, is)
			case spike(i), storm(i) && i < 110:
				if math.Abs(is/was-1) > 0.02 {
					t.Errorf("seed %d: second %d had %.0f, and has %.0f", seed, i, was, is)
				}
			case waves(i) && i/5%2 == 0:
				high += is
			case waves(i):
				high -= is
			}
		}
		if high /= 50 * by * 0.1 * level; high < 0.7 { // the noise of the 100 counts alone is 5 %
			t.Errorf("seed %d: %.2f is left of the waves", seed, high)
		}
		off := peak/fleet - 1
		if math.Abs(off) > 0.02 {
			t.Errorf("seed %d: the peak is %.0f, the fleet's %.0f", seed, peak, fleet)
		}
		sum += off
		loud += own/fleet - 1
	}
	t.Logf("on average the peak is off by %+.2f %%, the sample's own by %+.2f %%", 100*sum/seeds, 100*loud/seeds)
	if loud/seeds < 0.04 || math.Abs(sum/seeds) > 0.01 {
		t.Errorf("on average the peak is off by %.3f, the sample's own by %.3f", sum/seeds, loud/seeds)
	}
}
