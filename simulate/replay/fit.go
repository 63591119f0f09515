package replay

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/mcprecover/mcprecover/simulate"
)

// Known is a field that the trace tells.
type Known struct {
	Field string `json:"field"`
	Value string `json:"value"`
	From  string `json:"from"` // what in the trace tells it
}

// Unknown is a field that the trace cannot tell.
type Unknown struct {
	Field   string `json:"field"`
	Assumed string `json:"assumed"`
	Why     string `json:"why"`
}

// Fit is a scenario that suits a trace.
type Fit struct {
	Scenario simulate.Scenario
	Known    []Known
	Unknown  []Unknown

	incident *incident
	happened observed
	trace    Trace
	base     simulate.Scenario
	given    []string
}

// least is how many observations a number needs: then its standard error is
// below a quarter of it.
const least = 20

// before is the quiet time that a fitted scenario begins with, and longest how
// long after the trigger the trace is looked at: a run may take 70 minutes.
const (
	before  = time.Minute
	longest = time.Hour
)

// Fit fits a scenario. What the trace does not tell is taken from base, and so
// are the fields that are given, whatever the trace says: these are not asked
// for.
func (t Trace) Fit(base simulate.Scenario, given ...string) (Fit, error) {
	t, left := t.hour()
	x, err := t.look()
	if err != nil {
		return Fit{}, err
	}
	f := Fit{Scenario: base, incident: x, trace: t, base: base, given: given}
	s := &f.Scenario
	s.Name, s.About, s.Governed = "replayed", "fitted to the trace of an incident", true
	s.Clients.Start, s.Clients.Gateways = simulate.StartSpec{}, simulate.Gateways{}
	if x.troubles > 1 {
		f.knows("incident", fmt.Sprintf("the worst of %d", x.troubles), "times of trouble that are apart; the %d events before it tell of the fleet only", x.begins)
	}
	if left > 0 {
		f.knows("horizon", longest, "what is later than that after the trigger, %d events, is left out", left)
	}
	f.fleet()
	if err := f.event(); err != nil {
		return Fit{}, err
	}
	f.keep()
	f.users()
	f.keep()
	f.server()
	f.keep()
	f.happened = f.happen()
	over := time.Duration(s.Events[0].For + s.Events[0].Spread)
	s.Horizon = simulate.Duration(min(max(x.ends-x.trigger-over, 30*time.Minute), longest-over).Round(time.Second))
	f.Unknown = slices.DeleteFunc(f.Unknown, func(u Unknown) bool { return slices.Contains(given, u.Field) })
	return f, s.Validate()
}

// kept are the fields that somebody may know better than the trace.
var kept = map[string]func(to, from *simulate.Scenario){
	"clients.eager":   func(to, from *simulate.Scenario) { to.Clients.Eager = from.Clients.Eager },
	"clients.think":   func(to, from *simulate.Scenario) { to.Clients.Think = from.Clients.Think },
	"clients.safe":    func(to, from *simulate.Scenario) { to.Clients.Safe = from.Clients.Safe },
	"clients.rtt":     func(to, from *simulate.Scenario) { to.Clients.RTT = from.Clients.RTT },
	"server.down":     func(to, from *simulate.Scenario) { to.Server.Down = from.Server.Down },
	"server.stale":    func(to, from *simulate.Scenario) { to.Server.Stale = from.Server.Stale },
	"server.capacity": func(to, from *simulate.Scenario) { to.Server.Capacity = from.Server.Capacity },
	"server.queue":    func(to, from *simulate.Scenario) { to.Server.Queue = from.Server.Queue },
	"server.full":     func(to, from *simulate.Scenario) { to.Server.Full = from.Server.Full },
}

// keep takes the given fields back to what was said of them.
func (f *Fit) keep() {
	for field, copied := range kept {
		if slices.Contains(f.given, field) {
			copied(&f.Scenario, &f.base)
		}
	}
	f.Known = slices.DeleteFunc(f.Known, func(k Known) bool { return kept[k.Field] != nil && slices.Contains(f.given, k.Field) })
}

func (f *Fit) knows(field string, value any, from string, args ...any) {
	f.Known = append(f.Known, Known{field, fmt.Sprint(value), fmt.Sprintf(from, args...)})
}

func (f *Fit) asks(field string, assumed any, why string, args ...any) {
	f.Unknown = append(f.Unknown, Unknown{field, fmt.Sprint(assumed), fmt.Sprintf(why, args...)})
}

