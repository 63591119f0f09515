package nethttp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

// lossy is a server that can forget all its sessions and answer for them in
// the words of another.
type lossy struct {
	new   func() (http.Handler, func())
	stale func(w http.ResponseWriter, rpcID json.RawMessage) // nil: the server's own words

	mu          sync.Mutex
	inner       http.Handler
	end         func()         // of inner's sessions
	life        int            // counts what it forgot
	seen        map[string]int // the life in which an id first came
	initializes int
}

func (l *lossy) forget() {
	l.mu.Lock()
	old := l.end
	l.inner, l.end = l.new()
	l.life++
	l.mu.Unlock()
	if old != nil { // without the lock: it may wait for calls that run
		old()
	}
}

func (l *lossy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	var m struct {
		ID     json.RawMessage
		Method string
	}
	_ = json.Unmarshal(body, &m)
	id := r.Header.Get("Mcp-Session-Id")
	l.mu.Lock()
	if l.seen == nil {
		l.seen = map[string]int{}
	}
	if l.seen[id] == 0 {
		l.seen[id] = l.life
	}
	inner, gone := l.inner, l.seen[id] < l.life
	if m.Method == "initialize" {
		l.initializes++
	}
	l.mu.Unlock()
	if id != "" && gone && l.stale != nil {
		l.stale(w, m.ID)
		return
	}
	inner.ServeHTTP(w, r)
}

// words are stale answers as servers in the wild give them.
var words = map[string]func(w http.ResponseWriter, rpcID json.RawMessage){
	"sessions dropped":        nil,
	"404 text":                say(404, "text/plain", "session not found"),
	"404 JSON-RPC, id echoed": sayRPC(404, true),
	"404 JSON-RPC, id null":   sayRPC(404, false),
	"401":                     say(401, "text/plain", "Unauthorized: Session not found"),
	"400":                     say(400, "application/json", `{"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: No valid session ID provided"},"id":null}`),
	"410":                     say(410, "text/plain", "session expired"),
	"422":                     say(422, "text/plain", "Unexpected message, expect initialize request"),
}

func say(status int, contentType, body string) func(http.ResponseWriter, json.RawMessage) {
	return func(w http.ResponseWriter, _ json.RawMessage) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func sayRPC(status int, echo bool) func(http.ResponseWriter, json.RawMessage) {
	return func(w http.ResponseWriter, id json.RawMessage) {
		if !echo || len(id) == 0 {
			id = json.RawMessage("null")
		}
		say(status, "application/json", fmt.Sprintf(`{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":%s}`, id))(w, nil)
	}
}

// serve serves h on loopback, on addr if given, until the test ends or it is
// stopped.
func serve(t *testing.T, h http.Handler, addr string) (url string, stop func()) {
	t.Helper()
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: h}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	stop = sync.OnceFunc(func() { srv.Close(); <-done })
	t.Cleanup(stop)
	return "http://" + l.Addr().String(), stop
}

// fixture is a real client, connected through a Transport to a real server
// that can forget.
type fixture struct {
	client
	*lossy
	runs runs
}

func start(t *testing.T, connect connect, server newServer, stale func(http.ResponseWriter, json.RawMessage)) *fixture {
	t.Helper()
	leaks := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, leaks) })
	f := &fixture{}
	f.lossy = &lossy{new: func() (http.Handler, func()) { return server(&f.runs) }, stale: stale}
	f.forget()
	url, _ := serve(t, f.lossy, "")
	base := &http.Transport{}
	rt := &nethttp.Transport{Base: base}
	f.client = connect(t, url, rt)
	t.Cleanup(func() {
		f.client.close()
		rt.Close()
		base.CloseIdleConnections()
		f.lossy.end()
	})
	return f
}

func (f *fixture) mustRun(t *testing.T, n string) {
	t.Helper()
	mustRun(t, f.client, &f.runs, n)
}

// each runs f for every real client against every real server.
func each(t *testing.T, f func(t *testing.T, c connect, s newServer)) {
	for cn, c := range clients {
		for sn, s := range servers {
			t.Run(cn+" client, "+sn+" server", func(t *testing.T) { f(t, c, s) })
		}
	}
}

func TestRealClientsRecover(t *testing.T) {
	each(t, func(t *testing.T, c connect, s newServer) {
		for name, stale := range words {
			t.Run(name, func(t *testing.T) {
				f := start(t, c, s, stale)
				f.mustRun(t, "before")
				f.forget()
				f.mustRun(t, "after")
				f.mustRun(t, "next")
				if f.initializes != 2 {
					t.Errorf("%d initializes, want the client's own and one more", f.initializes)
				}
			})
		}
	})
}

func TestRealClientsShareOneRecovery(t *testing.T) {
	each(t, func(t *testing.T, c connect, s newServer) {
		f := start(t, c, s, words["401"])
		f.forget()
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() { f.mustRun(t, fmt.Sprint("call ", i)) })
		}
		wg.Wait()
		if f.initializes != 2 {
			t.Errorf("%d initializes, want the client's own and one more", f.initializes)
		}
	})
}

func TestRealClientsSurviveARestart(t *testing.T) {
	each(t, func(t *testing.T, c connect, s newServer) {
		leaks := goleak.IgnoreCurrent()
		t.Cleanup(func() { goleak.VerifyNone(t, leaks) })
		var r runs
		h, end := s(&r)
		url, stop := serve(t, h, "")
		base := &http.Transport{}
		rt := &nethttp.Transport{Base: base}
		cl := c(t, url, rt)
		t.Cleanup(func() { cl.close(); rt.Close(); base.CloseIdleConnections(); end() })

		mustRun(t, cl, &r, "before")
		stop()
		end()
		h, end = s(&r)
		serve(t, h, url[len("http://"):])
		unknown := 0
		for i := range 5 {
			n := fmt.Sprint("call ", i)
			err := cl.run(t.Context(), n)
			var e *nethttp.Error
			switch {
			case err == nil:
			case errors.As(err, &e) && e.OutcomeUnknown():
				unknown++
			default:
				t.Errorf("%s: %v, want an answer or the typed outcome-unknown error", n, err)
			}
			if got := r.of(n); got > 1 {
				t.Errorf("%s ran %d times", n, got)
			}
		}
		if unknown > 1 {
			t.Errorf("%d calls met the dying connection, want at most one", unknown)
		}
	})
}

func mustRun(t *testing.T, c client, r *runs, n string) {
	t.Helper()
	start := time.Now()
	if err := c.run(t.Context(), n); err != nil {
		t.Errorf("%s: %v (after %s)", n, err, time.Since(start).Round(time.Millisecond))
	}
	if got := r.of(n); got != 1 {
		t.Errorf("%s ran %d times on the server, want once", n, got)
	}
}
