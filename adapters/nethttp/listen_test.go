package nethttp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	mcpgoclient "github.com/mark3labs/mcp-go/client"
	mcpgotransport "github.com/mark3labs/mcp-go/client/transport"
	mcpgo "github.com/mark3labs/mcp-go/mcp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

// notified is how long a notification over loopback may take before a test
// calls it lost.
const notified = 20 * time.Second

// listeners are real clients that tell of tools/list_changed.
var listeners = map[string]func(t *testing.T, url string, rt http.RoundTripper, changed func()) client{
	"go-sdk": func(t *testing.T, url string, rt http.RoundTripper, changed func()) client {
		c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{
			ToolListChangedHandler: func(context.Context, *mcp.ToolListChangedRequest) { changed() },
		})
		s, err := c.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url, HTTPClient: &http.Client{Transport: rt}},
			&mcp.ClientSessionOptions{ProtocolVersion: revision})
		if err != nil {
			t.Fatal(err)
		}
		return goSDK{s}
	},
	"mcp-go": func(t *testing.T, url string, rt http.RoundTripper, changed func()) client {
		//lint:ignore SA1019 sessionful revisions listen by GET, and that is what is tested
		listening := mcpgotransport.WithContinuousListening()
		tr, err := mcpgotransport.NewStreamableHTTP(url, mcpgotransport.WithHTTPBasicClient(&http.Client{Transport: rt}), listening)
		if err != nil {
			t.Fatal(err)
		}
		c := mcpgoclient.NewClient(tr, mcpgoclient.WithProtocolVersion(revision))
		c.OnNotification(func(n mcpgo.JSONRPCNotification) {
			if n.Method == "notifications/tools/list_changed" {
				changed()
			}
		})
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		var hello mcpgo.InitializeRequest
		hello.Params.ProtocolVersion = revision
		hello.Params.ClientInfo = mcpgo.Implementation{Name: "test", Version: "1"}
		if _, err := c.Initialize(t.Context(), hello); err != nil {
			t.Fatal(err)
		}
		return mcpGo{c}
	},
}

// changing is a go-sdk server whose tool list can be changed.
type changing struct {
	server *mcp.Server
	tools  int
}

func (c *changing) new(r *runs) (http.Handler, func()) {
	c.server = mcp.NewServer(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	mcp.AddTool(c.server, &mcp.Tool{Name: "run"}, func(_ context.Context, _ *mcp.CallToolRequest, in struct {
		N string `json:"n"`
	}) (*mcp.CallToolResult, any, error) {
		r.add(in.N)
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "ran " + in.N}}}, nil, nil
	})
	s := c.server
	h := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s }, nil)
	return h, func() {
		for session := range s.Sessions() {
			_ = session.Close()
		}
	}
}

func (c *changing) change() {
	c.tools++
	c.server.AddTool(&mcp.Tool{Name: fmt.Sprint("tool", c.tools), InputSchema: json.RawMessage(`{"type":"object"}`)},
		func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) { return nil, nil })
}

// The listening stream follows its session: what the new server has to say
// arrives, whether the old stream ended or stayed open.
func TestTheListeningStreamMovesToTheNewSession(t *testing.T) {
	for name, connect := range listeners {
		for _, stays := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, old stream stays open %v", name, stays), func(t *testing.T) {
				leaks := goleak.IgnoreCurrent()
				t.Cleanup(func() { goleak.VerifyNone(t, leaks) })
				changed := make(chan struct{}, 16)
				var r runs
				var server changing
				var ends []func()
				l := &lossy{stale: words["401"], new: func() (http.Handler, func()) {
					h, end := server.new(&r)
					ends = append(ends, end)
					if stays {
						return h, func() {}
					}
					return h, end
				}}
				l.forget()
				url, _ := serve(t, l, "")
				base := &http.Transport{}
				attached := make(chan struct{}, 16)
				rt := &nethttp.Transport{Base: base, Observer: func(e nethttp.Event) {
					if e.Kind == nethttp.StreamAttached {
						attached <- struct{}{}
					}
				}}
				c := connect(t, url, rt, func() { changed <- struct{}{} })
				t.Cleanup(func() {
					c.close()
					rt.Close()
					base.CloseIdleConnections()
					for _, end := range ends {
						end()
					}
				})
				await(t, attached, "the first listening stream")
				l.forget()
				mustRun(t, c, &r, "after")
				await(t, attached, "the stream to move")
				server.change()
				await(t, changed, "tools/list_changed of the new session")
			})
		}
	}
}

func await(t *testing.T, ch <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-ch:
	case <-time.After(notified):
		t.Fatalf("waited in vain for %s", what)
	}
}
