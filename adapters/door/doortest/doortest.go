// Package doortest is what the tests of the doors share: real servers of both
// Go SDKs on loopback, behind a handler that forgets sessions and gives faulty
// answers.
package doortest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	mcpgo "github.com/mark3labs/mcp-go/mcp"
	mcpgoserver "github.com/mark3labs/mcp-go/server"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"
)

// Revision is the last one with sessions; clients are pinned to it.
const Revision = "2025-11-25"

// Stale is the body of the seed's answer, a 401, to a request of a lost session.
const Stale = "Unauthorized: Session not found"

// Kinds are the real servers.
var Kinds = []string{"go-sdk", "mcp-go"}

// patience is how long a thing may take on loopback before a test calls it lost.
const patience = 20 * time.Second

// Message is what a test must know of a request.
type Message struct {
	HTTP   string          // GET, POST, DELETE
	Method string          `json:"method"` // JSON-RPC method
	ID     json.RawMessage `json:"id"`
	Params struct {
		Name      string         `json:"name"`
		Arguments map[string]any `json:"arguments"`
	} `json:"params"`
}

// Fault answers a request instead of the server, and says whether it did.
type Fault func(w http.ResponseWriter, r *http.Request, m Message) bool

// Server is a real server behind the handler. Its tool "run" counts its
// executions by the argument n; "look" is the same, and read-only.
type Server struct {
	URL string

	kind  string
	addr  string
	stop  func()
	inner http.Handler
	end   func() // of inner's sessions
	// change adds a tool to inner.
	change func()
	mu     sync.Mutex
	life   int            // counts what was forgotten
	seen   map[string]int // the life in which a session id first came
	runs   map[string]int
	count  map[string]int
	fault  Fault
}

// Start serves a server of the kind on loopback until the test ends. It checks
// that nothing of the test is left running; stop clients in Cleanups.
func Start(t testing.TB, kind string) *Server {
	t.Helper()
	leaks := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, leaks) })
	s := &Server{kind: kind, addr: "127.0.0.1:0", seen: map[string]int{}, runs: map[string]int{}, count: map[string]int{}}
	s.Forget()
	s.Up(t)
	s.URL = "http://" + s.addr + "/mcp"
	t.Cleanup(func() {
		s.Down()
		s.end()
	})
	return s
}

// Up listens, on the address that it had before, if any.
func (s *Server) Up(t testing.TB) {
	t.Helper()
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	server := &http.Server{Handler: s}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	s.stop = sync.OnceFunc(func() { server.Close(); <-done })
}

// Down closes every connection and listens no more.
func (s *Server) Down() { s.stop() }

// Forget drops all sessions, as a restart does.
func (s *Server) Forget() { s.Serve(s.kind) }

// Serve changes what answers from now on: a server of one of Kinds, which wants
// sessions, or "stateless", a go-sdk server of the next era. It knows no session.
func (s *Server) Serve(kind string) {
	inner, end, change := s.server(kind)
	s.mu.Lock()
	s.inner, s.change, end, s.end = inner, change, s.end, end
	s.life++
	s.mu.Unlock()
	if end != nil {
		end() // it waits for the tools that run
	}
}

// Change adds a tool, so that the server tells its clients of it. Go-sdk servers
// do so to every session that listens.
func (s *Server) Change() {
	s.mu.Lock()
	change := s.change
	s.mu.Unlock()
	change()
}

// Faults lets f answer from now on; nil: nothing.
func (s *Server) Faults(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Once lets f answer the next request of a JSON-RPC method.
func (s *Server) Once(method string, f http.HandlerFunc) {
	s.Faults(func(w http.ResponseWriter, r *http.Request, m Message) bool {
		if m.Method != method {
			return false
		}
		s.Faults(nil)
		f(w, r)
		return true
	})
}

// Runs is how often the tools ran with n.
func (s *Server) Runs(n string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.runs[n]
}

// Count is how many requests of a JSON-RPC method, or HTTP method, came.
func (s *Server) Count(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count[method]
}

// ServeHTTP is the faulty handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	m := Message{HTTP: r.Method}
	_ = json.Unmarshal(body, &m)
	id := r.Header.Get("Mcp-Session-Id")
	s.mu.Lock()
	if s.seen[id] == 0 {
		s.seen[id] = s.life
	}
	inner, fault, gone := s.inner, s.fault, id != "" && s.seen[id] < s.life
	s.count[m.Method]++
	s.count[r.Method]++
	s.mu.Unlock()
	switch {
	case fault != nil && fault(w, r, m):
	case gone:
		http.Error(w, Stale, http.StatusUnauthorized)
	default:
		inner.ServeHTTP(w, r)
	}
}

func (s *Server) ran(n string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs[n]++
}

func (s *Server) server(kind string) (inner http.Handler, end, change func()) {
	if kind == "mcp-go" {
		server := mcpgoserver.NewMCPServer("test", "1")
		run := func(_ context.Context, req mcpgo.CallToolRequest) (*mcpgo.CallToolResult, error) {
			n := req.GetString("n", "")
			s.ran(n)
			return mcpgo.NewToolResultText("ran " + n), nil
		}
		server.AddTool(mcpgo.NewTool("run", mcpgo.WithString("n")), run)
		server.AddTool(mcpgo.NewTool("look", mcpgo.WithString("n"), mcpgo.WithReadOnlyHintAnnotation(true)), run)
		h := mcpgoserver.NewStreamableHTTPServer(server, mcpgoserver.WithStateful(true))
		return h, func() { _ = h.Shutdown(context.Background()) }, func() { server.AddTool(mcpgo.NewTool("new"), run) }
	}
	server := mcp.NewServer(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	type in struct {
		N string `json:"n"`
	}
	run := func(_ context.Context, _ *mcp.CallToolRequest, in in) (*mcp.CallToolResult, any, error) {
		s.ran(in.N)
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "ran " + in.N}}}, nil, nil
	}
	mcp.AddTool(server, &mcp.Tool{Name: "run"}, run)
	mcp.AddTool(server, &mcp.Tool{Name: "look", Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true}}, run)
	h := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{Stateless: kind == "stateless"})
	return h, func() {
		for session := range server.Sessions() {
			_ = session.Close()
		}
	}, func() { mcp.AddTool(server, &mcp.Tool{Name: "new"}, run) }
}

// Await waits for ch, so long that only a fault makes it wait in vain.
func Await(t testing.TB, ch <-chan struct{}, what string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	select {
	case <-ch:
	case <-ctx.Done():
		t.Fatalf("did not come: %s", what)
	}
}
