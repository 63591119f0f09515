package policy

import (
	"fmt"
	"testing"
	"time"
)

// desk is one endpoint and its sessions, by name, with a clock.
type desk struct {
	plan     *Plan
	now      Time
	e        Endpoint
	sessions map[string]*Session
	leads    map[string]Admission
}

// The steps of a story. Instants are relative to its start.
type step struct {
	at   time.Duration
	do   any
	want string // "role (why)" or "role (why) at instant"; of a settle: try and phase
}

type (
	admits struct {
		session string
		end     time.Duration
		flags   Flags
	} // a call of the session's present epoch; end 0: 30s from now
	late    struct{ session string } // a call of the epoch before
	opens   struct{ session string }
	settles struct {
		session string
		end     Ending
		u       float64
		hint    time.Duration
	}
	breaks struct{} // the breaker's word
)

func (d *desk) session(name string) *Session {
	if d.sessions[name] == nil {
		d.sessions[name] = &Session{}
	}
	return d.sessions[name]
}

func (d *desk) admit(name string, c Call) string {
	s := d.session(name)
	var a Admission
	d.e, *s, a = d.plan.Admit(d.now, d.e, *s, c, d.plan.PureBreaker(d.now, d.e))
	if a.Role == Lead {
		d.leads[name] = a
	}
	if a.At != d.now {
		return fmt.Sprintf("%v (%v) at %v", a.Role, a.Why, time.Duration(a.At-t0))
	}
	return fmt.Sprintf("%v (%v)", a.Role, a.Why)
}

func (d *desk) do(x step) string {
	d.now = t0 + int64(x.at)
	switch do := x.do.(type) {
	case admits:
		if do.end == 0 {
			do.end = 30 * time.Second
		}
		return d.admit(do.session, Call{End: d.now + int64(do.end), Epoch: d.session(do.session).Epoch, Flags: do.flags})
	case late:
		return d.admit(do.session, Call{End: d.now + int64(time.Minute), Epoch: d.session(do.session).Epoch - 1})
	case opens:
		s := d.session(do.session)
		*s = d.plan.Opened(d.now, *s)
		return fmt.Sprintf("epoch %d, %v", s.Epoch, s.Phase)
	case settles:
		s := d.session(do.session)
		b := d.plan.PureBreaker(d.now, d.e)
		b.Gen = d.leads[do.session].Gen
		d.e, *s = d.plan.Settle(d.now, d.e, *s, b, do.end, do.hint, do.u)
		return fmt.Sprintf("try %d, %v", s.Try, s.Phase)
	}
	b := d.plan.PureBreaker(d.now, d.e)
	if b.Due > d.now {
		return fmt.Sprintf("%v until %v", b.State, time.Duration(b.Due-t0))
	}
	return fmt.Sprintf("%v", b.State)
}

func tell(t *testing.T, p Policy, steps []step) {
	t.Helper()
	d := &desk{plan: compiled(t, p), sessions: map[string]*Session{}, leads: map[string]Admission{}}
	for i, x := range steps {
		if got := d.do(x); got != x.want {
			t.Fatalf("step %d, %v %T%+v: %s, want %s", i, x.at, x.do, x.do, got, x.want)
		}
	}
}

func TestOneRecoveryForAll(t *testing.T) {
	tell(t, Default(), []step{
		{0, admits{session: "a"}, "lead (way_free)"},
		{0, admits{session: "a"}, "follow (in_flight)"},
		{100 * ms, opens{"a"}, "epoch 1, settling"},
		{100 * ms, late{"a"}, "already (epoch_opened)"},
		{110 * ms, admits{session: "a"}, "follow (in_flight)"}, // lost again, and nobody has settled yet
		{120 * ms, settles{"a", Held, 0.5, 0}, "try 1, idle"},
		{120 * ms, late{"a"}, "already (epoch_opened)"},
		{500 * ms, opens{"a"}, "epoch 1, idle"}, // nothing without a Lead
	})
}

