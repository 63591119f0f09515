package replay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
)

// mostRefined bounds the fleet on which a capacity is tried: results depend on
// clients over capacity.
const mostRefined = 5000

// refineSeeds are the worlds in which each capacity is tried: the more, the
// smaller the fleet is, since chance weighs more there.
func refineSeeds(clients int) int { return min(max(mostRefined/clients, 3), 32) }

// Refine looks for the capacity with which the policy that was in force makes
// the trace's recovery, where the server showed one by turning handshakes away.
// What it did besides handshakes is in no event, so their rate alone tells less
// than the whole curve.
func (f *Fit) Refine(ctx context.Context, ran policy.Policy) error {
	i := slices.IndexFunc(f.Known, func(k Known) bool { return k.Field == "server.capacity" })
	if i < 0 {
		return nil
	}
	base := f.Scenario.Server.Capacity
	for _, span := range []struct{ step, from, to float64 }{{4, -4, 10}, {16, -3, 3}} {
		var factors []float64
		for at := span.from; at <= span.to; at++ {
			factors = append(factors, round(base*math.Exp2(at/span.step), 3))
		}
		best, err := f.nearest(ctx, ran, factors)
		if err != nil {
			return err
		}
		base = best
	}
	f.can(&f.Scenario, base)
	f.Known[i].Value = fmt.Sprint(base)
	f.Known[i].From = fmt.Sprintf("of those tried the one with which the policy that ran makes the trace's recovery, at a cost of %v", f.Scenario.Server.Cost.Initialize)
	if j := slices.IndexFunc(f.Known, func(k Known) bool { return k.Field == "clients.rtt" }); j >= 0 {
		f.Known[j].Value = f.Scenario.Clients.RTT.String()
		f.Known[j].From += ", without its service"
	}
	return nil
}

// can gives a scenario a capacity, and the round trip that the shortest
// handshake then leaves.
func (f *Fit) can(s *simulate.Scenario, capacity float64) {
	s.Server.Capacity = capacity
	if slices.Contains(f.given, "clients.rtt") {
		return
	}
	served := time.Duration((s.Server.Cost.Initialize + s.Server.Cost.Initialized) / capacity * float64(time.Second))
	s.Clients.RTT = simulate.Duration(max(((at(f.incident.flights, 0.01) - served) / 2).Round(10*time.Microsecond), time.Millisecond))
}

// nearest is the capacity whose runs are nearest to the trace.
func (f *Fit) nearest(ctx context.Context, ran policy.Policy, capacities []float64) (float64, error) {
	var runs []simulate.Run
	var tried []float64
	seeds := refineSeeds(f.Scenario.Clients.Number)
	for _, capacity := range capacities {
		s := f.Scenario
		f.can(&s, capacity)
		s.Horizon = simulate.Duration(max(f.incident.ends-f.incident.trigger, time.Second))
		if s = s.Scaled(min(s.Clients.Number, mostRefined)); s.Validate() != nil {
			continue
		}
		tried = append(tried, capacity)
		for seed := range uint64(seeds) {
			runs = append(runs, simulate.Run{Scenario: s, Policy: ran, Seed: seed})
		}
	}
	if len(tried) == 0 {
		return 0, errors.New("no capacity near the one that the trace shows makes a valid scenario")
	}
	off := make([]float64, len(tried))
	parts := make([]float64, len(runs)) // summed in one order, so that a sum's last bit is always the same
	var wrong error
	simulate.Each(ctx, runs, func(i int, r *simulate.Result, err error) {
		if err != nil {
			wrong = err
			return
		}
		parts[i] = f.distance(r)
	})
	if wrong != nil {
		return 0, wrong
	}
	for i, part := range parts {
		off[i/seeds] += part
	}
	best := 0
	for i := range off {
		if cmp.Less(off[i], off[best]) {
			best = i
		}
	}
	return tried[best], nil
}

// distance is how far a run is from the trace: the largest gap between the two
// recovery curves, and how far the counts of handshakes are apart.
func (f *Fit) distance(r *simulate.Result) float64 {
	s, h := f.simulated(r), f.happened
	scale := float64(f.Scenario.Clients.Number) / float64(r.Clients)
	far := math.Abs(math.Log((s.started*scale + 1) / (h.started + 1)))
	gap, a, b := 0.0, 0.0, 0.0
	for i := range max(len(s.back), len(h.back)) {
		if i < len(s.back) {
			a += s.back[i] * scale
		}
		if i < len(h.back) {
			b += h.back[i]
		}
		gap = max(gap, math.Abs(a-b))
	}
	return gap/max(b, 1) + far
}
