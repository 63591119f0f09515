package nethttp_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

var virtualSeeds = flag.Int("virtual.seeds", 0, "how many seeds the virtual-time soak plays; 0: as many as fit into CI")

// network is a server's place in memory: connections are pipes, so that a
// synctest bubble can hold clients and servers and move their time.
type network struct {
	mu    sync.Mutex
	down  bool
	dials chan net.Conn
	open  map[net.Conn]bool
	srv   *http.Server
}

func newNetwork(h http.Handler) *network {
	n := &network{open: map[net.Conn]bool{}}
	n.start(h)
	return n
}

func (n *network) start(h http.Handler) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.srv != nil && !n.down {
		return
	}
	n.down = false
	n.dials = make(chan net.Conn)
	n.srv = &http.Server{Handler: h}
	go n.srv.Serve(pipes{n.dials, make(chan struct{}), new(sync.Once)})
}

// stop closes everything, as the end of a process does; dials are refused.
func (n *network) stop() {
	n.mu.Lock()
	n.down = true
	srv, open := n.srv, n.open
	n.open = map[net.Conn]bool{}
	n.mu.Unlock()
	srv.Close()
	for c := range open {
		c.Close()
	}
}

// cut closes the connections; the server lives on.
func (n *network) cut() {
	n.mu.Lock()
	open := n.open
	n.open = map[net.Conn]bool{}
	n.mu.Unlock()
	for c := range open {
		c.Close()
	}
}

var errNobody = &net.OpError{Op: "dial", Net: "pipe", Err: errors.New("connection refused")}

func (n *network) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	n.mu.Lock()
	down, dials := n.down, n.dials
	n.mu.Unlock()
	if down {
		return nil, errNobody
	}
	client, server := net.Pipe()
	select {
	case dials <- server:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down || n.dials != dials {
		client.Close()
		return nil, errNobody
	}
	n.open[client] = true
	return client, nil
}

