package faults_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/mcprecover/mcprecover/faults"
)

// server is an MCP server as far as faults can touch it. It never forgets a
// session and never asks for one, so that whatever is refused was refused by
// package faults.
type server struct {
	mu     sync.Mutex
	opened int
	runs   map[string]int // of tools, by name
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var m struct {
		ID     json.RawMessage
		Method string
		Params struct{ Name string }
	}
	_ = json.Unmarshal(body, &m)
	answer := func(result string) string { return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, m.ID, result) }
	switch {
	case r.Method == http.MethodGet:
		events(w, `{"n":1}`, `{"n":2}`, `{"n":3}`)
		if r.Header.Get("Hold") != "" {
			<-r.Context().Done()
		}
	case r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	case m.Method == "initialize":
		s.mu.Lock()
		s.opened++
		w.Header().Set("Mcp-Session-Id", fmt.Sprint("S", s.opened))
		s.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer(`{}`))
	case m.ID == nil:
		w.WriteHeader(http.StatusAccepted)
	case m.Params.Name == "slow":
		s.ran(m.Params.Name)
		events(w, `{"progress":1}`, answer(`{"ran":"slow"}`))
	default:
		s.ran(m.Params.Name)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer(fmt.Sprintf(`{"ran":%q}`, m.Params.Name)))
	}
}

func (s *server) ran(tool string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs == nil {
		s.runs = map[string]int{}
	}
	s.runs[tool]++
}

// events sends events one by one, as long as somebody takes them.
func events(w http.ResponseWriter, data ...string) {
	w.Header().Set("Content-Type", "text/event-stream")
	for _, d := range data {
		if _, err := fmt.Fprintf(w, "event: message\ndata: %s\n\n", d); err != nil {
			return
		}
		w.(http.Flusher).Flush()
	}
}

// TestMain fails where a test leaves something running.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve serves a Server on loopback until the test ends.
func serve(t *testing.T, c faults.Config) (*faults.Server, string) {
	t.Helper()
	s, err := faults.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewUnstartedServer(s)
	ts.Config.ConnState = s.ConnState
	ts.Start()
	t.Cleanup(ts.Close)
	return s, ts.URL
}

// client dials anew for each request: whether a reset of an idle connection is
// noticed before the next request is chance.
func client(t *testing.T) *http.Client {
	tr := &http.Transport{DisableKeepAlives: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}
