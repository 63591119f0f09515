package simulate

import "time"

// Figures are what a Result means. Times count from the trigger; a time that
// did not come within the run is Never.
type Figures struct {
	Peak          uint32        // most initializes that were sent in one second
	PeakRatio     float64       // Peak over the initializes that the server can serve in a second
	T50           time.Duration // until half of the affected clients held a live session again
	T99           time.Duration
	T999          time.Duration
	Floor         time.Duration // the outage, and the time to open all sessions beside the usual calls: see Margins
	Amplification float64       // initializes sent over those that opened a session
	Failed        uint64        // calls that ended in an error or passed the deadline
	FailedEach    float64       // Failed over clients
	Saved         uint64        // calls that met a failure and ended well
	Waste         float64       // share of all work that was for stale, rejected, denied or given-up requests
	P50           time.Duration // latency of calls that ended well after the trigger
	P99           time.Duration
	Added50       time.Duration // latency that a failure added to a saved call
	Added99       time.Duration
	Leaked        uint64  // sessions opened for a handshake that had been given up
	Goodput       float64 // calls that ended well in the last minute, over those that the fleet would make
	Metastable    bool    // Goodput below 0.9, ten minutes or more after the last event was over
	BreakerOpen   float64 // share of time, from the trigger on, over all processes
	Decisions     uint64  // times that the policy was asked to decide or admit
}

// healthyGoodput is the share of its usual calls from which on a fleet is back.
const healthyGoodput = 0.9

// Figures computes them. s is the scenario that was run.
func (r *Result) Figures(s Scenario) Figures {
	f := Figures{
		T50: r.Recovered[0], T99: r.Recovered[1], T999: r.Recovered[2], Floor: s.floor(),
		Saved: r.Saved, Leaked: r.Leaked, Decisions: r.Decisions(),
		P50: r.Latency.Quantile(0.5), P99: r.Latency.Quantile(0.99),
		Added50: r.Added.Quantile(0.5), Added99: r.Added.Quantile(0.99),
	}
	var sent, opened uint64
	for i, x := range r.Seconds {
		sent += uint64(x.Initializes)
		opened += uint64(x.Opened)
		f.Failed += uint64(x.Failed)
		if Time(i)*second >= r.Window.Trigger-second {
			f.Peak = max(f.Peak, x.Initializes)
		}
	}
	f.PeakRatio = float64(f.Peak) * s.Server.Cost.handshake() / s.Server.Capacity
	f.Amplification = over(float64(sent), float64(opened))
	f.FailedEach = float64(f.Failed) / float64(r.Clients)
	f.Waste = r.waste()
	f.Goodput = r.goodput(s)
	f.Metastable = f.Goodput < healthyGoodput && r.Reached-r.Window.Ended >= 10*60*second
	f.BreakerOpen = over(float64(r.OpenTime), float64(r.Processes)*float64(r.Reached-r.Window.Trigger))
	return f
}

// waste is the share of work that did nobody any good.
func (r *Result) waste() float64 {
	w := r.Work
	lost := w.Stale + w.Rejected + w.Denied
	all := lost
	for _, served := range w.Served {
		all += served
	}
	return over(lost+r.Wasted, all)
}

// goodput is taken over the last whole minute, or what there is of it.
func (r *Result) goodput(s Scenario) float64 {
	last := int(r.Reached / second)
	first := max(last-60, 0)
	good := 0.0
	for _, x := range r.Seconds[first:last] {
		good += float64(x.Good)
	}
	usual := float64(r.Clients) / time.Duration(s.Clients.Think).Seconds() * float64(last-first)
	return over(good, usual)
}

// over is a/b, and 0 where there is nothing to divide by.
func over(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// Share is the share of calls that ended well, of those that began while an
// outage was still to last between the row before and this one. ok is false if
// there were none.
func (s Survival) Share(row int) (upTo time.Duration, share float64, ok bool) {
	return outages[row], over(float64(s.Ended[row]), float64(s.Begun[row])), s.Begun[row] > 0
}
