package mcpgo_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	gosdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcprecover/mcprecover/adapters/door/doortest"
	"github.com/mcprecover/mcprecover/adapters/mcpgo"
)

// shop is a real server, whose tool "order" counts its runs.
type shop struct {
	http.Handler
	runs atomic.Int32
}

// opens makes a shop of a version, and says whether "order" only looks: an
// mcp-go server with sessions, or a go-sdk server of the stateless era.
func opens(t *testing.T, version string, stateless, readOnly bool) *shop {
	s := &shop{}
	if stateless {
		modern := gosdk.NewServer(&gosdk.Implementation{Name: "shop", Version: version}, nil)
		gosdk.AddTool(modern, &gosdk.Tool{Name: "order", Annotations: &gosdk.ToolAnnotations{ReadOnlyHint: readOnly}},
			func(context.Context, *gosdk.CallToolRequest, struct{}) (*gosdk.CallToolResult, any, error) {
				s.runs.Add(1)
				return &gosdk.CallToolResult{}, nil, nil
			})
		s.Handler = gosdk.NewStreamableHTTPHandler(func(*http.Request) *gosdk.Server { return modern }, &gosdk.StreamableHTTPOptions{Stateless: true})
		return s
	}
	old := server.NewMCPServer("shop", version)
	old.AddTool(mcp.NewTool("order", mcp.WithReadOnlyHintAnnotation(readOnly)), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		s.runs.Add(1)
		return mcp.NewToolResultText(""), nil
	})
	h := server.NewStreamableHTTPServer(old, server.WithStateful(true))
	t.Cleanup(func() { _ = h.Shutdown(context.Background()) })
	s.Handler = h
	return s
}

// serves lets the shop answer instead of the server.
func (s *shop) serves(w http.ResponseWriter, r *http.Request, _ doortest.Message) bool {
	s.ServeHTTP(w, r)
	return true
}

// losesOne is serves, but the first answer to a call is lost, after it ran.
func (s *shop) losesOne() doortest.Fault {
	var lost atomic.Bool
	return func(w http.ResponseWriter, r *http.Request, m doortest.Message) bool {
		if m.Method != "tools/call" || lost.Swap(true) {
			return s.serves(w, r, m)
		}
		s.ServeHTTP(httptest.NewRecorder(), r)
		resets(w, r)
		return true
	}
}

// What one server said of its tools binds no other one that answers to a new
// connection: that may run twice what must run once.
func TestHintsAreVoidWhenANewConnectionMeetsAnotherServer(t *testing.T) {
	for _, c := range []struct {
		name     string
		pinned   string // the protocol version that the client asks for; "": any
		version  string // of the second server
		from, to bool   // the servers are stateless
		readOnly bool   // what the second one says of its tool
		runs     int32  // of one call whose first answer is lost
	}{
		{"the same server", "", "1", false, false, true, 2},
		{"the same server, stateless", "", "1", true, true, true, 2},
		{"a server that orders now", "", "2", false, false, false, 1},
		{"the same server, with sessions only", doortest.Revision, "1", false, false, true, 2},
		{"a server that orders now, with sessions only", doortest.Revision, "2", false, false, false, 1},
		{"a server that orders now, stateless", "", "2", true, true, false, 1},
		{"a server that orders now, and has sessions", "", "2", true, false, false, 1},
		{"a server that orders now, and has none any more", "", "2", false, true, false, 1},
		{"another server, whose tools nobody listed", "", "2", false, false, true, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := doortest.Start(t, "go-sdk")
			first, second := opens(t, "1", c.from, true), opens(t, c.version, c.to, c.readOnly)
			hc := mcpgo.Client(fresh(t), nil)
			connects := func() *client.Client {
				tr, err := mcpgo.New(s.URL, hc, nil)
				if err != nil {
					t.Fatal(err)
				}
				cl := client.NewClient(tr, client.WithProtocolVersion(c.pinned))
				t.Cleanup(func() { _ = cl.Close() })
				if err := cl.Start(t.Context()); err != nil {
					t.Fatal(err)
				}
				if _, err := cl.Initialize(t.Context(), hello(c.pinned)); err != nil {
					t.Fatal(err)
				}
				return cl
			}
			s.Faults(first.serves)
			cl := connects()
			if _, err := cl.ListTools(t.Context(), mcp.ListToolsRequest{}); err != nil {
				t.Fatal(err)
			}
			_ = cl.Close()
			s.Faults(second.losesOne())
			var order mcp.CallToolRequest
			order.Params.Name = "order"
			_, err := connects().CallTool(t.Context(), order)
			if got := second.runs.Load(); got != c.runs || (err == nil) != (c.runs == 2) {
				t.Errorf("the tool ran %d times, error %v; want %d", got, err, c.runs)
			}
			if first.runs.Load() != 0 {
				t.Error("the first server ran it")
			}
		})
	}
}
