package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// serving is a command that serves until it is stopped.
type serving struct {
	url    string // of its first line
	first  string // that line
	stderr *screen
	stop   func() (code int, rest string) // what it printed on stdout after it
}

// serves runs a command and waits for its first line.
func serves(t *testing.T, env func(string) (string, bool), args ...string) *serving {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	s := &serving{stderr: &screen{}}
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, args, strings.NewReader(""), in, s.stderr, env)
		in.Close()
	}()
	lines := bufio.NewReader(out)
	var err error
	s.first, err = lines.ReadString('\n')
	further := make(chan string, 1)
	go func() {
		rest, _ := io.ReadAll(lines)
		further <- string(rest)
	}()
	s.stop = sync.OnceValues(func() (int, string) {
		cancel()
		return <-code, <-further
	})
	t.Cleanup(func() { s.stop() })
	url, found := strings.CutPrefix(strings.TrimSuffix(s.first, "\n"), "listening on ")
	if err != nil || !found {
		t.Fatalf("first line %q, error %v, stderr:\n%s", s.first, err, s.stderr)
	}
	s.url = url
	return s
}

// screen is safe to read while it is written to.
type screen struct {
	mu     sync.Mutex
	text   bytes.Buffer
	waited string
	came   chan struct{} // closed once waited stands there
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.text.Write(p)
	s.look()
	return n, err
}

func (s *screen) look() {
	if s.came != nil && strings.Contains(s.text.String(), s.waited) {
		close(s.came)
		s.came = nil
	}
}

// await returns once the text stands there, or fails the test in the end.
func (s *screen) await(t *testing.T, text string) {
	t.Helper()
	came := make(chan struct{})
	s.mu.Lock()
	s.waited, s.came = text, came
	s.look()
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	select {
	case <-came:
	case <-ctx.Done():
		t.Errorf("on the screen:\n%swant\n%s", s, text)
	}
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// counter is a real go-sdk server whose tool counts its runs by number.
type counter struct {
	url  string
	mu   sync.Mutex
	runs map[int]int
}

func counting(t *testing.T) *counter {
	t.Helper()
	c := &counter{runs: map[int]int{}}
	server := mcp.NewServer(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	type in struct {
		N int `json:"n"`
	}
	mcp.AddTool(server, &mcp.Tool{Name: "count"}, func(_ context.Context, _ *mcp.CallToolRequest, in in) (*mcp.CallToolResult, any, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.runs[in.N]++
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: fmt.Sprint("ran ", in.N)}}}, nil, nil
	})
	ts := httptest.NewServer(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil))
	t.Cleanup(func() {
		for s := range server.Sessions() {
			_ = s.Close()
		}
		ts.Close()
	})
	c.url = ts.URL + "/mcp"
	return c
}

// plain is a client that speaks raw JSON-RPC over HTTP, as with curl.
type plain struct {
	t       *testing.T
	http    *http.Client
	url     string
	session string // from initialize
}

func newPlain(t *testing.T, url string) *plain {
	base := &http.Transport{}
	t.Cleanup(base.CloseIdleConnections)
	return &plain{t: t, http: &http.Client{Transport: base}, url: url}
}

// post sends a message and returns status, headers and the whole body.
func (c *plain) post(body string) (int, http.Header, string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), "POST", c.url, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	if c.session != "" {
		req.Header.Set("Mcp-Session-Id", c.session)
		req.Header.Set("Mcp-Protocol-Version", "2025-11-25")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(text)
}

func (c *plain) initialize() {
	c.t.Helper()
	status, header, body := c.post(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"plain","version":"1"}}}`)
	c.session = header.Get("Mcp-Session-Id")
	if status != 200 || c.session == "" {
		c.t.Fatalf("initialize: status %d, session %q, body %s", status, c.session, body)
	}
	if status, _, body := c.post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`); status != 202 {
		c.t.Fatalf("initialized: status %d, body %s", status, body)
	}
}

// call calls the tool and returns its text, or what came instead.
func (c *plain) call(n int) (text string, header http.Header) {
	c.t.Helper()
	status, header, body := c.post(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"count","arguments":{"n":%d}}}`, n, n))
	_, data, found := strings.Cut(body, "data: ")
	if !found {
		data = body
	}
	var m struct {
		ID     int
		Result struct{ Content []struct{ Text string } }
	}
	if err := json.Unmarshal([]byte(strings.TrimSpace(data)), &m); err != nil || status != 200 || m.ID != n || len(m.Result.Content) != 1 {
		return fmt.Sprintf("%d %s", status, strings.TrimSpace(body)), header
	}
	return m.Result.Content[0].Text, header
}
