package simulate

import "time"

// Figures are what a Result means. Times count from the trigger, which is the
// first event, or the run's begin if there is none; a time that did not come
// within the run is Never. What says nothing else counts over the whole run.
type Figures struct {
	// Most initializes that clients sent in one second, from the second before
	// the trigger on. Those sent to a server that is down count too.
	Peak      uint32
	PeakRatio float64 // the peak over the handshakes that the capacity would serve in a second, if there were nothing else

	// Time from the trigger until half of the affected clients hold a live
	// session again. Affected are those whose session an event took; who lost
	// several is back with the last.
	T50  time.Duration
	T99  time.Duration // the same for 99 % of them
	T999 time.Duration // the same for 99.9 % of them

	// About when the last session can be back at the earliest: the outage, then
	// the time to open all lost sessions (or to give out all credentials, if
	// that is longer) with the capacity that the usual calls leave. Never, if
	// they leave none. In a rolling restart: when the last replica goes down.
	Floor         time.Duration
	Amplification float64 // initializes sent over those that opened a session
	Failed        uint64  // calls that ended in an error or passed the deadline
	FailedEach    float64 // the same over clients
	Saved         uint64  // calls that met a failure, or had to wait for a handshake, and ended well

	// Share of all work that did nobody any good: answers to lost sessions, to
	// requests turned away, to expired credentials, and answers that came when
	// their client had given up. What a restart interrupted is not in it.
	Waste   float64
	P50     time.Duration // median latency, from call to answer, of the calls that ended well after the trigger
	P99     time.Duration // the same, 99 % of them
	Added50 time.Duration // median wait that a failure added to a saved call: from the call to the send that was answered well
	Added99 time.Duration // the same, 99 % of them
	Leaked  uint64        // sessions that the server opened when their client had given up the handshake: nobody uses them, nobody ends them

	// Calls that ended well in the last minute of the run, over those that the
	// fleet makes in a minute when calls take no time: clients / think. A
	// little above 1 is chance.
	Goodput     float64
	Metastable  bool    // the goodput is below 0.9 at the run's end, ten minutes or more after the last event was over
	BreakerOpen float64 // share of the time from the trigger on, over all processes, in which circuit breakers were open
	Decisions   uint64  // times that the policy was asked what becomes of a call (Decide) or whether a handshake may begin (Admit)
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