// fleet: how many clients, in how many processes, with how many streams.
func (f *Fit) fleet() {
	x, c := f.incident, &f.Scenario.Clients
	c.Number = max(len(x.sessions), 1)
	f.knows("clients.number", c.Number, "sessions in the trace")
	f.asks("clients not in it", 0, "other clients of the same server leave no event here; if there are any, capacity is what they left")
	switch each := c.Number / max(x.processes, 1); {
	case x.processes == 0:
		c.Gateways = simulate.Gateways{Processes: 1, Sessions: c.Number}
		f.asks("clients.gateways.processes", 1, "the trace begins in the middle: it does not show how many Transports there were")
	case each > 1:
		c.Gateways = simulate.Gateways{Processes: x.processes, Sessions: each}
		f.knows("clients.gateways", fmt.Sprintf("%d x %d", x.processes, each), "breakers that began closed, and sessions for each")
	default:
		f.knows("clients.gateways", "none", "%d breakers began closed: one for each session", x.processes)
	}
	streams := 0
	for _, s := range x.sessions {
		if s.streams {
			streams++
		}
	}
	c.Eager = round(float64(streams)/float64(c.Number), 2)
	f.knows("clients.eager", c.Eager, "%d of %d sessions had a listening stream", streams, len(x.sessions))
}

// event: what befell the server.
func (f *Fit) event() error {
	x := f.incident
	e := simulate.Event{At: simulate.Duration(before)}
	lasted := func() simulate.Duration { // it ended between the last sign and the first answer of a server that is up
		end, up := x.away, x.back
		if x.up >= 0 {
			up = x.up
		}
		if up > end {
			end = (end + up) / 2
		}
		return simulate.Duration((end - x.trigger).Round(10 * time.Millisecond))
	}
	switch {
	case x.how == timedOut:
		e.Kind, e.For = simulate.Cut, lasted()
		f.knows("events[0]", fmt.Sprintf("cut for %v", e.For), "requests timed out until then")
	case x.how != none:
		e.Kind, e.For = simulate.Restart, lasted()
		f.Scenario.Server.Down = "refused"
		if x.how != refused {
			f.Scenario.Server.Down = strconv.Itoa(int(x.how))
		}
		f.knows("events[0]", fmt.Sprintf("restart for %v", e.For), "no connection, or a proxy's answer, until a session was opened again")
		f.knows("server.down", f.Scenario.Server.Down, "what most calls met meanwhile")
	case len(x.stale) > 0:
		e.Kind = simulate.Forget
		f.knows("events[0]", "forget", "sessions were lost, and the server was there")
	default:
		return fmt.Errorf("the trace shows neither an outage nor a lost session, only answers that were not good: that cannot be fitted")
	}
	var parked []time.Duration
	for _, s := range x.sessions {
		if s.parked >= 0 && (x.back < 0 || s.parked < x.trigger+time.Duration(e.For)) {
			parked = append(parked, s.parked-x.trigger)
		}
	}
	if len(parked) >= least {
		slices.Sort(parked)
		e.Spread = simulate.Duration(at(parked, 0.98).Round(100 * time.Millisecond))
		f.knows("events[0].spread", e.Spread, "98 %% of %d streams had noticed by then", len(parked))
	} else if e.Kind != simulate.Restart || f.Scenario.Clients.Eager > 0 { // only streams notice a restart before they call
		f.asks("events[0].spread", e.Spread, "%d streams noticed the event: to know how it spread takes %d", len(parked), least)
	}
	f.Scenario.Events = []simulate.Event{e}
	return nil
}

// users: how often they call. A good call leaves no event, but the first that
// meets the trouble does: until then, or until its session is back, every
// session is a chance that lasts (the estimate of a censored exponential).
func (f *Fit) users() {
	x, c := f.incident, &f.Scenario.Clients
	var exposed time.Duration
	calls, known := 0, 0
	for _, s := range x.sessions {
		if s.seen >= x.trigger {
			continue // seen because it called: it says nothing of those that did not
		}
		known++
		until := x.ends
		if s.restored >= 0 {
			until = s.restored
		}
		if s.called >= 0 && s.called <= until {
			until = s.called
			calls++
		}
		exposed += until - x.trigger
	}
	if calls >= least {
		think := (exposed / time.Duration(calls)).Round(100 * time.Millisecond)
		c.Think = simulate.Duration(max(think, time.Millisecond))
		f.knows("clients.think", c.Think, "%d first calls in %v of %d sessions that waited for one", calls, exposed.Round(time.Second), known)
	} else {
		f.asks("clients.think", c.Think, "%d sessions that were open before made a call in time: to know how often they call takes %d", calls, least)
	}
	if n := x.safe + x.unsafe; n >= least {
		c.Safe = round(float64(x.safe)/float64(n), 2)
		f.knows("clients.safe", c.Safe, "%d of %d calls that may have run could be repeated", x.safe, n)
	} else {
		f.asks("clients.safe", c.Safe, "%d calls may have run when they failed: to know how many are safe takes %d", n, least)
	}
	f.asks("clients.deadline", c.Deadline, "the callers' deadlines are in no event")
}

