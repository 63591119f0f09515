package simulate

import (
	"fmt"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/classify"
)

// asked is one request and the reply that it must get.
type asked struct {
	at     time.Duration
	kind   Kind
	client uint32
	with   string // the session it carries: old (of time 0), new (the last one opened), or none
	want   string // fate or status, when it is done, Retry-After
}

// Servers as stories: what a client meets, request by request. Ten units of
// work take a second, and a call is one, an initialize five.
func TestServer(t *testing.T) {
	restart := Event{Kind: Restart, At: dur(10 * time.Second), For: dur(5 * time.Second)}
	for _, c := range []struct {
		name   string
		change func(s *Scenario)
		story  []asked
	}{
		{"served one after the other", nil, []asked{
			{1 * time.Second, Call, 0, "old", "200 at 1.1s"},
			{1 * time.Second, Call, 1, "old", "200 at 1.2s"},
			{1 * time.Second, Initialize, 2, "none", "200 at 1.7s"},
		}},
		{"a queue of a second", nil, []asked{
			{1 * time.Second, Initialize, 0, "none", "200 at 1.5s"},
			{1 * time.Second, Initialize, 1, "none", "200 at 2s"},
			{1 * time.Second, Initialize, 2, "none", "200 at 2.5s"}, // it waits for exactly a second
			{1 * time.Second, Call, 3, "old", "503 at 1.002s"},
			{1 * time.Second, Call, 3, "old", "503 at 1.002s"},
			{1600 * time.Millisecond, Call, 3, "old", "200 at 2.604s"}, // what it cost to turn two away is waited for
		}},
		{"a restart", func(s *Scenario) { s.Events = []Event{restart} }, []asked{
			{9950 * time.Millisecond, Call, 0, "old", "reset at 10s"},
			{11 * time.Second, Call, 0, "old", "refused at 11s"},
			{15 * time.Second, Call, 0, "old", "404 at 15.01s"},
			{15 * time.Second, Initialize, 0, "none", "200 at 15.51s"},
			{16 * time.Second, Call, 0, "new", "200 at 16.1s"},
		}},
		{"a restart behind a proxy", func(s *Scenario) { s.Events, s.Server.Down = []Event{restart}, "502" }, []asked{
			{9950 * time.Millisecond, Call, 0, "old", "502 at 10s"},
			{11 * time.Second, Call, 0, "old", "502 at 11s"},
		}},
		{"a restart that nobody answers", func(s *Scenario) { s.Events, s.Server.Down = []Event{restart}, "silent" }, []asked{
			{11 * time.Second, Call, 0, "old", "silent"},
		}},
		{"a cold start", func(s *Scenario) {
			s.Events, s.Server.ColdShare, s.Server.ColdRamp = []Event{restart}, 0.5, dur(10*time.Second)
		}, []asked{
			{15 * time.Second, Ping, 0, "none", "200 at 15.02s"},
			{20 * time.Second, Call, 0, "none", "200 at 20.133333334s"}, // three quarters
			{25 * time.Second, Call, 0, "none", "200 at 25.1s"},
		}},
		{"a lost session in words", func(s *Scenario) { s.Events, s.Server.Stale = []Event{restart}, "401" }, []asked{
			{15 * time.Second, Call, 0, "old", "401 at 15.01s"},
		}},
		{"forgotten, client by client", func(s *Scenario) {
			s.Events = []Event{{Kind: Forget, At: dur(time.Second), Spread: dur(10 * time.Second)}}
		}, []asked{
			{1 * time.Second, Call, 0, "old", "200 at 1.1s"},
			{11 * time.Second, Call, 0, "old", "404 at 11.01s"},
			{11 * time.Second, Initialize, 0, "none", "200 at 11.51s"},
			{20 * time.Second, Call, 0, "new", "200 at 20.1s"},
		}},
		{"cut off, then moved", func(s *Scenario) {
			s.Events = []Event{{Kind: Cut, At: dur(time.Second), For: dur(time.Minute)}}
		}, []asked{
			{2 * time.Second, Call, 0, "old", "silent"},
			{2 * time.Second, Listen, 0, "old", "silent"},
			{61 * time.Second, Call, 0, "old", "404 at 1m1.01s"},
		}},
		{"mute", func(s *Scenario) { s.Events = []Event{{Kind: Mute, At: dur(time.Second), For: dur(time.Minute)}} }, []asked{
			{2 * time.Second, Initialize, 0, "none", "silent"},
			{2 * time.Second, Call, 0, "old", "200 at 2.1s"},
		}},
		{"idle for ten seconds", func(s *Scenario) { s.Server.Idle = dur(10 * time.Second) }, []asked{
			{10 * time.Second, Call, 0, "old", "200 at 10.1s"},
			{19 * time.Second, Call, 0, "old", "200 at 19.1s"},
			{30 * time.Second, Call, 0, "old", "404 at 30.01s"},
		}},
		{"a table of three for four", func(s *Scenario) { s.Server.Table = 3 }, []asked{
			{1 * time.Second, Call, 0, "old", "404 at 1.01s"}, // the other three came after it
			{2 * time.Second, Call, 1, "old", "200 at 2.1s"},
			{3 * time.Second, Initialize, 0, "none", "200 at 3.5s"}, // the least recently used is 2 now
			{4 * time.Second, Call, 2, "old", "404 at 4.01s"},
			{5 * time.Second, Call, 1, "old", "200 at 5.1s"},
			{6 * time.Second, Call, 0, "new", "200 at 6.1s"},
		}},
		{"the same Retry-After for all", func(s *Scenario) {
			s.Server.Queue, s.Server.RetryAfter, s.Server.Full = 0, dur(1500*time.Millisecond), 429
		}, []asked{
			{1 * time.Second, Initialize, 0, "none", "200 at 1.5s"},
			{1 * time.Second, Initialize, 1, "none", "429 at 1.002s, retry after 2s"},
			{1 * time.Second, Initialize, 2, "none", "429 at 1.002s, retry after 2s"},
		}},
		{"a Retry-After that rises", func(s *Scenario) { s.Server.Queue, s.Server.Rising = 0, true }, []asked{
			{1 * time.Second, Initialize, 0, "none", "200 at 1.5s"},
			{1 * time.Second, Initialize, 1, "none", "503 at 1.002s, retry after 1s"}, // in 0.5 + 0.5 s
			{1 * time.Second, Initialize, 2, "none", "503 at 1.002s, retry after 2s"},
			{1 * time.Second, Initialize, 3, "none", "503 at 1.002s, retry after 2s"},
			{1 * time.Second, Initialize, 3, "none", "503 at 1.002s, retry after 3s"},
		}},
		{"at most two at a time", func(s *Scenario) { s.Server.Depth = 2 }, []asked{
			{1 * time.Second, Call, 0, "none", "200 at 1.1s"},
			{1 * time.Second, Call, 1, "none", "200 at 1.2s"},
			{1 * time.Second, Call, 2, "none", "503 at 1.002s"},
			{1101 * time.Millisecond, Call, 2, "none", "200 at 1.302s"},
		}},
		{"two workers share the capacity", func(s *Scenario) { s.Server.Workers = 2 }, []asked{
			{1 * time.Second, Call, 0, "none", "200 at 1.2s"},
			{1 * time.Second, Call, 1, "none", "200 at 1.2s"},
			{1 * time.Second, Call, 2, "none", "200 at 1.4s"},
		}},
		{"credentials expire", func(s *Scenario) {
			s.Events = []Event{{Kind: Expire, At: dur(time.Second)}}
			s.Server.Login = Login{Capacity: 1, Queue: dur(time.Second), Reject: 0.5}
		}, []asked{
			{2 * time.Second, Call, 0, "old", "401 at 2.002s"},
			{3 * time.Second, Refresh, 0, "none", "200 at 4s"},
			{3 * time.Second, Refresh, 1, "none", "200 at 5s"},
			{3 * time.Second, Refresh, 2, "none", "503 at 3.5s"},
			{6 * time.Second, Call, 0, "old", "200 at 6.1s"},
			{6 * time.Second, Call, 2, "old", "401 at 6.102s"},
		}},
		{"lost before the run began", func(s *Scenario) { s.Clients.Start.Lost = true }, []asked{
			{1 * time.Second, Call, 0, "old", "404 at 1.01s"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Base()
			s.Clients.Number, s.Server.Capacity = 4, 10
			if c.change != nil {
				c.change(&s)
			}
			if err := s.Validate(); err != nil {
				t.Fatal(err)
			}
			server := NewServer(s, 1)
			old := make([]Token, 4)
			for i := range old {
				old[i] = server.Opened(uint32(i), s.Clients.Start.Lost)
			}
			var fresh Token
			for i, a := range c.story {
				q := Request{Kind: a.kind, Client: a.client, Token: map[string]Token{"old": old[a.client], "new": fresh}[a.with]}
				r := server.Arrive(Time(a.at), q)
				if r.Token != 0 {
					fresh = r.Token
				}
				if got := r.story(); got != a.want {
					t.Errorf("request %d, %v of client %d at %v: %s, want %s", i, a.kind, a.client, a.at, got, a.want)
				}
			}
		})
	}
}

func (r Reply) story() string {
	text := fmt.Sprint(r.Status)
	if r.Fate != Answered {
		text = r.Fate.String()
	}
	if r.Fate != Silent {
		text += fmt.Sprintf(" at %v", time.Duration(r.Done))
	}
	if r.Hint > 0 {
		text += fmt.Sprintf(", retry after %v", r.Hint)
	}
	return text
}

// Without affinity a request meets its own replica once in four; with it,
// always, until that one is down.
func TestRouting(t *testing.T) {
	s := Base()
	s.Clients.Number, s.Server.Capacity, s.Server.Replicas = 1000, 1e6, 4
	s.Events = []Event{{Kind: Restart, At: dur(time.Minute), For: dur(time.Minute), Every: dur(10 * time.Minute)}}
	for _, c := range []struct {
		affinity   bool
		at         time.Duration
		known, off float64
	}{
		{true, time.Second, 1, 0},
		{false, time.Second, 0.25, 0.055},      // four standard deviations of 1000 tosses
		{true, 90 * time.Second, 0.75, 0.055},  // one replica of four is down
		{true, 200 * time.Second, 0.75, 0.055}, // and has forgotten
		{false, 90 * time.Second, 0.25, 0.055}, // 3/4 x 1/3
		{true, 3000 * time.Second, 0, 0},       // all have
		{false, 3000 * time.Second, 0, 0},
	} {
		s.Server.Affinity = c.affinity
		server := NewServer(s, 1)
		known := 0
		tokens := make([]Token, 1000)
		for i := range tokens {
			tokens[i] = server.Opened(uint32(i), false)
		}
		for i, token := range tokens {
			if r := server.Arrive(Time(c.at), Request{Kind: Call, Client: uint32(i), Token: token}); r.Cause == Served {
				known++
			}
		}
		if share := float64(known) / 1000; share < c.known-c.off || share > c.known+c.off {
			t.Errorf("affinity %v at %v: %v of the sessions are known, want %v ± %v", c.affinity, c.at, share, c.known, c.off)
		}
	}
}

// New sessions go to replicas that have restarted.
func TestPreferNew(t *testing.T) {
	s := Base()
	s.Clients.Number, s.Server.Capacity, s.Server.Replicas, s.Server.PreferNew = 1, 1e6, 5, true
	s.Events = []Event{{Kind: Restart, At: dur(time.Minute), For: dur(time.Second), Every: dur(time.Minute)}}
	server := NewServer(s, 1)
	nodes := map[int]bool{}
	for i := range 100 {
		r := server.Arrive(Time(200*time.Second)+Time(i)*1e6, Request{Kind: Initialize})
		nodes[server.nodeOf(r.Token)] = true
	}
	if len(nodes) != 3 || !nodes[0] || !nodes[1] || !nodes[2] {
		t.Errorf("new sessions are on %v, want 0, 1 and 2", nodes)
	}
}

// What the classifier says of the answers is what the scenarios mean by them.
func TestVerdicts(t *testing.T) {
	for _, form := range []string{"404", "400", "401"} {
		for _, down := range []string{"refused", "502", "503"} {
			for _, full503 := range []int{503, 429} {
				s := Base().Server
				s.Stale, s.Down, s.Full = form, down, full503
				v := newVerdicts(s)
				for a, want := range map[answer]classify.Class{
					served: classify.OK, stale: classify.Stale, full: classify.Transient, full.hinted(5 * time.Second): classify.Transient,
					gone: classify.Transient, denied: classify.Auth, refused: classify.Transient, reset: classify.Transient,
					timedOut: classify.Transient, expired: classify.Fatal,
				} {
					if got := v.of(a, true); got.Class != want {
						t.Errorf("stale %s, down %s, full %d: answer %d is %v, want %v", form, down, full503, a, got, want)
					}
				}
				if got := v.of(stale, true).Executed; got != classify.No {
					t.Errorf("stale %s: executed is %v", form, got)
				}
			}
		}
	}
	if a := full.hinted(90 * time.Minute); a.hint() != time.Hour || a.kind() != full {
		t.Errorf("a Retry-After of 90 minutes is kept as %v of %v", a.hint(), a.kind())
	}
}