// pipes is the listener at the end of the dials.
type pipes struct {
	dials <-chan net.Conn
	gone  chan struct{}
	once  *sync.Once
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.dials:
		return c, nil
	case <-p.gone:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { p.once.Do(func() { close(p.gone) }); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// counts is what a soak saw.
type counts struct {
	calls, answered, unknown, failed, recoveries int
}

// TestSoakInVirtualTime lets real clients call real servers through hours of
// losses, restarts and outages, each seed its own. Every call ends with its own
// answer or a typed error; nothing runs twice; once the server is healthy again
// a call succeeds; nothing is left behind, which the bubble itself checks.
func TestSoakInVirtualTime(t *testing.T) {
	seeds := *virtualSeeds
	if seeds == 0 {
		seeds = 1000
		if nethttp.RaceEnabled {
			seeds = 100
		}
		if testing.Short() {
			seeds = 40
		}
	}
	for cn, connect := range clients {
		for sn, server := range servers {
			t.Run(cn+" client, "+sn+" server", func(t *testing.T) {
				var sum counts
				for seed := range uint64(seeds / 4) {
					synctest.Test(t, func(t *testing.T) { soak(t, seed, connect, server, &sum) })
					if t.Failed() {
						t.Fatalf("seed %d", seed)
					}
				}
				t.Logf("%d seeds: %+v", seeds/4, sum)
			})
		}
	}
}

func soak(t *testing.T, seed uint64, connect connect, server newServer, sum *counts) {
	random := rand.New(rand.NewPCG(seed, 1))
	r := runs{work: func() { // losses, cuts and restarts meet calls that run
		time.Sleep([]time.Duration{0, 0, 100 * time.Millisecond, 2 * time.Second}[rand.IntN(4)])
	}}
	l := &lossy{new: func() (http.Handler, func()) { return server(&r) }}
	kinds := []string{"sessions dropped", "404 text", "404 JSON-RPC, id echoed", "404 JSON-RPC, id null", "401", "400", "410", "422"}
	l.stale = words[kinds[random.IntN(len(kinds))]]
	l.forget()
	n := newNetwork(l)
	base := &http.Transport{DialContext: n.dial}
	var mu sync.Mutex
	opened := map[string]map[uint32]int{} // recoveries by session and epoch
	rt := &nethttp.Transport{Base: base, Observer: func(e nethttp.Event) {
		if e.Kind == nethttp.RecoveryDone {
			mu.Lock()
			defer mu.Unlock()
			if opened[e.Session] == nil {
				opened[e.Session] = map[uint32]int{}
			}
			opened[e.Session][e.Epoch]++
		}
	}}
	c := connect(t, "http://mcp.test/mcp", rt)
	defer func() { // in this order, or the bubble finds somebody waiting
		c.close()
		rt.Close()
		n.stop()
		base.CloseIdleConnections()
		l.end()
		time.Sleep(time.Hour)
		synctest.Wait()
	}()

	var wg sync.WaitGroup
	number := 0
	for range 30 {
		switch random.IntN(10) {
		case 0, 1:
			l.forget()
		case 2:
			n.cut()
		case 3: // a restart, or an outage of up to an hour
			n.stop()
			l.forget()
			time.Sleep(time.Duration(random.Int64N(int64([]time.Duration{time.Second, 25 * time.Second, time.Hour}[random.IntN(3)]))))
			n.start(l)
		case 4: // a restart under way while calls come
			n.stop()
			l.forget()
			down := time.Duration(random.Int64N(int64(20 * time.Second)))
			wg.Go(func() { time.Sleep(down); n.start(l) })
		case 5:
			time.Sleep(time.Duration(random.Int64N(int64(10 * time.Minute))))
		}
		for range 1 + random.IntN(3) {
			number++
			name := fmt.Sprint("call ", number)
			wg.Go(func() { soakCall(t, c, &r, name, sum, &mu) })
		}
		if random.IntN(2) == 0 {
			wg.Wait()
		}
	}
	wg.Wait()
	time.Sleep(5 * time.Minute) // whatever backs off has come to rest
	mustRun(t, c, &r, "last")
	for session, epochs := range opened {
		for epoch, times := range epochs {
			sum.recoveries += times
			if times > 1 {
				t.Errorf("epoch %d of session %s was opened %d times", epoch, session, times)
			}
		}
	}
}

func soakCall(t *testing.T, c client, r *runs, name string, sum *counts, mu *sync.Mutex) {
	const patience = 2 * time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	start := time.Now()
	err := c.run(ctx, name)
	mu.Lock()
	defer mu.Unlock()
	sum.calls++
	var e *nethttp.Error
	switch ran := r.of(name); {
	case ran > 1:
		t.Errorf("%s ran %d times", name, ran)
	case err == nil && ran != 1:
		t.Errorf("%s was answered and ran %d times", name, ran)
	case err == nil:
		sum.answered++
	case !errors.As(err, &e):
		// At the call's own deadline the SDK may see that itself before our error.
		if late := err == context.DeadlineExceeded && time.Since(start) == patience; !late && !orphaned(err) {
			t.Errorf("%s: %v (%T), want an answer or a typed error", name, err, err)
		}
		sum.unknown++
	case e.OutcomeUnknown():
		sum.unknown++
	case ran == 1 && e.Executed == classify.No:
		t.Errorf("%s ran, and its error says that it did not: %v", name, err)
	default:
		sum.failed++
		if e.Why == policy.Unclassified {
			t.Errorf("%s: %v", name, err)
		}
	}
	if took := time.Since(start); took > patience+time.Second {
		t.Errorf("%s took %v", name, took)
	}
}

// orphaned reports whether an error came inside a stream: there the SDKs make
// their own error of it, and only the message tells.
func orphaned(err error) bool { return strings.Contains(err.Error(), "mcprecover: ") }
