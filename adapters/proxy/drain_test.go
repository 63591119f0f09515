package proxy_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestDrain runs in virtual time: a call that ends in 3 s, one that never does,
// a call and a listener whose streams have no end.
func TestDrain(t *testing.T) {
	for _, c := range []struct {
		name  string
		wait  time.Duration
		calls []string // the paths of what runs
		took  time.Duration
		cut   int
	}{
		{"nothing runs", 10 * time.Second, nil, 0, 0},
		{"a call ends in time", 10 * time.Second, []string{"/slow"}, 3 * time.Second, 0},
		{"a call does not", 2 * time.Second, []string{"/slow"}, 2 * time.Second, 1},
		{"nobody waits for a listener", 10 * time.Second, []string{"/listen"}, 0, 0},
		{"but it stays as long as calls run", 10 * time.Second, []string{"/slow", "/listen"}, 3 * time.Second, 0},
		{"calls without an answer or an end", 10 * time.Second, []string{"/silent", "/stream", "/listen"}, 10 * time.Second, 2},
		{"no time at all", 0, []string{"/silent", "/stream", "/listen"}, 0, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newProxy(t, "http://127.0.0.1:9000/mcp", roundTrip(patient))
				var clients sync.WaitGroup
				answers := make([]*httptest.ResponseRecorder, len(c.calls))
				for i, path := range c.calls {
					method := "POST"
					if path == "/listen" {
						method = "GET"
					}
					clients.Go(func() {
						answers[i] = ask(p, method, "http://localhost"+path, `{"jsonrpc":"2.0","id":7,"method":"tools/call"}`)
					})
				}
				synctest.Wait()
				start := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), c.wait)
				defer cancel()
				cut := p.Drain(ctx)
				if took := time.Since(start); took != c.took || cut != c.cut {
					t.Errorf("it took %s and cut %d calls, want %s and %d", took, cut, c.took, c.cut)
				}
				clients.Wait()
				for i, path := range c.calls {
					w := answers[i]
					switch got := w.Body.String(); {
					case path == "/slow" && c.cut == 0 && got != "fine",
						path == "/stream" && got != "data: 1\n\n",
						path == "/listen" && got != "data: 1\n\n",
						path == "/silent" && !strings.HasPrefix(got, `{"jsonrpc":"2.0","id":7,"error":`):
						t.Errorf("%s was answered %d %q", path, w.Code, got)
					}
				}
			})
		})
	}
}

// patient is a server that takes its time, by the path.
func patient(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	switch r.URL.Path {
	case "/slow":
		select {
		case <-time.After(3 * time.Second):
			return ok(r)
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	case "/silent":
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	out, in := io.Pipe()
	context.AfterFunc(ctx, func() { in.CloseWithError(context.Cause(ctx)) })
	go func() { _, _ = io.WriteString(in, "data: 1\n\n") }()
	return &http.Response{
		StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: out, ContentLength: -1, Request: r,
	}, nil
}

// TestWhatADrainingProxyStillTakes: what running calls may wait for, and nothing
// new.
func TestWhatADrainingProxyStillTakes(t *testing.T) {
	const refused = `"message":"mcprecover: POST http://127.0.0.1:9000/mcp: the proxy is shutting down (transient, never-sent); gave up: never_sent; 0 attempts; never sent; try again when it is back"`
	for _, c := range []struct {
		name, method, body string
		status             int
		want               string
	}{
		{"a call", "POST", `{"jsonrpc":"2.0","id":7,"method":"tools/call"}`, 200, refused},
		{"a new session", "POST", `{"jsonrpc":"2.0","id":7,"method":"initialize"}`, 200, refused},
		{"a batch with a call", "POST", `[{"jsonrpc":"2.0","method":"notifications/x"},{"jsonrpc":"2.0","id":7,"method":"ping"}]`, 200, refused},
		{"what nobody understands", "POST", `hello`, 503, "the proxy is shutting down"},
		{"a stream", "GET", ``, 503, "the proxy is shutting down"},
		{"a reply", "POST", `{"jsonrpc":"2.0","id":3,"result":{}}`, 200, "fine"},
		{"a notification", "POST", `{"jsonrpc":"2.0","method":"notifications/cancelled"}`, 200, "fine"},
		{"the end of a session", "DELETE", ``, 200, "fine"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProxy(t, "http://127.0.0.1:9000/mcp", roundTrip(ok))
			p.Drain(t.Context())
			w := ask(p, c.method, "http://localhost/mcp", c.body)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
				t.Errorf("answered %d %s, want %d %s", w.Code, w.Body, c.status, c.want)
			}
			if again := w.Header().Get("Retry-After"); (again == "1") != (c.status == 503) {
				t.Errorf("Retry-After %q", again)
			}
		})
	}
}

// deaf is a client that reads nothing: a write to it never comes back.
type deaf struct {
	*httptest.ResponseRecorder
	awake chan struct{}
}

func (d deaf) Write([]byte) (int, error) { <-d.awake; return 0, io.ErrClosedPipe }

// TestDrainDoesNotWaitForTheDeaf runs in virtual time.
func TestDrainDoesNotWaitForTheDeaf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, server := idling("text/event-stream")
		p := newProxy(t, "http://127.0.0.1:9000/mcp", server)
		d := deaf{httptest.NewRecorder(), make(chan struct{})}
		go p.ServeHTTP(d, httptest.NewRequest("GET", "http://localhost/listen", nil))
		synctest.Wait() // until the headers are out, which ReverseProxy sees to beside its writes
		_, _ = io.WriteString(in, "data: 1\n\n")
		start := time.Now()
		p.Drain(t.Context())
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("it took %s, want 2s", took)
		}
		close(d.awake)
	})
}
