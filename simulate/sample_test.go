package simulate

import (
	"math"
	"testing"
	"time"
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
