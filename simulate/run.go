package simulate

import (
	"context"
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

// Run is one fleet with one policy in one world.
type Run struct {
	Scenario Scenario
	Policy   policy.Policy
	Naive    policy.Policy // of the clients that are not governed; the zero value: policy.Named("naive-fixed")
	Seed     uint64

	// Sample makes a very large fleet a sample of itself: at most so many
	// clients are simulated, in front of a server as much smaller, and each
	// counts for as many as it stands for. What decides a run is clients over
	// capacity, so a figure of a sample of n misses that of the whole fleet by
	// chance alone, about 1/sqrt(n) of itself, and a count of one second, the
	// peak too, by 1/sqrt(what the sample counted in it). A sample of a million
	// keeps times, initializes and peak within 2 % (TestSample, TestSamplePeak)
	// where whole fleets of a million agree between themselves as well as that.
	// A fleet with gateways is sampled by one whole gateway at least, with its
	// share of the other clients: what its sessions share does not scale.
	// 0: all are simulated.
	Sample int

	// Progress is told about once a second of virtual time how far the run is,
	// in the goroutine that runs it; nil: nobody.
	Progress func(reached, end time.Duration, events uint64)
}

// engine moves a world from its begin to its end, or until watch says stop. It
// returns how far it came.
type engine interface {
	run(w *world, watch func(now Time) bool) (reached Time)
}

// Do runs to the end. When ctx ends before, the Result holds what was counted
// until Reached, and the error is the context's. Other errors name what is
// wrong with scenario or policy; there is no Result then.
func (r Run) Do(ctx context.Context) (*Result, error) {
	return r.on(ctx, new(wheel), nil)
}

func (r Run) on(ctx context.Context, e engine, trace func(Time, uint32, step, uint64)) (*Result, error) {
	if r.Naive == (policy.Policy{}) {
		r.Naive, _ = policy.Named("naive-fixed")
	}
	if err := r.Scenario.Validate(); err != nil {
		return nil, err
	}
	fleet := r.Scenario.Clients.Number
	if g := r.Scenario.Clients.Gateways; g.Processes > 0 { // a gateway's pacing and breaker do not scale: one is whole
		r.Sample = max(r.Sample, min(r.Sample, 1)*(fleet/g.Processes))
	}
	if r.Sample > 0 && r.Sample < fleet {
		r.Scenario = r.Scenario.Scaled(r.Sample)
	}
	w, err := newWorld(r)
	if err != nil {
		return nil, err
	}
	w.trace = trace
	reached := e.run(w, func(now Time) bool {
		if r.Progress != nil {
			r.Progress(time.Duration(now), time.Duration(w.end), w.result.Events)
		}
		return ctx.Err() == nil
	})
	result := w.finish(reached)
	if r.Scenario.Clients.Number < fleet {
		result.standFor(fleet)
	}
	if reached < w.end {
		return result, context.Cause(ctx)
	}
	return result, nil
}

// close ends the last second.
func (w *world) close(reached Time) {
	w.now = reached
	w.tick(reached)
	w.second.Waiting, w.second.Backoff = w.waiting, w.backoff
	w.server.advance(reached)
}
