package replay_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/replay"
)

var update = flag.Bool("update", false, "rewrite the traces in testdata")

// truth is what befalls a fleet whose trace is fitted.
func truth(clients int) simulate.Scenario {
	s := simulate.Base()
	s.Clients.Number, s.Clients.Think, s.Clients.RTT = 200, policy.Duration(20*time.Second), policy.Duration(30*time.Millisecond)
	s.Server.Capacity, s.Server.Cost.Initialize, s.Server.Queue = 40, 5, policy.Duration(2*time.Second)
	s.Events = []simulate.Event{{Kind: simulate.Restart, At: policy.Duration(30 * time.Second), For: policy.Duration(15 * time.Second)}}
	s.Horizon = policy.Duration(4 * time.Minute)
	return s.Scaled(clients)
}

// A fleet of real Transports writes a trace; the scenario fitted to it is the
// one that befell the fleet.
func TestRealTransportsTrace(t *testing.T) {
	var trace bytes.Buffer
	synctest.Test(t, func(t *testing.T) { record(t, truth(200), &trace) })
	fitted(t, &trace, truth(200), 0.25)
}

// The trace in testdata was written by such a fleet: what writes traces today
// must not make yesterday's unreadable. It is small, and so fits less well.
func TestStoredTrace(t *testing.T) {
	const file = "testdata/restart.jsonl"
	if *update {
		var trace bytes.Buffer
		synctest.Test(t, func(t *testing.T) { record(t, truth(60), &trace) })
		if err := os.WriteFile(file, trace.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fitted(t, f, truth(60), 0.4) // three standard errors of 60 first calls
}

func fitted(t *testing.T, r io.Reader, want simulate.Scenario, share float64) {
	t.Helper()
	trace, err := replay.Read(r)
	if err != nil {
		t.Fatal(err)
	}
	base := simulate.Base()
	fit, err := trace.Fit(base)
	if err != nil {
		t.Fatal(err)
	}
	if err := fit.Refine(t.Context(), policy.Default()); err != nil {
		t.Fatal(err)
	}
	for _, k := range fit.Known {
		t.Logf("%-20s %-24s %s", k.Field, k.Value, k.From)
	}
	for _, u := range fit.Unknown {
		t.Logf("%-20s %-24s ? %s", u.Field, u.Assumed, u.Why)
	}
	got := fit.Scenario
	near := func(what string, got, want, share float64) {
		t.Helper()
		if got < want*(1-share) || got > want*(1+share) {
			t.Errorf("%s: fitted %v, it was %v", what, got, want)
		}
	}
	if got.Clients.Number != want.Clients.Number || got.Clients.Gateways.Processes != 0 || got.Clients.Eager != 0 {
		t.Errorf("the fleet is %+v", got.Clients)
	}
	if e := got.Events[0]; e.Kind != simulate.Restart {
		t.Fatalf("the event is a %s", e.Kind)
	}
	near("outage", time.Duration(got.Events[0].For).Seconds(), 15, 0.1)
	near("think", time.Duration(got.Clients.Think).Seconds(), 20, share)
	near("rtt", time.Duration(got.Clients.RTT).Seconds(), 0.03, 0.5)
	near("capacity", got.Server.Capacity, want.Server.Capacity, share)
	near("queue", time.Duration(got.Server.Queue).Seconds(), 2, 0.5)

	var runs []*simulate.Result
	for seed := range uint64(8) {
		r, err := simulate.Run{Scenario: fit.Scenario, Policy: policy.Default(), Seed: seed}.Do(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, r)
	}
	for _, x := range fit.Check(runs) {
		t.Logf("%-16s %8.1f, simulated %8.1f .. %8.1f", x.Figure, x.Trace, x.Low, x.High)
		if !x.Fits {
			t.Errorf("%s does not fit", x.Figure)
		}
	}
}

// record runs the fleet; every client has a Transport of its own.
func record(t *testing.T, s simulate.Scenario, w io.Writer) {
	chance := simulate.Chance(7)
	f := &fleet{server: simulate.NewServer(s, chance), origin: time.Now(), rtt: time.Duration(s.Clients.RTT)}
	observe := nethttp.TraceTo(w, func(err error) { t.Error(err) })
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(s.Window().End))
	defer cancel()
	var all sync.WaitGroup
	for id := range uint32(s.Clients.Number) {
		client := &client{fleet: f, id: id, first: f.server.Opened(id, false)}
		random := rand.New(rand.NewPCG(7, uint64(id)))
		rt := &nethttp.Transport{Base: client, Observer: observe, Rand: func(key uint64, draw uint32) float64 {
			return rand.New(rand.NewPCG(key<<32|uint64(id), uint64(draw))).Float64()
		}}
		session := client.call(t.Context(), rt, "", "initialize").Header.Get("Mcp-Session-Id")
		client.begun = true
		all.Go(func() {
			defer rt.Close()
			for {
				select {
				case <-ctx.Done():
					return
				case <-time.After(time.Duration(random.ExpFloat64() * float64(s.Clients.Think))):
				}
				one, stop := context.WithTimeout(ctx, time.Minute)
				if resp := client.call(one, rt, session, "tools/list"); resp != nil {
					io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
				stop()
			}
		})
	}
	all.Wait()
}

type fleet struct {
	mu     sync.Mutex
	server *simulate.Server
	origin time.Time
	rtt    time.Duration
}

// client is one client's network: it does what the server value says.
type client struct {
	*fleet
	id    uint32
	first simulate.Token
	begun bool
}

func (c *client) call(ctx context.Context, rt http.RoundTripper, session, method string) *http.Response {
	body := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}`, method)
	req, _ := http.NewRequestWithContext(ctx, "POST", "http://mcp.test/mcp", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	if session != "" {
		req.Header.Set("Mcp-Session-Id", session)
		req.Header.Set("Mcp-Protocol-Version", "2025-06-18")
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return nil
	}
	return resp
}

func (c *client) RoundTrip(req *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(req.Body)
	req.Body.Close()
	_, method, _ := strings.Cut(string(body), `"method":"`)
	method, _, _ = strings.Cut(method, `"`)
	kind := map[string]simulate.Kind{"initialize": simulate.Initialize, "notifications/initialized": simulate.Initialized, "ping": simulate.Ping}[method]
	if req.Method == "DELETE" {
		kind = simulate.Delete
	}
	if !c.begun {
		return answer(c.id, req, simulate.Reply{Status: 200, Cause: simulate.Served, Token: c.first}, kind), nil
	}
	_, text, _ := strings.Cut(req.Header.Get("Mcp-Session-Id"), ".")
	token, _ := strconv.Atoi(text)
	c.mu.Lock()
	reply := c.server.Arrive(int64(time.Since(c.origin)), simulate.Request{Kind: kind, Client: c.id, Token: simulate.Token(token)})
	c.mu.Unlock()
	wait := time.Duration(reply.Done) - time.Since(c.origin) + c.rtt
	if reply.Fate == simulate.Refused {
		wait = c.rtt
	}
	select {
	case <-req.Context().Done():
		return nil, req.Context().Err()
	case <-time.After(wait):
	}
	switch reply.Fate {
	case simulate.Refused:
		return nil, &net.OpError{Op: "dial", Net: "pipe", Err: errors.New("connection refused")}
	case simulate.Answered:
		return answer(c.id, req, reply, kind), nil
	}
	return nil, io.ErrUnexpectedEOF
}

func answer(id uint32, req *http.Request, reply simulate.Reply, kind simulate.Kind) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	text := `{"jsonrpc":"2.0","id":1,"result":{}}`
	switch {
	case reply.Cause == simulate.Lost:
		text = `{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}}`
	case reply.Cause != simulate.Served:
		text = ""
	case kind == simulate.Initialize:
		h.Set("Mcp-Session-Id", fmt.Sprintf("%d.%d", id, reply.Token))
		text = `{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"raw","version":"1"}}}`
	case kind == simulate.Initialized:
		reply.Status, text = 202, ""
	}
	return &http.Response{
		StatusCode: cmp.Or(reply.Status, 200), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(strings.NewReader(text)), ContentLength: int64(len(text)), Request: req,
	}
}
