package simulate

import (
	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// world is all that a run's events act upon. An engine owns the clients and
// hands them over in the order of (time, client); nothing here knows how they
// are kept.
type world struct {
	scenario Scenario
	chance   Chance
	server   *Server
	plan     *policy.Plan
	naive    *policy.Plan // of the clients that are not governed
	verdicts verdicts
	credits  [mostSpent + 1]int16 // by spent tokens: what is left of them after a good answer

	whole bool // each answer is an event of its own, also where nothing can come between

	now    Time
	reply  Reply // to the last request
	end    Time
	limit  int64 // longest time that a user's call may take
	rtt    int64 // of the nearest client
	spread int64 // of the farthest client it is so much more
	window Window

	shared []policy.Endpoint // of gateways
	opened []uint32          // by client: when it last replaced a session that an event took, in ms; 0: never

	result  *Result
	second  *Second // of result.Seconds, at now
	waiting uint32  // clients whose call waits
	backoff uint32  // of those, who wait for a time of their own
	trace   func(now Time, client uint32, what step, detail uint64)
}

// step is what happened, for the trace that two engines are compared by.
type step uint8

const (
	calledStep step = iota
	answeredStep
	decidedStep
	admittedStep
	openedStep
	settledStep
	streamStep
)

func newWorld(r Run) (*world, error) {
	if err := r.Scenario.Validate(); err != nil {
		return nil, err
	}
	plan, err := r.Policy.Compile()
	if err != nil {
		return nil, err
	}
	s := r.Scenario
	w := &world{scenario: s, chance: Chance(r.Seed), server: NewServer(s, Chance(r.Seed)), plan: plan, naive: plan, verdicts: newVerdicts(s.Server)}
	if s.Clients.Naive > 0 {
		if w.naive, err = r.Naive.Compile(); err != nil {
			return nil, err
		}
	}
	for spent := range w.credits {
		e, _ := plan.Credit(policy.Endpoint{Spent: int16(spent)}, policy.Session{}, 1)
		w.credits[spent] = e.Spent
	}
	w.window = s.Window()
	w.end = w.window.End
	w.rtt, w.spread = int64(s.Clients.RTT), int64(s.Clients.Spread)
	w.limit = int64(s.Clients.Deadline)
	if t := int64(s.Clients.Timeout); t > 0 {
		w.limit = min(w.limit, t)
	}
	w.shared = make([]policy.Endpoint, s.Clients.Gateways.Processes)
	w.opened = make([]uint32, s.Clients.Number)
	w.result = newResult(r, w.window)
	w.second = &w.result.Seconds[0]
	return w, nil
}

// birth is a client at time 0.
func (w *world) birth(id uint32) client {
	lost := w.scenario.Clients.Start.Lost
	c := client{flightAt: never}
	c.id, c.streamAt = id, never
	if !w.modern(id) {
		c.token = w.server.Opened(id, lost)
	}
	first := w.scenario.Clients.Start.Over
	if first > 0 {
		c.callAt = wholeMicros(1 + within(w.chance.bits(forStart, id, 0), int64(first)))
	} else {
		c.callAt = wholeMicros(1 + exponential(w.chance.bits(forStart, id, 0), int64(w.scenario.Clients.Think)))
	}
	if w.listens(id) {
		c.stream, c.streamAt = attached, w.server.Breaks(id, c.token, 0)
	}
	return c
}

// wholeMicros rounds up to whole microseconds: calls begin on them.
func wholeMicros(t Time) Time { return (t + 999) / 1000 * 1000 }

// The traits of a client are the same in every run of a seed.

func (w *world) trait(id uint32, which uint64, share float64) bool {
	return share > 0 && below(w.chance.bits(forTraits, id, which), share)
}

func (w *world) listens(id uint32) bool {
	return w.scenario.Clients.Eager > 0 && w.trait(id, 0, w.scenario.Clients.Eager) && !w.modern(id)
}

func (w *world) modern(id uint32) bool { return w.trait(id, 1, w.scenario.Clients.Modern) }

// rttOf is a client's round trip.
func (w *world) rttOf(id uint32) int64 {
	if w.spread == 0 {
		return w.rtt
	}
	return w.rtt + within(w.chance.bits(forTraits, id, 3), w.spread)
}

// planOf is the policy that a client's process runs.
func (w *world) planOf(id uint32) *policy.Plan {
	if w.naive != w.plan && w.trait(uint32(w.process(id)), 2, w.scenario.Clients.Naive) {
		return w.naive
	}
	return w.plan
}

// process numbers the processes: first the gateways, then a process for each
// client of its own.
func (w *world) process(id uint32) int {
	g := w.scenario.Clients.Gateways
	if n := g.Processes * g.Sessions; int(id) >= n {
		return int(id) - n + g.Processes
	}
	return int(id) / g.Sessions
}

// endpointOf is the Endpoint of a client's process.
func (w *world) endpointOf(c *client) *policy.Endpoint {
	if w.shares(c.id) {
		return &w.shared[w.process(c.id)]
	}
	return &c.endpoint
}

// shares reports whether a client is one of a gateway's. What such a client
// meets is its neighbours' matter too, at the time at which it is known.
func (w *world) shares(id uint32) bool {
	return len(w.shared) > 0 && w.process(id) < len(w.shared)
}

// reach moves the clock to the next event, and looks at the world at each
// whole second on the way.
func (w *world) reach(now Time) {
	if now >= w.second.at+int64(second) {
		w.tick(now)
	}
	w.now = now
}

// step lets everything happen to a client that is due now.
func (w *world) step(c *client) {
	for {
		switch w.now {
		case c.flightAt:
			w.flight(c)
		case c.callAt:
			w.userStep(c)
		case c.streamAt:
			w.streamStep(c)
		default:
			return
		}
	}
}

// visit is a quiet client's next call. It reports whether that went well, and
// when the user calls again; if it did not, w.reply says how.
func (w *world) visit(id uint32, token Token, call uint32) (again Time, well bool) {
	r := &w.reply
	w.server.arrive(w.now, Request{Kind: Call, Client: id, Token: token}, r)
	back := r.Done + w.rttOf(id)
	if r.Cause != Served || back-w.now > w.limit {
		return 0, false
	}
	if w.trace != nil {
		w.trace(w.now, id, calledStep, uint64(back))
	}
	w.second.Calls++
	w.success(w.now, back)
	return w.after(id, call, back), true
}

// request sends a request now.
func (w *world) request(k Kind, c *client, token Token) *Reply {
	w.server.arrive(w.now, Request{Kind: k, Client: c.id, Token: token}, &w.reply)
	return &w.reply
}

// after is when the user calls again after a call that ended.
func (w *world) after(id, call uint32, ended Time) Time {
	return wholeMicros(ended + exponential(w.chance.bits(forThinking, id, uint64(call)), int64(w.scenario.Clients.Think)))
}

// outcome is what the policy is told of an answer to a request that was sent.
func outcome(v classify.Verdict, a answer) policy.Outcome {
	return policy.Outcome{Class: v.Class, Reason: v.Reason, Executed: v.Executed, Hint: a.hint(), Sent: v.Reason != classify.NeverSent}
}
