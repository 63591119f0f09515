package simulate_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/simulate"
)

// fleet is a real one: clients with Transports, in front of a real HTTP server
// that asks the simulator's server value what to do.
type fleet struct {
	run    simulate.Run
	server *simulate.Server
	chance simulate.Chance
	origin time.Time
	over   chan struct{} // closed at the run's end
	dials  chan net.Conn

	serial   atomic.Uint64 // makes session ids unique
	begun    atomic.Bool   // the run has: until then sessions are opened for nothing
	mu       sync.Mutex    // around all that follows
	users    []user
	ids      map[string]uint32 // clients by the short hash of their session
	arrivals []*arrival        // of this very instant
	figures  figures
	starts   map[int]int // handshakes by second
	opening  uint32      // the client that is being connected
}

type user struct {
	call        atomic.Uint32 // the present one
	token, next simulate.Token
	recovered   simulate.Time // when it last replaced a session that an event took
}

func (f *fleet) now() simulate.Time { return int64(time.Since(f.origin)) }

func (f *fleet) until(at simulate.Time) { time.Sleep(time.Duration(at - f.now())) }

func live(t *testing.T, run simulate.Run) figures {
	n, window := run.Scenario.Clients.Number, run.Scenario.Window()
	chance := simulate.Chance(run.Seed)
	f := &fleet{
		run: run, chance: chance, server: simulate.NewServer(run.Scenario, chance), origin: time.Now(), over: make(chan struct{}),
		dials: make(chan net.Conn), users: make([]user, n), ids: map[string]uint32{}, starts: map[int]int{},
	}
	srv := &http.Server{Handler: f}
	go srv.Serve(f)
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	var transports []*nethttp.Transport
	sessions := max(run.Scenario.Clients.Gateways.Sessions, 1)
	for id := range uint32(n) {
		if int(id)%sessions == 0 {
			transports = append(transports, f.transport(id))
		}
		first, token, listens := run.Birth(id, f.server)
		f.users[id].token = token
		rt := transports[len(transports)-1]
		session := f.connect(t, id, rt)
		if listens {
			stream := f.listen(t, ctx, id, rt, session)
			all.Go(func() { io.Copy(io.Discard, stream); stream.Close() })
		}
		all.Go(func() { f.use(ctx, id, rt, session, first) })
	}
	if f.now() != 0 {
		t.Fatalf("to connect the fleet took %v", f.now())
	}
	f.begun.Store(true)
	f.until(window.End)
	f.mu.Lock()
	g := f.measure(window)
	f.mu.Unlock()
	cancel()
	close(f.over)
	for _, rt := range transports {
		rt.Close()
	}
	all.Wait()
	srv.Close()
	return g
}

// measure computes the figures as the simulator's Result does. Called under mu.
func (f *fleet) measure(window simulate.Window) figures {
	g := f.figures
	for second, n := range f.starts {
		if int64(second)*int64(time.Second) >= window.Trigger-int64(time.Second) {
			g.peak = max(g.peak, float64(n))
		}
	}
	var times []simulate.Time
	for id := range f.users {
		u := &f.users[id]
		if f.server.Swept(u.token, uint32(id), window.End) {
			u.recovered = int64(simulate.Never)
		}
		if u.recovered != 0 {
			times = append(times, u.recovered)
		}
	}
	slices.SortFunc(times, cmp.Compare)
	at := func(q float64) time.Duration {
		if len(times) == 0 {
			return 0
		}
		t := times[max(int(math.Ceil(q*float64(len(times))-1e-6))-1, 0)]
		if t == int64(simulate.Never) {
			return simulate.Never
		}
		return time.Duration(t - window.Trigger)
	}
	g.t50, g.t99 = at(0.5), at(0.99)
	return g
}

// transport is a process, whose first client is given. Its random numbers are
// those of the simulator: of a session, which it numbers from 1 in the order of
// their initializes, or of the call that the session's user makes at present.
func (f *fleet) transport(first uint32) *nethttp.Transport {
	return &nethttp.Transport{
		Base:        &http.Transport{DialContext: f.dial, DisableKeepAlives: true},
		Policy:      &f.run.Policy,
		BaseContext: func(req *http.Request) context.Context { return context.WithoutCancel(req.Context()) },
		Rand: func(key uint64, draw uint32) float64 {
			if key>>32 == 0 {
				return f.chance.OfSession(first+uint32(key)-1, draw)
			}
			id := first + uint32(key>>32) - 1
			return f.chance.OfCall(id, f.users[id].call.Load(), draw)
		},
		Observer: f.observe,
	}
}

func (f *fleet) observe(e nethttp.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch e.Kind {
	case nethttp.SessionOpened:
		f.ids[e.Session] = f.opening
	case nethttp.RecoveryStarted:
		f.figures.initializes++
		f.starts[int(f.now()/int64(time.Second))]++
	case nethttp.RecoveryDone:
		f.figures.opened++
		id := f.ids[e.Session]
		u := &f.users[id]
		if f.server.Swept(u.token, id, f.now()) {
			u.recovered = f.now()
		}
		u.token = u.next
	}
}

// The client: JSON-RPC by hand.

func (f *fleet) request(ctx context.Context, id uint32, method, session, body string) *http.Request {
	req, err := http.NewRequestWithContext(context.WithValue(ctx, rttKey{}, f.run.RTT(id)), method, "http://mcp.test/mcp", strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	req.Header.Set("X-Client", strconv.Itoa(int(id)))
	if session != "" {
		req.Header.Set("Mcp-Session-Id", session)
		req.Header.Set("Mcp-Protocol-Version", "2025-06-18")
	}
	return req
}

func (f *fleet) connect(t *testing.T, id uint32, rt *nethttp.Transport) (session string) {
	f.opening = id
	resp, err := rt.RoundTrip(f.request(t.Context(), id, "POST", "", `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.Header.Get("Mcp-Session-Id")
}

func (f *fleet) listen(t *testing.T, ctx context.Context, id uint32, rt *nethttp.Transport, session string) io.ReadCloser {
	req := f.request(ctx, id, "GET", session, "")
	req.Header.Set("Accept", "text/event-stream")
	resp, err := rt.RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	return resp.Body
}

// use is what a user does: call, think, call again.
func (f *fleet) use(ctx context.Context, id uint32, rt *nethttp.Transport, session string, at simulate.Time) {
	for call := uint32(0); ; call++ {
		f.until(at)
		if f.now() >= f.run.Scenario.Window().End {
			return
		}
		f.users[id].call.Store(call)
		f.mu.Lock()
		f.figures.calls++
		f.mu.Unlock()
		err := f.call(ctx, id, rt, session)
		f.mu.Lock()
		if err != nil && ctx.Err() == nil {
			f.figures.failed++
		}
		f.mu.Unlock()
		at = f.run.After(id, call, f.now())
	}
}

func (f *fleet) call(ctx context.Context, id uint32, rt *nethttp.Transport, session string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(f.run.Scenario.Clients.Deadline))
	defer cancel()
	resp, err := rt.RoundTrip(f.request(ctx, id, "POST", session, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}
