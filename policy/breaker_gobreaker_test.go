package policy

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sony/gobreaker"
	"pgregory.net/rapid"
)

// breakerOp is one thing done to a breaker: time passes, a new session asks to
// lead, or one of the Leads under way is settled.
type breakerOp struct {
	sleep  time.Duration // if > 0
	settle bool          // else: settle a Lead, or ask
	newest bool          // which Lead
	end    Ending
	u      float64
}

// breakerView is all that can be seen of a breaker after an op.
type breakerView struct {
	Role            Role // of an asking session
	At              Time
	State           BreakerState
	Due             Time // while open
	Fails           uint32
	Given, GoodHalf uint32 // while half-open
}

func breakerPolicies(spread bool) *rapid.Generator[Policy] {
	return rapid.Custom(func(t *rapid.T) Policy {
		p := Default()
		p.Pacing.Every = 0
		p.Breaker = Breaker{
			Trip:   rapid.IntRange(1, 4).Draw(t, "trip"),
			Open:   Duration(rapid.Int64Range(int64(time.Millisecond), int64(20*time.Second)).Draw(t, "open")),
			Growth: 1,
			Probes: rapid.IntRange(1, 3).Draw(t, "probes"),
		}
		p.Breaker.MaxOpen = p.Breaker.Open
		if spread {
			p.Breaker.Jitter = rapid.SampledFrom([]float64{0.5, 0.2, 0.35, 0}).Draw(t, "jitter")
			p.Breaker.Growth = rapid.Float64Range(1, 3).Draw(t, "growth")
			p.Breaker.MaxOpen += Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(t, "max_open"))
		}
		return p
	})
}

func breakerOps(open time.Duration) *rapid.Generator[[]breakerOp] {
	// 1 ns round the end of the open time is where breakers differ
	sleeps := []time.Duration{1, open - 1, open, 1, open / 2, open + 1, 2 * open, 50 * time.Millisecond}
	op := rapid.Custom(func(t *rapid.T) breakerOp {
		switch rapid.IntRange(0, 7).Draw(t, "what") {
		case 0, 1, 2:
			return breakerOp{}
		case 3:
			return breakerOp{sleep: rapid.SampledFrom(sleeps).Draw(t, "sleep")}
		}
		return breakerOp{
			settle: true,
			newest: rapid.Bool().Draw(t, "newest"),
			end:    rapid.SampledFrom([]Ending{Failed, Failed, Lost, Held, Alive, Refused, Abandoned}).Draw(t, "end"),
			u:      rapid.Float64Range(0, 0.999).Draw(t, "u"),
		}
	})
	return rapid.SliceOfN(op, 20, 60)
}

// breakerUnderTest gives leads to new sessions and settles them.
type breakerUnderTest interface {
	lead(now Time) Admission
	settle(now Time, a Admission, end Ending, u float64)
	view(now Time) breakerView
}

func runBreaker(b breakerUnderTest, ops []breakerOp, now func() Time, sleep func(time.Duration)) []breakerView {
	var views []breakerView
	var leads []Admission
	for _, op := range ops {
		var a Admission
		switch {
		case op.sleep > 0:
			sleep(op.sleep)
		case op.settle && len(leads) > 0:
			i := 0
			if op.newest {
				i = len(leads) - 1
			}
			b.settle(now(), leads[i], op.end, op.u)
			leads = slices.Delete(leads, i, i+1)
		case !op.settle:
			if a = b.lead(now()); a.Role == Lead {
				leads = append(leads, a)
			}
		}
		v := b.view(now())
		v.Role, v.At = a.Role, a.At
		views = append(views, v)
	}
	return views
}

var newSession = Call{End: 1 << 62, Flags: Replayable}

// pure is the endpoint's own breaker.
type pure struct {
	plan *Plan
	e    Endpoint
}

func (p *pure) lead(now Time) (a Admission) {
	p.e, _, a = p.plan.Admit(now, p.e, Session{}, newSession, p.plan.PureBreaker(now, p.e))
	return a
}

func (p *pure) settle(now Time, a Admission, end Ending, u float64) {
	b := p.plan.PureBreaker(now, p.e)
	b.Gen = a.Gen
	p.e, _ = p.plan.Settle(now, p.e, Session{Phase: Flying}, b, end, 0, u)
}

func (p *pure) view(now Time) breakerView {
	b := p.plan.PureBreaker(now, p.e)
	v := breakerView{State: b.State}
	switch b.State {
	case Closed:
		v.Fails = uint32(p.e.Fails)
	case Open:
		v.Due = b.Due
	case HalfOpen:
		v.Given, v.GoodHalf = uint32(p.plan.probes-b.Free), uint32(p.e.Half>>goodShift&maxProbes)
	}
	return v
}

// gated is gobreaker behind a gate of ours, as a live engine runs it: the
// smallest Timeout, and Endpoint.Due in front.
type gated struct {
	plan *Plan
	cb   *gobreaker.TwoStepCircuitBreaker
	e    Endpoint
	word Breaking
	done map[uint16]func(bool)
	next uint16
	why  map[uint16]Why
}

var gobreakerStates = map[gobreaker.State]BreakerState{
	gobreaker.StateClosed: Closed, gobreaker.StateOpen: Open, gobreaker.StateHalfOpen: HalfOpen,
}

func newGated(plan *Plan) *gated {
	g := &gated{plan: plan, word: Breaking{State: Closed, Live: true}, done: map[uint16]func(bool){}, why: map[uint16]Why{}}
	g.cb = gobreaker.NewTwoStepCircuitBreaker(gobreaker.Settings{
		MaxRequests: plan.Probes(),
		Timeout:     1,
		ReadyToTrip: func(c gobreaker.Counts) bool { return plan.Trip(c.ConsecutiveFailures) },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			g.word.State = gobreakerStates[to]
			g.word.Gen++
		},
	})
	return g
}

