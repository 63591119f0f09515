package simulate

import (
	"math"
	"slices"
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

const second = Time(time.Second)

// Window is the time that a run looks at.
type Window struct {
	Trigger Time // the first event; the run's begin if there is none
	Ended   Time // the last event is over
	End     Time // Ended and the horizon
}

// Window is the scenario's time.
func (s Scenario) Window() Window {
	w := Window{Trigger: never}
	for _, e := range s.Events {
		ended := e.At + e.For + e.Spread
		if e.Kind == Restart && e.Every > 0 {
			ended += Duration(s.Server.Replicas-1) * e.Every
		}
		w.Trigger = min(w.Trigger, Time(e.At))
		w.Ended = max(w.Ended, Time(ended))
	}
	if len(s.Events) == 0 {
		w.Trigger, w.Ended = 0, Time(s.Clients.Start.Over)
	}
	w.End = w.Ended + Time(s.Horizon)
	return w
}

// Whys is as many reasons as package policy may have.
const whys = 40

// Result is what a run counted. Its size does not depend on the fleet's; equal
// runs give equal bytes. Figures says what it means.
type Result struct {
	Scenario string
	Clients  int
	Sampled  int // clients that were simulated: all, unless Run.Sample said fewer
	Seed     uint64
	Window   Window
	Reached  Time   // the run's end, or how far it came before it was interrupted
	Events   uint64 // steps of virtual time

	Seconds  []Second
	Latency  Histogram // of the simulated calls that ended well after the trigger, from call to answer
	Added    Histogram // of the simulated saved calls: from call to the send that was answered well
	Decided  [whys]uint64
	Admitted [whys]uint64
	Failed   [whys]uint64 // calls that ended badly, by the last reason
	Settled  [8]uint64    // handshakes by policy.Ending
	Survival Survival

	Saved     uint64        // calls that met a failure and ended well
	Leaked    uint64        // sessions opened for a handshake that had been given up
	Wasted    float64       // units of work for answers that nobody waited for any more
	Work      Work          // units of work
	OpenTime  time.Duration // breakers were open, over all processes
	Processes int

	Affected    int // clients whose session an event took
	Unrecovered int // of those, without a session at the end
	Recovered   [3]time.Duration
}

// Second is one second of virtual time. What is counted is what happened in
// it; Waiting, Backoff and Backlog are at its end.
type Second struct {
	at Time

	Calls       uint32 // calls that users began
	Good        uint32 // calls that ended well
	Failed      uint32 // calls that ended in an error
	Initializes uint32 // handshakes sent, also to a server that is down
	Opened      uint32 // handshakes that opened a session
	Recovered   uint32 // of those, for a session that an event took
	Stale       uint32 // answers that a session is not known
	Rejected    uint32 // answers that the server is full
	Refused     uint32 // connections refused
	Refreshes   uint32 // new credentials asked for
	Waiting     uint32 // calls that wait
	Backoff     uint32 // of those, who wait to be sent again, or for a turn: the others, for a handshake
	Backlog     int64  // longest wait that a request would have at any replica; in ns, in CSV in seconds
}

// Survival counts calls that began while no replica was up, by how long that
// still lasted.
type Survival struct {
	Begun [len(outages)]uint64
	Ended [len(outages)]uint64 // well
}

// outages are the upper ends of Survival's rows.
var outages = [...]time.Duration{
	1 * time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 20 * time.Second, 30 * time.Second,
	60 * time.Second, 120 * time.Second, 300 * time.Second, time.Hour,
}

func (s *Survival) note(rest int64, well bool) {
	if rest == 0 {
		return
	}
	for i, most := range outages {
		if rest <= int64(most) {
			s.Begun[i]++
			if well {
				s.Ended[i]++
			}
			return
		}
	}
}

func newResult(r Run, w Window) *Result {
	c := r.Scenario.Clients
	x := &Result{Scenario: r.Scenario.Name, Clients: c.Number, Sampled: c.Number, Seed: r.Seed, Window: w}
	x.Processes = c.Number - c.Gateways.Processes*(c.Gateways.Sessions-1)
	x.Seconds = make([]Second, w.End/second+1)
	for i := range x.Seconds {
		x.Seconds[i].at = Time(i) * second
	}
	return x
}

// tick closes the seconds that have passed.
func (w *world) tick(now Time) {
	for now >= w.second.at+second {
		w.second.Waiting, w.second.Backoff = w.waiting, w.backoff
		w.second.Backlog = w.server.backlog(w.second.at + second)
		i := w.second.at/second + 1
		if int(i) == len(w.result.Seconds) {
			return
		}
		w.second = &w.result.Seconds[i]
	}
}

// success counts a call that ended well.
func (w *world) success(began, ended Time) {
	if ended >= w.end {
		return
	}
	w.result.Seconds[uint64(ended)/uint64(second)].Good++
	if ended > w.window.Trigger {
		w.result.Latency.add(ended - began)
	}
}

// waste counts work whose answer nobody waited for.
func (w *world) waste(k Kind) { w.result.Wasted += w.server.cost[k] }

// ended notes what a client's session is when the run ends, or is interrupted:
// what was still to come by then has taken nothing.
func (w *world) ended(id uint32, token Token) {
	if w.server.Swept(token, id, w.now) {
		w.opened[id] = unrecovered
	}
}

const unrecovered = ^uint32(0)

// finish computes what can be told only at the end.
func (w *world) finish(reached Time) *Result {
	r := w.result
	r.Reached = reached
	r.Work = w.server.Work
	var times []uint32
	for _, t := range w.opened {
		if t != 0 {
			times = append(times, t)
		}
		if t == unrecovered {
			r.Unrecovered++
		}
	}
	r.Affected = len(times)
	slices.Sort(times)
	for i, q := range []float64{0.5, 0.99, 0.999} {
		r.Recovered[i] = recoveredBy(times, q, w.window.Trigger)
	}
	return r
}

// Never is a time that did not come within the run.
const Never = time.Duration(never)

// recoveredBy is the time after the trigger until the share q was back.
func recoveredBy(sorted []uint32, q float64, trigger Time) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	last := int(math.Ceil(float64(q*float64(len(sorted)))-1e-6)) - 1 // who makes the share full: of 100 the 99th, not the 100th
	ms := sorted[max(last, 0)]
	if ms == unrecovered {
		return Never
	}
	return time.Duration(ms)*time.Millisecond - time.Duration(trigger)
}

// note writes one line of the trace, if there is one.
func (w *world) note(c *client, what step, detail uint64) {
	if w.trace != nil {
		w.trace(w.now, c.id, what, detail)
	}
}

// Decisions is how often the policy was asked to Decide or to Admit.
func (r *Result) Decisions() (n uint64) {
	for i := range r.Decided {
		n += r.Decided[i] + r.Admitted[i]
	}
	return n
}

// By gives counts by the policy's words, without zeros.
func By(counts [whys]uint64) map[policy.Why]uint64 {
	m := map[policy.Why]uint64{}
	for i, n := range counts {
		if n > 0 {
			m[policy.Why(i)] = n
		}
	}
	return m
}
