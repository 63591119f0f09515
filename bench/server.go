package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
)

// situation is what the server does to each call.
type situation struct {
	name   string
	before func(*server) // each call
}

var situations = []situation{
	{"healthy", nil},
	{"503, then 200", func(s *server) { s.unavailable.Store(true) }},
	{"lost, then 200", func(s *server) { s.session.Add(1) }},
}

// server is a small MCP server that knows one session at a time.
type server struct {
	*httptest.Server
	session     atomic.Int64 // the one that it knows; another number forgets it
	unavailable atomic.Bool  // for one request
	requests    atomic.Int64
}

func serve(situation) *server {
	s := &server{}
	s.Server = httptest.NewServer(s)
	return s
}

var answer = `{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"` + strings.Repeat("x", 200) + `"}]}}`

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests.Add(1)
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/json")
	switch {
	case strings.Contains(string(body), `"initialize"`):
		w.Header().Set("Mcp-Session-Id", strconv.FormatInt(s.session.Load(), 10))
		fmt.Fprint(w, `{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"bench","version":"1"}}}`)
	case r.Header.Get("Mcp-Session-Id") != strconv.FormatInt(s.session.Load(), 10):
		http.Error(w, "Unauthorized: Session not found", http.StatusUnauthorized)
	case strings.Contains(string(body), `"notifications/`):
		w.WriteHeader(http.StatusAccepted)
	case s.unavailable.Swap(false):
		http.Error(w, "busy", http.StatusServiceUnavailable)
	default:
		io.WriteString(w, answer)
	}
}

// initialize opens a session as an MCP client does.
func initialize(hc *http.Client, url string) (session string, err error) {
	resp, err := post(hc, url, "", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}`)
	if err != nil {
		return "", err
	}
	session = resp.Header.Get("Mcp-Session-Id")
	_, err = post(hc, url, session, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	return session, err
}

// call asks for the tools: a method that may be asked twice.
func call(hc *http.Client, url, session string) error {
	_, err := post(hc, url, session, `{"jsonrpc":"2.0","id":2,"method":"tools/list"}`)
	return err
}

func post(hc *http.Client, url, session, body string) (*http.Response, error) {
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	if session != "" {
		req.Header.Set("Mcp-Session-Id", session)
		req.Header.Set("Mcp-Protocol-Version", "2025-11-25")
	}
	resp, err := hc.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return nil, err
	}
	if resp.StatusCode/100 != 2 {
		return nil, fmt.Errorf("status %d", resp.StatusCode)
	}
	return resp, nil
}
