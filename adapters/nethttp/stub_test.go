package nethttp

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testURL   = "http://mcp.test/mcp"
	greeting  = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`
	seedStale = "Unauthorized: Session not found"
)

// stub is a scripted MCP server as a RoundTripper: no sockets, every request
// in its log. Sessions are named S1, S2, …
type stub struct {
	mu       sync.Mutex
	sessions map[string]bool
	opened   int
	log      []string
	runs     map[string]int                                    // executions of a call, by JSON-RPC id
	before   func(req *http.Request, m message) *http.Response // answers instead, if not nil; called without the lock
	stale    func(req *http.Request, m message) *http.Response
	result   string            // of initialize
	wire     func(line string) // told what crosses; may be nil
}

func newStub() *stub {
	return &stub{
		sessions: map[string]bool{}, runs: map[string]int{},
		result: `{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"stub","version":"1"}}`,
		stale:  func(req *http.Request, m message) *http.Response { return reply(req, 401, "text/plain", seedStale) },
	}
}

func reply(req *http.Request, status int, contentType, body string) *http.Response {
	resp := respond(req, status, contentType, []byte(body))
	return resp
}

func (s *stub) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		closeRequest(req)
		return nil, err
	}
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
		req.Body.Close()
	}
	if s.wire == nil {
		return s.answer(req, body)
	}
	time.Sleep(pause(req, body))
	s.wire(requestLine(req, body))
	resp, err := s.answer(req, body)
	if err != nil {
		s.wire("  error: " + err.Error())
		return nil, err
	}
	var told []byte
	if _, stream := resp.Body.(*events); !stream {
		told, _ = io.ReadAll(resp.Body)
		resp.Body = reader(told)
	}
	s.wire("  " + responseLine(resp, told))
	return resp, nil
}

func (s *stub) answer(req *http.Request, body []byte) (*http.Response, error) {
	m := scan(body)
	id := req.Header.Get(headerSession)
	name := string(m.method)
	if name == "" {
		name = strings.ToLower(req.Method)
	}
	s.mu.Lock()
	s.log = append(s.log, strings.TrimSpace(name+" "+id))
	before := s.before
	s.mu.Unlock()
	if before != nil {
		if resp := before(req, m); resp != nil {
			if resp.StatusCode == 0 { // not an answer: the network's failure
				return nil, resp.Body.(failing).err
			}
			return resp, nil
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if name == "initialize" {
		s.opened++
		id = fmt.Sprintf("S%d", s.opened)
		s.sessions[id] = true
		resp := reply(req, 200, "application/json", `{"jsonrpc":"2.0","id":`+string(m.id)+`,"result":`+s.result+`}`)
		resp.Header.Set(headerSession, id)
		return resp, nil
	}
	if !s.sessions[id] {
		return s.stale(req, m), nil
	}
	switch {
	case req.Method == http.MethodDelete:
		delete(s.sessions, id)
		return reply(req, 204, "", ""), nil
	case m.oneWay():
		return reply(req, 202, "", ""), nil
	}
	s.runs[string(m.id)]++
	resp := reply(req, 200, "application/json", `{"jsonrpc":"2.0","id":`+string(m.id)+`,"result":{"session":"`+id+`"}}`)
	resp.Header.Set(headerSession, id)
	return resp, nil
}

// pause keeps requests that run beside others in one order with them.
func pause(req *http.Request, body []byte) time.Duration {
	switch {
	case req.Method == http.MethodDelete:
		return time.Millisecond
	case len(body) > maxReplay: // what takes long to read comes after what does not
		return time.Millisecond
	case req.Method == http.MethodGet:
		return 2 * time.Millisecond
	case string(scan(body).method) == "initialize":
		return 10 * time.Millisecond
	}
	return 0
}

// failing carries an error of the network through a func that gives answers.
type failing struct {
	io.ReadCloser
	err error
}

func fails(err error) *http.Response { return &http.Response{Body: failing{err: err}} }

// behave sets what the server does before anything else, while it may be asked.
func (s *stub) behave(before func(*http.Request, message) *http.Response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = before
}

func (s *stub) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.sessions)
}

// crossed returns what crossed the wire since the last look.
func (s *stub) crossed() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := strings.Join(s.log, "\n")
	s.log = nil
	return out
}

// post sends one message over rt and returns status, body and the session id
// of the answer.
func post(t testing.TB, rt http.RoundTripper, id, body string, header ...string) (int, string, string, error) {
	t.Helper()
	return postContext(t, context.Background(), rt, id, body, header...)
}

func postContext(t testing.TB, ctx context.Context, rt http.RoundTripper, id, body string, header ...string) (int, string, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, testURL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	if id != "" {
		req.Header.Set(headerSession, id)
		req.Header.Set(headerVersion, "2025-11-25")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return 0, "", "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("reading the answer: %v", err)
	}
	return resp.StatusCode, string(b), resp.Header.Get(headerSession), nil
}

// open initializes a session over rt.
func open(t testing.TB, rt http.RoundTripper) string {
	t.Helper()
	status, body, id, err := post(t, rt, "", greeting)
	if err != nil || status != 200 || id == "" {
		t.Fatalf("initialize: status %d, id %q, body %s, error %v", status, id, body, err)
	}
	if status, _, _, err = post(t, rt, id, initialized); err != nil || status != 202 {
		t.Fatalf("initialized: status %d, error %v", status, err)
	}
	return id
}

func call(id int) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"count","arguments":{}}}`, id)
}