// TestLossesInARow: the first loss recovers at once, then the session's own
// curve spaces the handshakes, and a minute of peace goes one place back.
func TestLossesInARow(t *testing.T) {
	tell(t, Default(), []step{
		{0, admits{session: "a"}, "lead (way_free)"},
		{0, opens{"a"}, "epoch 1, settling"},
		{0, settles{"a", Held, 0.5, 0}, "try 1, idle"},
		{100 * ms, admits{session: "a"}, "later (backing_off) at 1s"}, // half of 2s, after the last success
		{1000 * ms, admits{session: "a"}, "lead (way_free)"},
		{1000 * ms, opens{"a"}, "epoch 2, settling"},
		{1000 * ms, settles{"a", Lost, 0.5, 0}, "try 3, idle+gone"}, // forgotten at once
		{1000 * ms, admits{session: "a"}, "later (backing_off) at 3s"},
		{1000 * ms, admits{session: "a", end: time.Second}, "refuse (backing_off) at 3s"},
		{3 * time.Second, admits{session: "a"}, "lead (way_free)"},
		{3 * time.Second, opens{"a"}, "epoch 3, settling"},
		{3 * time.Second, settles{"a", Held, 0.5, 0}, "try 3, idle"},
		{200 * time.Second, admits{session: "a"}, "lead (way_free)"},
		{200 * time.Second, opens{"a"}, "epoch 4, settling"},
		{200 * time.Second, settles{"a", Held, 0.5, 0}, "try 1, idle"}, // three minutes held: as if new
	})
}

func TestFailedHandshakes(t *testing.T) {
	tell(t, Default(), []step{
		{0, admits{session: "a"}, "lead (way_free)"},
		{0, settles{"a", Failed, 0.5, 0}, "try 2, idle+gone"},
		{0, admits{session: "a"}, "later (backing_off) at 1s"},
		{time.Second, admits{session: "a"}, "lead (way_free)"},
		{time.Second, settles{"a", Refused, 0.5, 0}, "try 2, idle+gone"}, // a refused dial leaves Try
		{time.Second, admits{session: "a"}, "lead (way_free)"},
		{time.Second, settles{"a", Failed, 0.5, 8 * time.Second}, "try 3, idle+gone"}, // Retry-After
		{time.Second, admits{session: "a"}, "later (backing_off) at 10s"},
		{time.Second, admits{session: "b"}, "lead (way_free)"}, // another session's curve is its own
		{time.Second, settles{"b", Abandoned, 0.5, 0}, "try 1, idle+gone"},
	})
}

// TestRefusedCredential: no handshake carries a credential that the last one
// was refused with.
func TestRefusedCredential(t *testing.T) {
	tell(t, Default(), []step{
		{0, admits{session: "a"}, "lead (way_free)"},
		{0, settles{"a", Alive, 0.5, 0}, "try 1, idle+gone+auth_refused"},
		{0, admits{session: "a"}, "refuse (credential_refused)"},
		{time.Hour, admits{session: "a"}, "refuse (credential_refused)"},
		{time.Hour, admits{session: "a", flags: NewCredential}, "lead (way_free)"},
		{time.Hour, admits{session: "a"}, "follow (in_flight)"},
		{time.Hour, opens{"a"}, "epoch 1, settling"},
		{time.Hour, settles{"a", Alive, 0.5, 0}, "try 1, idle"}, // the handshake was good, the call's answer was auth
	})
}

func TestPacing(t *testing.T) {
	p := Default()
	p.Pacing = Pacing{Every: second, Burst: 2, Slack: second}
	tell(t, p, []step{
		{0, admits{session: "a"}, "lead (way_free)"},
		{0, admits{session: "b"}, "lead (way_free)"},
		{0, admits{session: "c"}, "later (paced) at 1s"},
		{0, admits{session: "d"}, "later (paced) at 2s"},
		{0, admits{session: "e", end: 2 * time.Second}, "refuse (paced) at 3s"}, // not reserved,
		{0, admits{session: "f"}, "later (paced) at 3s"},                        // so it is still to be had
		{0, admits{session: "c"}, "later (paced) at 1s"},                        // one turn for a session's calls
		{0, admits{session: "c", end: 500 * ms}, "refuse (paced) at 1s"},
		{1500 * ms, admits{session: "c"}, "lead (turn_came)"},
	})
	tell(t, p, []step{
		{0, admits{session: "a"}, "lead (way_free)"},
		{0, admits{session: "b"}, "lead (way_free)"},
		{0, admits{session: "c"}, "later (paced) at 1s"},
		{0, admits{session: "d"}, "later (paced) at 2s"},
		{2000*ms + 1, admits{session: "c"}, "later (paced) at 3s"}, // a slack too late: void, and a new one is taken
		{2000*ms + 1, admits{session: "d"}, "lead (turn_came)"},
		{3 * time.Second, admits{session: "c"}, "lead (turn_came)"},
		{9 * time.Second, admits{session: "e"}, "lead (way_free)"},
	})
}

