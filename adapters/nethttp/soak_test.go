package nethttp_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/pprof"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/policy"
)

var (
	soakFor  = flag.Duration("soak.for", 3*time.Second, "how long the soak lasts; 0: a minute and 200,000 calls")
	soakSeed = flag.Uint64("soak.seed", 0, "what the soak's clients and faults draw from; 0: another one each time")
)

const (
	soakCalls = 200_000         // that the soak makes at least, unless told how long it lasts
	soakMost  = 3 * time.Minute // however slow the machine is
	hangs     = time.Minute     // after which a client that should have ended has not
)

// soakPolicy is the default one, made quick: the same rules meet as many
// losses in a minute as a client meets in months.
func soakPolicy() *policy.Policy {
	const ms = policy.Duration(time.Millisecond)
	p := policy.Default()
	p.Patience, p.HandshakeTimeout = 6000*ms, 3000*ms
	p.Refused.Base, p.Refused.Cap, p.Refused.Min, p.Refused.LastTry = 50*ms, 500*ms, 10*ms, 100*ms
	p.Handshake.Base, p.Handshake.Cap = 50*ms, 1000*ms
	p.HoldWithin, p.HoldReset = 100*ms, 500*ms
	p.OrphanGrace, p.HeaderLimit = 1000*ms, 3000*ms
	p.HintMax, p.Splay = 3000*ms, 200*ms
	p.Breaker.Open, p.Breaker.MaxOpen = 200*ms, 1000*ms
	p.Pacing = policy.Pacing{Every: 20 * ms, Burst: 5, Slack: 200 * ms}
	return &p
}

// TestSoak lets hundreds of clients, of both SDKs and raw ones, call real
// servers over loopback sockets through one Transport, while everything that
// package faults knows goes wrong at random. What must hold is counted on both
// ends; see ledger. It ends with all servers well, and then every session works
// and nothing is left open.
func TestSoak(t *testing.T) {
	seed := *soakSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-soak.seed=%d", seed)
	leaks := goleak.IgnoreCurrent()
	s := startSoak(t, seed)
	s.runs()
	s.ends()
	if err := goleak.Find(leaks); err != nil {
		t.Errorf("goroutines are left: %v", err)
	}
	s.judge()
	if t.Failed() {
		t.Logf("to play these clients and faults again: go test -run '^TestSoak$' -soak.seed=%d", seed)
	}
}

// soaking is one run.
type soaking struct {
	t       *testing.T
	seed    uint64
	policy  *policy.Policy
	ledger  *ledger
	wire    *wire
	rt      *nethttp.Transport
	places  []*place
	clients []soaker
	forms   int // stale ones that one place at least has met all
	took    time.Duration
}

// soaker is a client: it connects, calls until the soak is over, and once more
// when all servers are well.
type soaker interface {
	soaks(over <-chan struct{})
	last()
	closes()
}

func startSoak(t *testing.T, seed uint64) *soaking {
	s := &soaking{t: t, seed: seed, policy: soakPolicy(), ledger: newLedger(t), wire: newWire()}
	safe := &hints{}
	s.rt = &nethttp.Transport{
		Base: s.wire, Policy: s.policy, Final: nethttp.AsError,
		SafeTool: safe.safe, Observer: s.ledger.told, Renewed: s.ledger.renewed,
	}
	for _, kind := range []struct {
		server   newLife
		raw, sdk int // clients; of sdk as many of each
	}{
		{goSDKLife, 20, 8},
		{mcpGoLife, 20, 8},
		{quickLife, 100, 0},
		{quickLife, 100, 0},
	} {
		p := newPlace(t, s.ledger, kind.server)
		s.places = append(s.places, p)
		for range kind.raw {
			s.clients = append(s.clients, &rawClient{soakClient: s.client(p, safe)})
		}
		for range kind.sdk {
			s.clients = append(s.clients, &sdkClient{soakClient: s.client(p, safe), dial: dialGoSDK}, &sdkClient{soakClient: s.client(p, safe), dial: dialMCPGo})
		}
	}
	return s
}

func (s *soaking) client(p *place, safe *hints) soakClient {
	a := s.ledger.account()
	return soakClient{account: a, place: p, rt: s.rt, hints: safe, random: rand.New(rand.NewPCG(s.seed, uint64(a.n)))}
}

// runs lets it rain on all places until the soak is over.
func (s *soaking) runs() {
	began := time.Now()
	over, clear := make(chan struct{}), make(chan struct{})
	var clients, rain sync.WaitGroup
	for _, c := range s.clients {
		clients.Go(func() { c.soaks(over) })
	}
	corpus := staleForms(s.t)
	var sky []*weather
	for i, p := range s.places {
		w := &weather{t: s.t, place: p, stale: corpus, random: rand.New(rand.NewPCG(s.seed, 1_000_000+uint64(i)))}
		sky = append(sky, w)
		rain.Go(func() { w.rains(clear) })
	}
	s.waitsForCalls()
	close(over)
	s.within(hangs, "its last call", &clients) // the last calls meet faults as well
	close(clear)
	rain.Wait()
	s.took = time.Since(began)
	for _, w := range sky {
		s.forms = max(s.forms, min(w.used, len(corpus)))
	}
	for _, c := range s.clients {
		clients.Go(c.last)
	}
	s.within(hangs, "the call that every session must serve at last", &clients)
}

// waitsForCalls returns when the soak has lasted: for its time, and by default
// for as many calls as it must make.
func (s *soaking) waitsForCalls() {
	least, most, calls := *soakFor, *soakFor, int64(0)
	switch {
	case *soakFor > 0:
	case nethttp.RaceEnabled:
		least, most = time.Minute, time.Minute
	default:
		least, most, calls = time.Minute, soakMost, soakCalls
	}
	enough := s.ledger.reaches(calls)
	bound, cancel := context.WithTimeout(s.t.Context(), most)
	defer cancel()
	select {
	case <-time.After(least):
	case <-bound.Done():
	}
	select {
	case <-enough:
	case <-bound.Done():
		if calls > 0 {
			s.t.Errorf("%d calls in %v, want %d: this machine is too slow", s.ledger.calls.Load(), most, calls)
		}
	}
}

// within waits for clients; those that hang are shown with their stacks.
func (s *soaking) within(bound time.Duration, what string, wg *sync.WaitGroup) {
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(bound):
		_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
		s.t.Fatalf("-soak.seed=%d: after %v a client has not come back from %s", s.seed, bound, what)
	}
}

// ends closes clients, Transport and servers, in this order, and checks that
// each leaves nothing open for the next.
func (s *soaking) ends() {
	var clients sync.WaitGroup
	for _, c := range s.clients {
		clients.Go(c.closes)
	}
	s.within(hangs, "Close", &clients)
	s.rt.Close()
	s.rt.CloseIdleConnections()
	s.empty("response bodies", &s.wire.bodies)
	s.empty("request bodies", &s.ledger.requests)
	for _, p := range s.places {
		s.empty(fmt.Sprintf("connections to %s", p.url), &p.conns)
		p.stop()
	}
}

func (s *soaking) empty(what string, g *gauge) {
	select {
	case <-g.empty():
	case <-time.After(10 * time.Second):
		s.t.Errorf("%d %s are still open, of %d", g.count(), what, g.total)
	}
}
