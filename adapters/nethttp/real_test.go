package nethttp_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"

	mcpgoclient "github.com/mark3labs/mcp-go/client"
	mcpgotransport "github.com/mark3labs/mcp-go/client/transport"
	mcpgo "github.com/mark3labs/mcp-go/mcp"
	mcpgoserver "github.com/mark3labs/mcp-go/server"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// revision is the last one with sessions; both SDKs are pinned to it.
const revision = "2025-11-25"

type (
	newServer func(*runs) (h http.Handler, end func())
	connect   func(t *testing.T, url string, rt http.RoundTripper) client
)

// runs counts the executions of the tool "run" by its argument.
type runs struct {
	work func() // what an execution does; nil: nothing
	mu   sync.Mutex
	by   map[string]int
}

func (r *runs) add(n string) {
	r.mu.Lock()
	if r.by == nil {
		r.by = map[string]int{}
	}
	r.by[n]++
	r.mu.Unlock()
	if r.work != nil {
		r.work()
	}
}

func (r *runs) of(n string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.by[n]
}

// servers are the real SDK servers; each call of one makes a server that knows
// no session, and a way to end those that it has then.
var servers = map[string]newServer{
	"go-sdk": func(r *runs) (http.Handler, func()) {
		s := mcp.NewServer(&mcp.Implementation{Name: "test", Version: "1"}, nil)
		type in struct {
			N string `json:"n"`
		}
		mcp.AddTool(s, &mcp.Tool{Name: "run"}, func(_ context.Context, _ *mcp.CallToolRequest, in in) (*mcp.CallToolResult, any, error) {
			r.add(in.N)
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "ran " + in.N}}}, nil, nil
		})
		h := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s }, nil)
		return h, func() {
			for session := range s.Sessions() {
				_ = session.Close()
			}
		}
	},
	"mcp-go": func(r *runs) (http.Handler, func()) {
		s := mcpgoserver.NewMCPServer("test", "1")
		s.AddTool(mcpgo.NewTool("run", mcpgo.WithString("n")), func(_ context.Context, req mcpgo.CallToolRequest) (*mcpgo.CallToolResult, error) {
			n := req.GetString("n", "")
			r.add(n)
			return mcpgo.NewToolResultText("ran " + n), nil
		})
		h := mcpgoserver.NewStreamableHTTPServer(s, mcpgoserver.WithStateful(true))
		return h, func() { _ = h.Shutdown(context.Background()) }
	},
}

// client is a real SDK client, connected.
type client interface {
	run(ctx context.Context, n string) error
	close()
}

var clients = map[string]connect{
	"go-sdk": func(t *testing.T, url string, rt http.RoundTripper) client {
		t.Helper()
		c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
		s, err := c.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url, HTTPClient: &http.Client{Transport: rt}},
			&mcp.ClientSessionOptions{ProtocolVersion: revision})
		if err != nil {
			t.Fatalf("connecting go-sdk: %v", err)
		}
		return goSDK{s}
	},
	"mcp-go": func(t *testing.T, url string, rt http.RoundTripper) client {
		t.Helper()
		tr, err := mcpgotransport.NewStreamableHTTP(url, mcpgotransport.WithHTTPBasicClient(&http.Client{Transport: rt}))
		if err != nil {
			t.Fatal(err)
		}
		c := mcpgoclient.NewClient(tr, mcpgoclient.WithProtocolVersion(revision))
		if err := c.Start(t.Context()); err != nil {
			t.Fatalf("starting mcp-go: %v", err)
		}
		var hello mcpgo.InitializeRequest
		hello.Params.ProtocolVersion = revision
		hello.Params.ClientInfo = mcpgo.Implementation{Name: "test", Version: "1"}
		if _, err := c.Initialize(t.Context(), hello); err != nil {
			t.Fatalf("connecting mcp-go: %v", err)
		}
		return mcpGo{c}
	},
}

type goSDK struct{ *mcp.ClientSession }

func (c goSDK) run(ctx context.Context, n string) error {
	res, err := c.CallTool(ctx, &mcp.CallToolParams{Name: "run", Arguments: map[string]any{"n": n}})
	if err != nil {
		return err
	}
	return ran(n, res.Content[0].(*mcp.TextContent).Text)
}

func (c goSDK) close() { _ = c.Close() }

type mcpGo struct{ *mcpgoclient.Client }

func (c mcpGo) run(ctx context.Context, n string) error {
	var req mcpgo.CallToolRequest
	req.Params.Name = "run"
	req.Params.Arguments = map[string]any{"n": n}
	res, err := c.CallTool(ctx, req)
	if err != nil {
		return err
	}
	return ran(n, res.Content[0].(mcpgo.TextContent).Text)
}

func (c mcpGo) close() { _ = c.Close() }

func ran(n, text string) error {
	if want := "ran " + n; text != want {
		return fmt.Errorf("the call got the answer %q, want %q", text, want)
	}
	return nil
}