func TestBreaker(t *testing.T) {
	p := Default()
	p.Breaker.Trip = 2
	p.Pacing = Pacing{Every: second, Burst: 2, Slack: second}
	tell(t, p, []step{
		{0, admits{session: "a"}, "lead (way_free)"},
		{0, admits{session: "b"}, "lead (way_free)"},
		{0, settles{"a", Failed, 0.5, 0}, "try 2, idle+gone"},
		{0, breaks{}, "closed"},
		{0, settles{"b", Failed, 0.5, 0}, "try 2, idle+gone"},
		{0, breaks{}, "open until 10s"},
		{0, admits{session: "c", end: 9 * time.Second}, "refuse (breaker_open) at 10s"},
		{0, admits{session: "c"}, "later (breaker_open) at 10s"}, // released through the pacer:
		{0, admits{session: "d"}, "later (breaker_open) at 10s"}, // a burst of two,
		{0, admits{session: "e"}, "later (breaker_open) at 11s"}, // then one each second
		{10 * time.Second, breaks{}, "half_open"},
		{10 * time.Second, admits{session: "c"}, "lead (probe)"},
		{10 * time.Second, admits{session: "d"}, "later (probes_out) at 12s"},
		{11 * time.Second, admits{session: "e"}, "later (probes_out) at 13s"},
		{11 * time.Second, settles{"c", Abandoned, 0.5, 0}, "try 1, idle+gone"}, // half-open: a failure
		{11 * time.Second, breaks{}, "open until 26s"},                          // 10s x 1.5
		{12 * time.Second, admits{session: "d"}, "later (breaker_open) at 26s"},
		{26 * time.Second, admits{session: "d"}, "lead (probe)"},
		{27 * time.Second, opens{"d"}, "epoch 1, settling"},
		{27 * time.Second, breaks{}, "half_open"}, // whether it holds is not known yet
		{27 * time.Second, settles{"d", Held, 0.5, 0}, "try 1, idle"},
		{27 * time.Second, breaks{}, "closed"},
		{28 * time.Second, admits{session: "e"}, "lead (way_free)"},
	})
}

// TestBreakerGuardsReachability: what is no failure does not open it.
func TestBreakerGuardsReachability(t *testing.T) {
	p := Default()
	p.Breaker.Trip = 1
	for end, want := range map[Ending]string{Held: "closed", Alive: "closed", Refused: "closed", Abandoned: "closed", Failed: "open until 10s", Lost: "open until 10s"} {
		d := &desk{plan: compiled(t, p), sessions: map[string]*Session{}, leads: map[string]Admission{}}
		d.do(step{0, admits{session: "a"}, ""})
		if end == Held || end == Lost {
			d.do(step{0, opens{"a"}, ""})
		}
		d.do(step{0, settles{"a", end, 0.5, 0}, ""})
		if got := d.do(step{0, breaks{}, ""}); got != want {
			t.Errorf("after %v the breaker is %s, want %s", end, got, want)
		}
	}
}

// TestOldVerdict: a verdict of an older generation is dropped.
func TestOldVerdict(t *testing.T) {
	p := Default()
	p.Breaker.Trip = 1
	tell(t, p, []step{
		{0, admits{session: "a"}, "lead (way_free)"},
		{0, admits{session: "b"}, "lead (way_free)"},
		{0, settles{"a", Failed, 0.5, 0}, "try 2, idle+gone"},
		{10 * time.Second, admits{session: "c"}, "lead (probe)"},
		{10 * time.Second, settles{"b", Failed, 0.5, 0}, "try 2, idle+gone"},
		{10 * time.Second, breaks{}, "half_open"},
		{10 * time.Second, settles{"c", Alive, 0.5, 0}, "try 1, idle+gone+auth_refused"},
		{10 * time.Second, breaks{}, "closed"},
	})
}

func TestOpenFor(t *testing.T) {
	plan := compiled(t, Default())
	for _, c := range []struct {
		reopens          uint8
		low, middle, top time.Duration
	}{
		{0, 5 * time.Second, 10 * time.Second, 15 * time.Second},
		{1, 7500 * ms, 15 * time.Second, 22500 * ms},
		{2, 11250 * ms, 22500 * ms, 33750 * ms},
		{255, 60 * time.Second, 120 * time.Second, 180 * time.Second},
	} {
		if low, middle, top := plan.OpenFor(c.reopens, 0), plan.OpenFor(c.reopens, 0.5), plan.OpenFor(c.reopens, 1).Round(time.Microsecond); low != c.low || middle != c.middle || top != c.top {
			t.Errorf("reopened %d times: %v, %v, %v, want %v, %v, %v", c.reopens, low, middle, top, c.low, c.middle, c.top)
		}
	}
	for fails, want := range map[uint32]bool{0: false, 7: false, 8: true, 9: true, 1 << 31: true} {
		if plan.Trip(fails) != want {
			t.Errorf("Trip(%d) is %v", fails, !want)
		}
	}
}
