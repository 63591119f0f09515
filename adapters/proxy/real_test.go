package proxy_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/adapters/proxy"
	"github.com/mcprecover/mcprecover/faults"
	"github.com/mcprecover/mcprecover/policy"
)

// TestMain fails where a test leaves something running.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a real go-sdk server that faults can be put into, and a Proxy with the
// engine before it.
type rig struct {
	server  *mcp.Server
	faults  *faults.Server
	metrics *proxy.Metrics
	url     string // of the Proxy's endpoint

	mu     sync.Mutex
	wire   []string // what came to the server, sessions named A, B, ... as they appear
	named  map[string]string
	events map[nethttp.EventKind]chan nethttp.Event // the last ones of each kind
}

func newRig(t *testing.T, plan ...faults.Rule) *rig {
	t.Helper()
	r := &rig{named: map[string]string{}, metrics: proxy.NewMetrics(), events: map[nethttp.EventKind]chan nethttp.Event{}}
	for _, kind := range []nethttp.EventKind{nethttp.StreamAttached, nethttp.StreamParked, nethttp.RecoveryDone} {
		r.events[kind] = make(chan nethttp.Event, 100)
	}
	r.server = mcp.NewServer(&mcp.Implementation{Name: "real", Version: "1"}, nil)
	mcp.AddTool(r.server, &mcp.Tool{Name: "hello"}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "hello"}}}, nil, nil
	})
	var err error
	r.faults, err = faults.New(faults.Config{
		Handler:  mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return r.server }, nil),
		Plan:     faults.Plan{Rules: plan},
		Observer: r.saw,
	})
	if err != nil {
		t.Fatal(err)
	}
	upstream := httptest.NewUnstartedServer(r.faults)
	upstream.Config.ConnState = r.faults.ConnState
	upstream.Start()
	t.Cleanup(func() {
		for s := range r.server.Sessions() {
			_ = s.Close()
		}
		upstream.Close()
	})
	u, err := url.Parse(upstream.URL + "/mcp")
	if err != nil {
		t.Fatal(err)
	}
	swift := policy.Default()
	swift.Patience, swift.Splay = policy.Duration(2*time.Second), policy.Duration(time.Millisecond)
	swift.Handshake.Base, swift.Handshake.Cap = policy.Duration(time.Millisecond), policy.Duration(10*time.Millisecond) // streams wait by it too
	count := r.metrics.Observer("real")
	engine := &nethttp.Transport{Base: manyIdle(t), Shared: true, Policy: &swift, Observer: func(e nethttp.Event) {
		count(e)
		if ch := r.events[e.Kind]; ch != nil {
			ch <- e
		}
	}}
	t.Cleanup(func() { engine.Close() })
	p, err := proxy.New(proxy.Config{Upstream: u, Transport: engine, Metrics: r.metrics, Name: "real"})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(p)
	t.Cleanup(front.Close)
	r.url = front.URL + "/mcp"
	return r
}

// saw writes down a request of the server's.
func (r *rig) saw(e faults.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := func(id string) string {
		if id == "" {
			return "-"
		}
		if r.named[id] == "" {
			r.named[id] = string(rune('A' + len(r.named)))
		}
		return r.named[id]
	}
	line := fmt.Sprintf("%-6s %-25s session %s -> %d", e.HTTPMethod, e.RPCMethod, name(e.Session), e.Status)
	if e.Opened != "" {
		line += " opens " + name(e.Opened)
	}
	r.wire = append(r.wire, line)
}

// posts are the POSTs that came to the server, a line each.
func (r *rig) posts() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for _, line := range r.wire {
		if strings.HasPrefix(line, "POST") {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// await takes the next event of a kind.
func (r *rig) await(t *testing.T, kind nethttp.EventKind) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	select {
	case <-r.events[kind]:
	case <-ctx.Done():
		t.Fatalf("no %s came", kind)
	}
}

// client connects a go-sdk client through the Proxy.
func (r *rig) client(t *testing.T, o *mcp.ClientOptions) *mcp.ClientSession {
	t.Helper()
	c := mcp.NewClient(&mcp.Implementation{Name: "client", Version: "1"}, o)
	s, err := c.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: r.url, HTTPClient: &http.Client{Transport: manyIdle(t)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// hello calls the tool.
func hello(t *testing.T, s *mcp.ClientSession) {
	t.Helper()
	res, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "hello"})
	if err != nil || res.IsError || res.Content[0].(*mcp.TextContent).Text != "hello" {
		t.Fatalf("the call: %v, %v", res, err)
	}
}
