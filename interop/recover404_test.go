package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	mcpgoclient "github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	mcpgosdk "github.com/mark3labs/mcp-go/mcp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcprecover/mcprecover/adapters/gosdk"
	"github.com/mcprecover/mcprecover/adapters/mcpgo"
)

// The two checks that the official conformance suite lacks (its issue 76, and
// pull request 326, whose names they have).
const (
	renegotiates = "client-session-renegotiate-on-404"
	continues    = "client-session-continues-after-renegotiation"
)

// forgetful is a server that opens session A, answers the first call on it 404,
// and opens session B.
type forgetful struct {
	body     string // of the 404
	mu       sync.Mutex
	wire     []string // POSTs: method and session
	ran      int
	sessions int
}

func (f *forgetful) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	var m struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
	}
	body, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &m)
	session := r.Header.Get("Mcp-Session-Id")
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.Method == http.MethodPost {
		f.wire = append(f.wire, strings.TrimSpace(m.Method+" "+session))
	}
	result := ""
	switch {
	case m.Method == "initialize":
		w.Header().Set("Mcp-Session-Id", string(rune('A'+f.sessions)))
		f.sessions++
		result = `{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"forgetful","version":"1"}}`
	case m.Method == "tools/call" && session == "A":
		if strings.HasPrefix(f.body, "{") {
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, f.body)
		return
	case m.Method == "tools/call":
		f.ran++
		result = `{"content":[{"type":"text","text":"done"}]}`
	default:
		w.WriteHeader(http.StatusAccepted)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":%s}`, m.ID, result)
}

// failed are the checks that two calls of a client do not pass.
func (f *forgetful) failed(calls [2]error) (failed []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	first := slices.Index(f.wire, "tools/call A")
	if first < 0 || !slices.Contains(f.wire[first:], "initialize") || f.sessions != 2 {
		failed = append(failed, renegotiates) // an id would stand behind the method
	}
	if tail := []string{"notifications/initialized B", "tools/call B", "tools/call B"}; calls != [2]error{} || f.ran != 2 ||
		!slices.Equal(f.wire[max(0, len(f.wire)-len(tail)):], tail) {
		failed = append(failed, continues)
	}
	return failed
}

// dial connects a client and gives its call.
type dial func(t *testing.T, url string) (call func(context.Context) error)

func TestRenegotiatesOn404(t *testing.T) {
	bodies := []struct{ name, body string }{
		{"without a body", ""},
		{"text", "session not found"},
		{"JSON-RPC error without an id", `{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}`},
	}
	both := []string{renegotiates, continues}
	for _, c := range []struct {
		client string
		dial   dial
		failed []string
	}{
		{"go-sdk with mcprecover", dialGoSDK(func(t *mcp.StreamableClientTransport) *mcp.StreamableClientTransport { return gosdk.Wrap(t, nil) }), nil},
		{"mcp-go with mcprecover", dialMCPGo(func(url string) (transport.Interface, error) { return mcpgo.New(url, nil, nil) }), nil},
		// Without it both fail, which shows that the checks can.
		{"go-sdk", dialGoSDK(func(t *mcp.StreamableClientTransport) *mcp.StreamableClientTransport { return t }), both},
		{"mcp-go", dialMCPGo(func(url string) (transport.Interface, error) { return transport.NewStreamableHTTP(url) }), both},
	} {
		for _, b := range bodies {
			t.Run(c.client+", "+b.name, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				f := &forgetful{body: b.body}
				s := httptest.NewServer(f)
				t.Cleanup(s.Close)
				call := c.dial(t, s.URL)
				calls := [2]error{call(ctx), call(ctx)}
				if got := f.failed(calls); !slices.Equal(got, c.failed) {
					t.Errorf("failed %q, want %q\ncalls: %v\nwire: %q", got, c.failed, calls, f.wire)
				}
			})
		}
	}
}

func dialGoSDK(wrap func(*mcp.StreamableClientTransport) *mcp.StreamableClientTransport) dial {
	return func(t *testing.T, url string) func(context.Context) error {
		c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
		session, err := c.Connect(t.Context(), wrap(&mcp.StreamableClientTransport{Endpoint: url}), &mcp.ClientSessionOptions{ProtocolVersion: "2025-11-25"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = session.Close() })
		return func(ctx context.Context) error {
			_, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "do"})
			return err
		}
	}
}

func dialMCPGo(open func(url string) (transport.Interface, error)) dial {
	return func(t *testing.T, url string) func(context.Context) error {
		through, err := open(url)
		if err != nil {
			t.Fatal(err)
		}
		c := mcpgoclient.NewClient(through, mcpgoclient.WithProtocolVersion("2025-11-25"))
		t.Cleanup(func() { _ = c.Close() })
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Initialize(t.Context(), mcpgosdk.InitializeRequest{}); err != nil {
			t.Fatal(err)
		}
		return func(ctx context.Context) error {
			var req mcpgosdk.CallToolRequest
			req.Params.Name = "do"
			_, err := c.CallTool(ctx, req)
			return err
		}
	}
}
