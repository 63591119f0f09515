package replay

import (
	"math"
	"slices"
	"time"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
)

// Residual is one figure as the trace has it, and as the fitted scenario has it
// in several worlds, over the same time.
type Residual struct {
	Figure string  `json:"figure"`
	Unit   string  `json:"unit"` // "s", or nothing
	Trace  float64 `json:"trace"`
	Low    float64 `json:"low"` // of the worlds
	High   float64 `json:"high"`
	Fits   bool    `json:"fits"` // within the worlds' range, give or take a tenth and three roots of a count
}

// observed are the figures that both have.
type observed struct {
	started, peak, opened, failed, t50, t95 float64
	back                                    []float64 // sessions opened in each second
}

// Check compares the trace with runs of the fitted scenario under the policy
// that was in force.
func (f Fit) Check(runs []*simulate.Result) []Residual {
	var worlds []observed
	for _, r := range runs {
		worlds = append(worlds, f.simulated(r))
	}
	var all []Residual
	row := func(figure, unit string, of func(o observed) float64) {
		x := Residual{Figure: figure, Unit: unit, Trace: of(f.happened), Low: math.Inf(1), High: math.Inf(-1)}
		for _, w := range worlds {
			x.Low, x.High = min(x.Low, of(w)), max(x.High, of(w))
		}
		slack := 0.1 * x.Trace
		if unit == "" {
			slack = max(slack, 3*math.Sqrt(x.Trace))
		} else {
			slack = max(slack, 1) // seconds are what is counted in
		}
		x.Fits = x.Trace >= x.Low-slack && x.Trace <= x.High+slack
		all = append(all, x)
	}
	row("handshakes", "", func(o observed) float64 { return o.started })
	row("most in a second", "", func(o observed) float64 { return o.peak })
	row("sessions opened", "", func(o observed) float64 { return o.opened })
	row("calls failed", "", func(o observed) float64 { return o.failed })
	row("half were back", "s", func(o observed) float64 { return o.t50 })
	row("95 % were back", "s", func(o observed) float64 { return o.t95 })
	return all
}

// stopping is the time at the end of a trace in which callers that leave do so
// because all is being stopped.
const stopping = 2 * time.Second

// happen is what the trace shows, from the trigger on.
func (f Fit) happen() (o observed) {
	x := f.incident
	started := map[int]float64{}
	over := map[string]time.Duration{} // calls whose end was decided and not yet told
	for _, e := range f.trace.events[x.begins:] {
		if e.why == policy.CallerGone && e.at > x.ends-stopping {
			continue
		}
		switch e.kind {
		case "recovery_started":
			o.started++
			second := x.second(e)
			started[second]++
			o.peak = max(o.peak, started[second])
		case "answer_judged":
			if a := e.action; a == policy.Return || a == policy.Fail || a == policy.Renew {
				o.failed++
				over[e.session] = e.at
			}
		case "call_failed": // the same call, unless it was not an answer that ended it
			if at, told := over[e.session]; told && e.at-at < 100*time.Millisecond {
				delete(over, e.session)
				continue
			}
			o.failed++
		}
	}
	back := make([]float64, int((x.ends-x.trigger)/time.Second)+1)
	for second, n := range x.opened {
		o.opened += float64(n)
		if second >= 0 && second < len(back) {
			back[second] += float64(n)
		}
	}
	o.back, o.t50, o.t95 = back, passed(back, 0.5), passed(back, 0.95)
	return o
}

// simulated is the same of a run, over the time that the trace lasts.
func (f Fit) simulated(r *simulate.Result) (o observed) {
	first := int(r.Window.Trigger / int64(time.Second))
	last := min(first+int((f.incident.ends-f.incident.trigger)/time.Second)+1, len(r.Seconds))
	var back []float64
	for _, s := range r.Seconds[first:last] {
		o.started += float64(s.Initializes)
		o.peak = max(o.peak, float64(s.Initializes))
		o.opened += float64(s.Opened)
		o.failed += float64(s.Failed)
		back = append(back, float64(s.Opened))
	}
	o.back, o.t50, o.t95 = back, passed(back, 0.5), passed(back, 0.95)
	return o
}

// passed is the second in which the share q of all had come.
func passed(seconds []float64, q float64) float64 {
	all := 0.0
	for _, n := range seconds {
		all += n
	}
	sum := 0.0
	return float64(slices.IndexFunc(seconds, func(n float64) bool {
		sum += n
		return sum >= q*all && all > 0
	}) + 1)
}