func (g *gated) lead(now Time) Admission {
	word := g.word
	word.Free = 1
	e, _, a := g.plan.Admit(now, g.e, Session{}, newSession, word)
	if a.Role == Lead {
		done, err := g.cb.Allow()
		if err != nil {
			word = g.word // dropped: e is not kept
			e, _, a = g.plan.Admit(now, g.e, Session{}, newSession, word)
		} else {
			g.next++
			a.Gen = g.next // here: which Lead
			g.done[g.next], g.why[g.next] = done, a.Why
		}
	}
	g.e = e
	return a
}

func (g *gated) settle(now Time, a Admission, end Ending, u float64) {
	switch end {
	case Held, Alive:
		g.done[a.Gen](true)
	case Failed, Lost:
		g.done[a.Gen](false)
	default:
		if g.why[a.Gen] == Probe {
			g.done[a.Gen](false)
		}
	}
	g.e, _ = g.plan.Settle(now, g.e, Session{Phase: Flying}, g.word, end, 0, u)
}

func (g *gated) view(now Time) breakerView {
	counts := g.cb.Counts()
	v := breakerView{State: g.word.State}
	switch {
	case v.State == Closed:
		v.Fails = counts.ConsecutiveFailures
	case now < g.e.Due:
		v.State, v.Due = Open, g.e.Due
	case v.State == Open: // nobody has asked since
		v.State = HalfOpen
	default:
		v.Given, v.GoodHalf = counts.Requests, counts.ConsecutiveSuccesses
	}
	return v
}

// bare is gobreaker alone. Its open time ends after its Timeout, ours with it.
type bare struct {
	cb   *gobreaker.TwoStepCircuitBreaker
	open time.Duration
	poll time.Duration
	done map[uint16]func(bool)
	half map[uint16]bool
	due  Time
	next uint16
}

func newBare(plan *Plan) *bare {
	b := &bare{open: plan.OpenFor(0, 0), poll: time.Duration(plan.poll()), done: map[uint16]func(bool){}, half: map[uint16]bool{}}
	b.cb = gobreaker.NewTwoStepCircuitBreaker(gobreaker.Settings{
		MaxRequests: plan.Probes(),
		Timeout:     b.open - 1,
		ReadyToTrip: func(c gobreaker.Counts) bool { return plan.Trip(c.ConsecutiveFailures) },
	})
	return b
}

func (b *bare) lead(now Time) Admission {
	done, err := b.cb.Allow()
	switch err {
	case gobreaker.ErrOpenState:
		return Admission{Role: Later, At: b.due}
	case gobreaker.ErrTooManyRequests:
		return Admission{Role: Later, At: now + int64(b.poll)}
	}
	b.next++
	b.done[b.next], b.half[b.next] = done, b.cb.State() == gobreaker.StateHalfOpen
	return Admission{Role: Lead, At: now, Gen: b.next}
}

func (b *bare) settle(now Time, a Admission, end Ending, _ float64) {
	before := b.cb.State()
	switch end {
	case Held, Alive:
		b.done[a.Gen](true)
	case Failed, Lost:
		b.done[a.Gen](false)
	default:
		if b.half[a.Gen] {
			b.done[a.Gen](false)
		}
	}
	if before != gobreaker.StateOpen && b.cb.State() == gobreaker.StateOpen {
		b.due = now + int64(b.open)
	}
}

func (b *bare) view(Time) breakerView {
	v := breakerView{State: gobreakerStates[b.cb.State()]}
	counts := b.cb.Counts()
	switch v.State {
	case Closed:
		v.Fails = counts.ConsecutiveFailures
	case Open:
		v.Due = b.due
	case HalfOpen:
		v.Given, v.GoodHalf = counts.Requests, counts.ConsecutiveSuccesses
	}
	return v
}

// TestBreakerEqualsGobreaker runs the same histories through the pure breaker,
// on a virtual clock, and through gobreaker, whose clock a bubble fakes.
func TestBreakerEqualsGobreaker(t *testing.T) {
	twiceTheChecks(t)
	for name, c := range map[string]struct {
		spread bool
		oracle func(*Plan) breakerUnderTest
	}{
		"behind a gate, with jitter and growth": {true, func(p *Plan) breakerUnderTest { return newGated(p) }},
		"bare, without":                         {false, func(p *Plan) breakerUnderTest { return newBare(p) }},
	} {
		t.Run(name, func(t *testing.T) {
			seen := map[string]int{}
			rapid.Check(t, func(rt *rapid.T) {
				p := breakerPolicies(c.spread).Draw(rt, "policy")
				ops := breakerOps(time.Duration(p.Breaker.Open)).Draw(rt, "ops")
				plan, err := p.Compile()
				if err != nil {
					rt.Fatal(err)
				}
				const start = Time(time.Hour)
				now := start
				want := runBreaker(&pure{plan: plan}, ops, func() Time { return now }, func(d time.Duration) { now += int64(d) })
				for _, v := range want {
					seen[fmt.Sprint(v.State, v.Role)]++
				}
				rapid.SyncTest(rt, func(rt *rapid.T) {
					begin := time.Now()
					got := runBreaker(c.oracle(plan), ops, func() Time { return start + int64(time.Since(begin)) }, time.Sleep)
					if d := cmp.Diff(want, got); d != "" {
						rt.Fatalf("pure (-) and gobreaker (+) differ:\n%s", d)
					}
				})
			})
			t.Log(seen)
		})
	}
}
