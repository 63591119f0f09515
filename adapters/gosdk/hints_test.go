package gosdk_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcprecover/mcprecover/adapters/door/doortest"
	"github.com/mcprecover/mcprecover/adapters/gosdk"
)

// shop is a real server, whose tool "order" counts its runs.
type shop struct {
	http.Handler
	era  string
	runs atomic.Int32
}

// The eras of a shop's server.
const (
	sessionful = "sessionful"
	older      = "older" // sessionful, and knows no server/discover
	stateless  = "stateless"
)

// opens makes a shop of a version and era, and says whether "order" only looks.
func opens(t *testing.T, version, era string, readOnly bool) *shop {
	server := mcp.NewServer(&mcp.Implementation{Name: "shop", Version: version}, nil)
	s := &shop{era: era}
	mcp.AddTool(server, &mcp.Tool{Name: "order", Annotations: &mcp.ToolAnnotations{ReadOnlyHint: readOnly}},
		func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
			s.runs.Add(1)
			return &mcp.CallToolResult{}, nil, nil
		})
	s.Handler = mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{Stateless: era == stateless})
	t.Cleanup(func() {
		for session := range server.Sessions() {
			_ = session.Close()
		}
	})
	return s
}

// serves lets the shop answer instead of the server.
func (s *shop) serves(w http.ResponseWriter, r *http.Request, m doortest.Message) bool {
	if s.era == older && m.Method == "server/discover" {
		says(400, "text/plain", "Bad Request: no valid session ID")(w, r)
	} else {
		s.ServeHTTP(w, r)
	}
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

// shops are what a new connection may find, and how often it may run the tool
// that the first one found read-only, when its answer is lost.
var shops = []struct {
	name     string
	version  string
	from, to string // the eras of the first server and of the second one
	readOnly bool   // what the second one says of its tool
	runs     int32
}{
	{"the same server", "1", sessionful, sessionful, true, 2},
	{"the same server, older", "1", older, older, true, 2},
	{"the same server, stateless", "1", stateless, stateless, true, 2},
	{"a server that orders now", "2", sessionful, sessionful, false, 1},
	{"a server that orders now, older", "2", older, older, false, 1},
	{"a server that orders now, stateless", "2", stateless, stateless, false, 1},
	{"a server that orders now, and has sessions", "2", stateless, sessionful, false, 1},
	{"a server that orders now, and has none any more", "2", sessionful, stateless, false, 1},
	{"a server that orders now, and is older", "2", stateless, older, false, 1},
	{"a server that orders now, and is no longer older", "2", older, stateless, false, 1},
	{"another server, whose tools nobody listed", "2", sessionful, sessionful, true, 1},
}

// What one server said of its tools binds no other one that answers to a new
// connection: that may run twice what must run once.
func TestHintsAreVoidWhenANewConnectionMeetsAnotherServer(t *testing.T) {
	for _, c := range shops {
		t.Run(c.name, func(t *testing.T) {
			s := doortest.Start(t, "go-sdk")
			first, second := opens(t, "1", c.from, true), opens(t, c.version, c.to, c.readOnly)
			tr := gosdk.Wrap(fresh(t, s), nil)
			client := mcp.NewClient(impl, nil)
			client.AddSendingMiddleware(gosdk.Middleware)
			connects := func() *mcp.ClientSession {
				cs, err := client.Connect(t.Context(), tr, nil)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = cs.Close() })
				return cs
			}
			s.Faults(first.serves)
			cs := connects()
			if _, err := cs.ListTools(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			_ = cs.Close()
			s.Faults(second.losesOne())
			_, err := connects().CallTool(t.Context(), &mcp.CallToolParams{Name: "order"})
			if got := second.runs.Load(); got != c.runs || (err == nil) != (c.runs == 2) {
				t.Errorf("the tool ran %d times, error %v; want %d", got, err, c.runs)
			}
			if first.runs.Load() != 0 {
				t.Error("the first server ran it")
			}
		})
	}
}
