package policy

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/classify"
)

// gateway is one process with many sessions of one server that restarts: each
// session has a call waiting, and its user calls again when a call fails.
type gateway struct {
	plan     *Plan
	random   *rand.Rand
	e        Endpoint
	sessions []gatewaySession
	agenda   agenda

	// the server: refused until up, then one handshake each serve, a queue of
	// at most queue, 503 beyond it
	up, serve, queue, busy Time

	back     int // sessions renewed
	last     Time
	rejected int // handshakes answered by 503
	shaken   int // handshakes sent and not refused
	gaveUp   int // calls that failed
}

type gatewaySession struct {
	s    Session
	c    Call
	lead Admission
	does func(g *gateway, now Time, i int)
}

// agenda is a heap of what each session does next.
type agenda []item

type item struct {
	at Time
	i  int
}

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].i < a[j].i
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(item)) }
func (a *agenda) Pop() any {
	old := *a
	x := old[len(old)-1]
	*a = old[:len(old)-1]
	return x
}

const gatewayStart = Time(time.Hour)

func runGateway(t *testing.T, p Policy, n int, down time.Duration, perSecond float64) *gateway {
	g := &gateway{
		plan: compiled(t, p), random: rand.New(rand.NewPCG(7, 7)), sessions: make([]gatewaySession, n),
		up: gatewayStart + int64(down), serve: int64(float64(time.Second) / perSecond), queue: int64(time.Second),
	}
	for i := range g.sessions {
		g.next(gatewayStart+int64(g.random.Int64N(int64(time.Second))), i, (*gateway).begin)
	}
	for g.agenda.Len() > 0 {
		x := heap.Pop(&g.agenda).(item)
		if x.at > gatewayStart+int64(30*time.Minute) {
			t.Fatalf("after 30 minutes %d of %d sessions are back", g.back, n)
		}
		g.sessions[x.i].does(g, x.at, x.i)
	}
	return g
}

func (g *gateway) next(at Time, i int, does func(*gateway, Time, int)) {
	g.sessions[i].does = does
	heap.Push(&g.agenda, item{at, i})
}

func (g *gateway) begin(now Time, i int) {
	x := &g.sessions[i]
	x.c = Call{End: g.plan.End(now, 0, 0), Epoch: x.s.Epoch, Flags: waiting}
	g.send(now, i)
}

func (g *gateway) send(now Time, i int) {
	x := &g.sessions[i]
	x.c.Epoch = x.s.Epoch
	switch {
	case now < g.up:
		g.decide(now, i, Outcome{Class: classify.Transient, Reason: classify.NeverSent, Executed: classify.No})
	case x.s.Epoch == 0:
		g.decide(now, i, Outcome{Class: classify.Stale, Executed: classify.No, Sent: true})
	default:
		g.decide(now, i, Outcome{Class: classify.OK, Executed: classify.Yes, Sent: true})
	}
}

func (g *gateway) decide(now Time, i int, x Outcome) {
	s := &g.sessions[i]
	var d Decision
	g.e, s.s, s.c, d = g.plan.Decide(now, g.e, s.s, s.c, x, g.random.Float64())
	switch d.Action {
	case Resend:
		g.next(d.Due, i, (*gateway).send)
	case Recover:
		g.next(d.Due, i, (*gateway).admit)
	case Return:
		g.e, s.s = g.plan.Settle(now, g.e, s.s, Breaking{State: Closed, Gen: s.lead.Gen}, Held, 0, g.random.Float64())
		g.back++
		g.last = max(g.last, now)
	default:
		g.again(now, i, d.Due)
	}
}

// again is the user's next call: when the failed one said, and not in a hurry.
func (g *gateway) again(now Time, i int, due Time) {
	g.gaveUp++
	g.next(max(due, now+int64(time.Second)), i, (*gateway).begin)
}

func (g *gateway) admit(now Time, i int) {
	s := &g.sessions[i]
	var a Admission
	g.e, s.s, a = g.plan.Admit(now, g.e, s.s, s.c, g.plan.PureBreaker(now, g.e))
	switch a.Role {
	case Lead:
		s.lead = a
		g.handshake(now, i)
	case Later:
		g.next(a.At, i, (*gateway).admit)
	default:
		g.again(now, i, a.At)
	}
}

func (g *gateway) handshake(now Time, i int) {
	switch {
	case now < g.up:
		g.next(now, i, failed(Refused, classify.NeverSent))
		return
	case g.busy-now > g.queue:
		g.rejected++
		g.next(now, i, failed(Failed, 0))
	default:
		g.busy = max(g.busy, now) + g.serve
		g.next(g.busy, i, (*gateway).opened)
	}
	g.shaken++
}

func (g *gateway) opened(now Time, i int) {
	g.sessions[i].s = g.plan.Opened(now, g.sessions[i].s)
	g.send(now, i)
}

func failed(end Ending, reason classify.Reason) func(*gateway, Time, int) {
	return func(g *gateway, now Time, i int) {
		s := &g.sessions[i]
		b := g.plan.PureBreaker(now, g.e)
		b.Gen = s.lead.Gen
		g.e, s.s = g.plan.Settle(now, g.e, s.s, b, end, 0, g.random.Float64())
		g.decide(now, i, Outcome{Class: classify.Transient, Reason: reason, Executed: classify.No})
	}
}

func TestGatewaysRestart(t *testing.T) {
	const n, down = 10000, 10 * time.Second
	var table strings.Builder
	fmt.Fprintf(&table, "%-28s %10s %9s %9s %9s %9s %9s\n", "policy", "capacity/s", "floor", "last back", "sent", "rejected", "failed")
	run := func(name string, p Policy, perSecond float64) (*gateway, time.Duration, time.Duration) {
		g := runGateway(t, p, n, down, perSecond)
		floor := down + time.Duration(n/perSecond*float64(time.Second))
		last := time.Duration(g.last - gatewayStart)
		fmt.Fprintf(&table, "%-28s %10.0f %9.1f %9.1f %9d %9d %9d\n", name, perSecond, floor.Seconds(), last.Seconds(), g.shaken, g.rejected, g.gaveUp)
		return g, floor, last
	}

	tuned := Default()
	tuned.Pacing.Every = Duration(time.Second) / 360
	if _, floor, last := run("paced at 0.9 of capacity", tuned, 400); last > floor*12/10 {
		t.Errorf("paced at 0.9 of the capacity the last session is back after %v, want at most 1.2 x %v", last, floor)
	}
	for _, perSecond := range []float64{200, 250, 400} {
		if g, _, _ := run("default", Default(), perSecond); g.rejected > 0 {
			t.Errorf("capacity %v/s: %d handshakes were rejected, want none", perSecond, g.rejected)
		}
	}
	off := Default()
	off.Breaker.Trip = 0
	for _, perSecond := range []float64{100, 70, 50} { // half of the default's rate, and less
		_, _, without := run("default without breaker", off, perSecond)
		if _, _, last := run("default", Default(), perSecond); last > without {
			t.Errorf("capacity %v/s: the default's last session is back after %v, without a breaker after %v", perSecond, last, without)
		}
	}
	t.Log("\n" + table.String())
}
