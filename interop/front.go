//go:build interop

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/mcprecover/mcprecover/faults"
)

// front is the address that a server has for the client of one cell, whatever
// process is behind it. It forges answers, takes the address away, and watches.
type front struct {
	url   string
	addr  string
	wrong *faults.Server
	count *runs // of calls that the server took; for servers that do not tell

	behind  atomic.Pointer[http.Handler]
	streams atomic.Int32 // listening streams that are open
	mu      sync.Mutex
	server  *http.Server
}

func newFront(upstream string, count *runs) (*front, error) {
	f := &front{addr: "127.0.0.1:0", count: count}
	if err := f.turn(upstream); err != nil {
		return nil, err
	}
	var err error
	f.wrong, err = faults.New(faults.Config{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		(*f.behind.Load()).ServeHTTP(w, r)
	})})
	if err != nil {
		return nil, err
	}
	if err := f.up(); err != nil {
		return nil, err
	}
	f.url = "http://" + f.addr + "/mcp"
	return f, nil
}

// turn sends what comes from now on to another process.
func (f *front) turn(upstream string) error {
	u, err := url.Parse(upstream)
	if err != nil {
		return err
	}
	h, err := faults.Upstream(u, &watch{front: f}, log.New(io.Discard, "", 0))
	if err != nil {
		return err
	}
	f.behind.Store(&h)
	return nil
}

// up listens, on the same port as before.
func (f *front) up() error {
	l, err := net.Listen("tcp", f.addr)
	if err != nil {
		return err
	}
	f.addr = l.Addr().String()
	s := &http.Server{Handler: f.wrong, ConnState: f.wrong.ConnState, ErrorLog: log.New(io.Discard, "", 0)}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.server = s
	go func() { _ = s.Serve(l) }()
	return nil
}

// down closes all connections; new ones are refused.
func (f *front) down() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.server.Close()
}

// watch sends to the server and notes what it takes.
type watch struct {
	front *front
	base  http.Transport
}

func (w *watch) RoundTrip(req *http.Request) (*http.Response, error) {
	n := calls(req)
	resp, err := w.base.RoundTrip(req)
	if n != "" && (err != nil || resp.StatusCode == http.StatusOK) { // an error comes from a process that was killed while it ran
		w.front.count.ran(n)
	}
	if err == nil && req.Method == http.MethodGet && resp.StatusCode == http.StatusOK &&
		strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		w.front.streams.Add(1)
		resp.Body = &stream{ReadCloser: resp.Body, end: sync.OnceFunc(func() { w.front.streams.Add(-1) })}
	}
	return resp, err
}

type stream struct {
	io.ReadCloser
	end func()
}

func (s *stream) Close() error {
	s.end()
	return s.ReadCloser.Close()
}

// calls is the argument n of a request that is a tool call.
func calls(req *http.Request) string {
	if req.Method != http.MethodPost || req.Body == nil {
		return ""
	}
	body, err := io.ReadAll(req.Body)
	req.Body.Close()
	req.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return ""
	}
	var m struct {
		Method string `json:"method"`
		Params struct {
			Arguments struct {
				N string `json:"n"`
			} `json:"arguments"`
		} `json:"params"`
	}
	if json.Unmarshal(body, &m) != nil || m.Method != "tools/call" {
		return ""
	}
	return m.Params.Arguments.N
}
