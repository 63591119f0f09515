package simulate

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

var stepWords = [...]string{"calls, answered well at", "is answered", "decides", "asks to lead", "opened", "settled", "stream"}

var answerWords = [...]string{"served", "stale", "full", "gone", "denied", "refused", "reset", "timed out", "expired"}

var streamWords = [...]string{"", "breaks", "GET is answered", "asks again", "ping is answered", "asks to lead"}

func words(what step, detail uint64) string {
	switch what {
	case calledStep:
		return fmt.Sprint(time.Duration(detail))
	case answeredStep:
		return answerWords[answer(detail).kind()]
	case decidedStep:
		return policy.Action(detail>>8).String() + ", " + policy.Why(detail&0xff).String()
	case admittedStep:
		return policy.Role(detail>>8).String() + ", " + policy.Why(detail&0xff).String()
	case settledStep:
		return policy.Ending(detail).String()
	case streamStep:
		return streamWords[detail]
	}
	return ""
}

// One client through trouble, step by step, to be read.
func TestStories(t *testing.T) {
	quiet := func(s *Scenario) {}
	var told strings.Builder
	for _, c := range []struct {
		name   string
		change func(s *Scenario)
	}{
		{"a restart, found out by a call", quiet},
		{"a restart, noticed by a stream", func(s *Scenario) { s.Clients.Eager = 1; s.Clients.Think = dur(40 * time.Second) }},
		{"a restart behind a proxy, calls that may not be run twice", func(s *Scenario) { s.Server.Down, s.Clients.Safe = "503", 0 }},
		{"handshakes that get no answer", func(s *Scenario) {
			s.Events = []Event{{Kind: Forget, At: dur(10 * time.Second)}, {Kind: Mute, At: dur(10 * time.Second), For: dur(45 * time.Second)}}
		}},
		{"a session that is forgotten at once", func(s *Scenario) {
			s.Server.Replicas, s.Server.Affinity, s.Events = 50, false, nil
			s.Horizon = dur(15 * time.Second)
		}},
		{"a credential that expired", func(s *Scenario) {
			s.Server.Login = Login{Capacity: 10, Queue: dur(time.Second)}
			s.Events = []Event{{Kind: Expire, At: dur(10 * time.Second)}}
		}},
		{"the stateless era", func(s *Scenario) { s.Clients.Modern = 1 }},
	} {
		s := Base()
		s.Clients.Number, s.Clients.Think, s.Server.Capacity, s.Horizon = 1, dur(8*time.Second), 100, dur(30*time.Second)
		s.Events = []Event{{Kind: Restart, At: dur(10 * time.Second), For: dur(15 * time.Second), Spread: dur(time.Second)}}
		c.change(&s)
		fmt.Fprintf(&told, "== %s\n", c.name)
		_, err := Run{Scenario: s, Policy: policy.Default(), Seed: 3}.on(context.Background(), new(wheel), func(now Time, _ uint32, what step, detail uint64) {
			fmt.Fprintf(&told, "%9.3fs  %s %s\n", time.Duration(now).Seconds(), stepWords[what], words(what, detail))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "stories.txt", told.String())
}

// Figures from counts that are made by hand.
func TestFigures(t *testing.T) {
	s := Base()
	s.Clients.Number, s.Clients.Think = 100, dur(10*time.Second)
	s.Server.Capacity = 50 // calls take 10 of it, and ten initializes of 5
	s.Events = []Event{{Kind: Restart, At: dur(100 * time.Second), For: dur(10 * time.Second)}}
	r := newResult(Run{Scenario: s}, s.Window())
	r.Reached = r.Window.End
	r.Seconds[20].Initializes = 1000 // before the trigger: no peak
	r.Seconds[101] = Second{Initializes: 40, Opened: 10, Failed: 3}
	r.Seconds[102] = Second{Initializes: 30, Opened: 20, Failed: 4}
	for i := range 60 {
		r.Seconds[1850+i].Good = 5 // 300 of 600
	}
	r.Seconds[1849].Good = 1000 // before the last minute
	r.Work = Work{Stale: 10, Rejected: 5, Denied: 5}
	r.Work.Served[Call] = 80
	r.Wasted = 20
	r.Processes, r.OpenTime = 100, 18100*time.Second // of 181,000
	r.Recovered = [3]time.Duration{time.Second, 2 * time.Second, Never}
	r.Decided[policy.NeverSent], r.Admitted[policy.WayFree] = 3, 4
	f := r.Figures(s)
	for name, c := range map[string]struct{ got, want any }{
		"peak": {f.Peak, uint32(40)}, "peak ratio": {f.PeakRatio, 4.0}, "amplification": {f.Amplification, 1070. / 30},
		"failed": {f.Failed, uint64(7)}, "failed each": {f.FailedEach, 0.07}, "waste": {f.Waste, 0.4}, "goodput": {f.Goodput, 0.5},
		"metastable": {f.Metastable, true}, "breaker open": {f.BreakerOpen, 0.1}, "t99": {f.T99, 2 * time.Second}, "t99.9": {f.T999, Never},
		"floor": {f.Floor, 10*time.Second + 500*time.Second/40}, "decisions": {f.Decisions, uint64(7)},
	} {
		if c.got != c.want {
			t.Errorf("%s is %v, want %v", name, c.got, c.want)
		}
	}
	r.Reached = r.Window.Ended + 599*second
	if r.Figures(s).Metastable {
		t.Error("metastable before ten minutes have passed")
	}
}

// Margins are the closed forms, by hand.
func TestMargins(t *testing.T) {
	s := Base()
	s.Clients.Number, s.Clients.Think, s.Clients.RTT = 1000, dur(10*time.Second), dur(time.Second)
	s.Server.Capacity = 200
	s.Server.Cost.Reject = 0.5
	p := named(t, "full-jitter") // a timeout of 30 s
	p.Handshake.Cap = dur(38 * time.Second)
	check := func(what string, want Margins) {
		t.Helper()
		if got := s.Margins(p); got != want {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
	}
	check("waits of 19 s at last, and nothing lost", Margins{Rejects: 1000. / 20 * 0.5 / 200})
	s.Events = []Event{{Kind: Restart, At: 1, For: dur(7 * time.Second)}}
	s.Clients.Modern = 0.5
	check("half the fleet has sessions", Margins{Rejects: 500. / 20 * 0.5 / 200, Floor: 7*time.Second + 25*time.Second})
	s.Clients.Modern, s.Server.Cost.Reject = 0, 0
	s.Server.Queue = dur(16 * time.Second)
	p.Handshake.Cap = dur(40 * time.Second)
	check("a queue of 16 s", Margins{Queue: (1000./50*5 + 100) / 200, Floor: 57 * time.Second})
	p.Breaker.Trip, p.Breaker.MaxOpen = 5, dur(70*time.Second)
	check("a breaker", Margins{Queue: (1000./100*5 + 100) / 200, Floor: 57 * time.Second})
	s.Clients.Naive = 0.5 // a timeout of 30 s, and waits of 1 s
	if got, want := s.Margins(p).Queue, ((500./100+500./31)*5+100)/200; math.Abs(got-want) > 1e-9 {
		t.Errorf("half of the fleet naive: queue %v, want %v", got, want)
	}
	s.Clients.Naive, s.Server.Queue = 0, 0
	s.Server.Replicas, s.Server.Affinity, s.Server.Table = 4, false, 500
	s.Server.Login = Login{Capacity: 10, Reject: 0.2}
	check("strays, a table of half, and a slow provider", Margins{Strays: 3, Table: 2, Login: 100 * 0.2 / 10, Floor: 57 * time.Second})
	s.Events = []Event{{Kind: Expire, At: 1}}
	s.Server.Affinity, s.Server.Table = true, 0
	check("credentials", Margins{Login: 2, Floor: 100 * time.Second})
	s.Server.Capacity = 100
	if got := s.Margins(p).Floor; got != Never {
		t.Errorf("no capacity to spare: the floor is %v", got)
	}
}

func TestHistogram(t *testing.T) {
	var h Histogram
	if h.Quantile(0.5) != 0 || h.Mean() != 0 {
		t.Error("an empty histogram has values")
	}
	for _, us := range []int64{0, 1, 63, 64, 65, 127, 128, 1000, 1_000_000, 4_000_000_000, 1 << 40} {
		var one Histogram
		one.add(us * 1000)
		got, want := float64(one.Quantile(0.5)), float64(min(us, 1<<32)*1000)
		if off := got - want; off < -want/128-1 || off > want/128+1000 {
			t.Errorf("%d µs is kept as %v", us, one.Quantile(0.5))
		}
	}
	for i := range int64(1000) {
		h.add(i * 1_000_000)
	}
	for q, want := range map[float64]float64{0.5: 0.5, 0.99: 0.99, 0: 0.0005, 1: 1} {
		if got := h.Quantile(q).Seconds(); got < want*(1-1./64)-0.001 || got > want*(1+1./64)+0.001 {
			t.Errorf("the quantile %v of 0..1 s is %v", q, got)
		}
	}
	if m := h.Mean().Seconds(); m < 0.495 || m > 0.505 {
		t.Errorf("the mean of 0..1 s is %v", m)
	}
}

// A call that begins x before the end of an outage: with the default policy it
// outlasts what its patience outlasts.
func TestSurvival(t *testing.T) {
	s, _ := Named("one-person")
	s.Events[0].For = dur(60 * time.Second)
	r := mustRun(t, Run{Scenario: s, Policy: policy.Default(), Seed: 1})
	for i := range outages {
		upTo, share, ok := r.Survival.Share(i)
		if !ok {
			continue
		}
		t.Logf("up to %4v: %.2f of %d", upTo, share, r.Survival.Begun[i])
		switch { // patience is 30 s
		case upTo <= 20*time.Second && share < 0.99, upTo > 30*time.Second && share > 0.01:
			t.Errorf("up to %v of outage: %v of the calls survive", upTo, share)
		}
	}
}

// A fleet keeps what it had when it is scaled.
func TestScaled(t *testing.T) {
	s, _ := Named("gateway-mixed")
	s.Server.Table, s.Server.Login.Capacity = 1000, 200
	h := s.Scaled(20_000)
	if h.Clients.Number != 20_000 || h.Server.Capacity != 4000 || h.Server.Table != 200 || h.Server.Login.Capacity != 40 || h.Clients.Gateways != (Gateways{1, 10_000}) {
		t.Errorf("a fifth is %+v %+v", h.Clients, h.Server)
	}
	if h = s.Scaled(1000); h.Clients.Gateways != (Gateways{1, 500}) {
		t.Errorf("a hundredth has %+v", h.Clients.Gateways)
	}
	if h = s.Scaled(400_000); h.Clients.Gateways != (Gateways{20, 10_000}) {
		t.Errorf("four times has %+v", h.Clients.Gateways)
	}
}