// server: what it can do. Only a server that turned somebody away has shown it.
func (f *Fit) server() {
	x, v, c := f.incident, &f.Scenario.Server, &f.Scenario.Clients
	if status := commonest(x.stale); status == 400 || status == 401 || status == 404 {
		v.Stale = strconv.Itoa(status)
		f.knows("server.stale", v.Stale, "%d answers", x.stale[status])
	}
	if len(x.flights) >= least {
		c.RTT = simulate.Duration(max((at(x.flights, 0.01) / 2).Round(10*time.Microsecond), time.Microsecond))
		f.knows("clients.rtt", c.RTT, "half of the shortest of %d handshakes", len(x.flights))
	} else {
		f.asks("clients.rtt", c.RTT, "%d handshakes ended well: to know the round trip takes %d", len(x.flights), least)
	}
	handshake := v.Cost.Initialize + v.Cost.Initialized
	calls := float64(c.Number) / time.Duration(c.Think).Seconds() * v.Cost.Call
	f.asks("server.cost.initialize", v.Cost.Initialize, "only its ratio to the capacity shows in handshakes")
	busy := busiest(x)
	queued, while := waited(x)
	turned := len(busy) >= 3 && len(x.flights) >= least
	switch {
	case turned:
		rate := float64(at(busy, 0.5))
		v.Capacity = round(rate*handshake+calls, 3)
		f.knows("server.capacity", v.Capacity, "%.0f handshakes/s while it turned others away, at a cost of %v, and calls", rate, handshake)
	case queued >= least:
		v.Capacity = round(float64(queued)/while.Seconds()*handshake+calls, 3)
		f.knows("server.capacity", v.Capacity, "%d handshakes waited for each other, %v in all, at a cost of %v, and calls", queued, while.Round(100*time.Millisecond), handshake)
	default:
		most := 0
		for _, n := range x.opened {
			most = max(most, n)
		}
		v.Capacity = round(2*(float64(most)*handshake+calls)+1, 3)
		f.asks("server.capacity", v.Capacity, "the server turned nobody away: it can do more than the %d handshakes of its busiest second, as far as shows", most)
	}
	if !turned {
		if len(x.flights) > 0 { // somebody waited for it, twice at most
			v.Queue = max(v.Queue, simulate.Duration((at(x.flights, 1)/2 - time.Duration(c.RTT)).Round(10*time.Millisecond)))
		}
		f.asks("server.queue", v.Queue, "the server turned nobody away: its longest queue does not show")
		return
	}
	v.Queue = simulate.Duration((at(x.flights, 0.99)/2 - time.Duration(c.RTT)).Round(10 * time.Millisecond))
	v.Queue = max(v.Queue, 0)
	f.knows("server.queue", v.Queue, "half of the longest handshakes, without the round trip; all of them if initialized never waits")
	v.Full = commonest(x.full)
	f.knows("server.full", v.Full, "%d answers", x.full[v.Full])
	f.asks("server.cost.reject", v.Cost.Reject, "what turning one away costs shows in no event; the dearer it is, the sooner clients in a hurry keep the server down")
	f.asks("server.retry_after", v.RetryAfter, "hints are not in the trace, only the waits that they led to")
}

// busiest are the handshakes of each second in which others were turned away,
// sorted.
func busiest(x *incident) (opened []int) {
	for second, n := range x.opened {
		if x.rejected[second] > 0 {
			opened = append(opened, n)
		}
	}
	slices.Sort(opened)
	return opened
}

// waited are the handshakes that waited for each other, and for how long at
// least one of them did: a server that turns nobody away yet is at its limit
// then. They took much longer than a quarter of all did, as most others did that
// ended in the same second: what makes some clients slow at any time is no sign.
func waited(x *incident) (n int, busy time.Duration) {
	var all []span
	for _, ended := range x.took {
		slow := slices.Collect(func(yield func(span) bool) {
			for _, s := range ended {
				if s.to-s.from >= 3*at(x.flights, 0.25) && !yield(s) {
					return
				}
			}
		})
		if 2*len(slow) > len(ended) {
			all = append(all, slow...)
		}
	}
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var until time.Duration
	for _, s := range all {
		if s.to > until {
			busy += s.to - max(s.from, until)
			until = s.to
		}
	}
	return len(all), busy
}

// round keeps some digits.
func round(v float64, digits int) float64 {
	if v == 0 {
		return 0
	}
	scale := math.Pow(10, float64(digits)-math.Ceil(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}

// Endpoint is the one that the trace is of.
func (f Fit) Endpoint() string { return f.trace.Endpoint }
