package nethttp_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/policy"
)

// act answers one request in the place of a server.
type act func(w http.ResponseWriter, r *http.Request)

// hostiles are servers that lost a session and mean no good. Each row says what
// they do to the calls and to the handshakes of one session.
var hostiles = []struct {
	name        string
	call, hello act   // nil: as a good server
	reads       int64 // bytes of answers that the engine may take in at most, in all
}{
	{"a stale answer without end", endless(404, "text/plain", "Session not found "), nil, 8 * 64 << 10},
	{"an error without end that drips", drip(401, "text/plain", "Unauthorized: Session not found "), nil, 64 << 10},
	{"JSON without end to initialize", stale, endless(200, "application/json", `{"jsonrpc":"2.0","id":1,"result":{"x":"`), 4<<20 + 2<<20},
	{"events without end to initialize", stale, endless(200, "text/event-stream", "data: x\n\n"), 4<<20 + 2<<20},
	{"an event stream without a newline to initialize", stale, endless(200, "text/event-stream", "data: "), 4<<20 + 2<<20},
	{"an initialize that drips", stale, drip(200, "application/json", `{"jsonrpc":"2.0",`), 64 << 10},
	{"an initialize that is never answered", stale, silent, 1 << 10},
	{"a session id of 64 KiB", stale, hello(strings.Repeat("x", 64<<10), "1"), 64 << 10},
	{"a megabyte of headers", stale, large, 64 << 10},
	{"a session id with control characters", stale, hello("a\x01b", "1"), 64 << 10},
	{"a session id that is no ASCII", stale, hello("sitzung-ä", "1"), 64 << 10},
	{"another JSON-RPC id", stale, hello("S9", "77"), 64 << 10},
	{"a Retry-After of a day", stale, later, 64 << 10},
	{"a redirect that goes in circles", stale, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
	}, 64 << 10},
	{"stale, whatever session is opened", stale, nil, 64 << 10},
	{"an empty answer", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }, nil, 64 << 10},
	{"half a JSON answer", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"jsonrpc":"2.0","id":2,"resu`)
	}, nil, 64 << 10},
}

// TestHostileServers: whatever a server does, a call ends in time with an error
// that says what it was, little is read, and the connector works again with a
// server that is well.
func TestHostileServers(t *testing.T) {
	var mu sync.Mutex
	said := map[string]string{}
	t.Run("rows", func(t *testing.T) {
		for _, h := range hostiles {
			t.Run(h.name, func(t *testing.T) {
				t.Parallel()
				text := meets(t, h.call, h.hello, h.reads)
				mu.Lock()
				defer mu.Unlock()
				said[h.name] = text
			})
		}
	})
	var all strings.Builder
	for _, h := range hostiles {
		fmt.Fprintf(&all, "%s\n    %s\n", h.name, said[h.name])
	}
	golden(t, "hostile.txt", all.String())
}

// meets opens a session at a good server that turns hostile, and returns what a
// call was told.
func meets(t *testing.T, call, greet act, most int64) string {
	var evil atomic.Bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		opens := bytes.Contains(body, []byte(`"initialize"`))
		switch {
		case evil.Load() && opens && greet != nil:
			greet(w, r)
		case opens:
			hello("good", "1")(w, r)
		case bytes.Contains(body, []byte(`"notifications/`)):
			w.WriteHeader(http.StatusAccepted)
		case evil.Load() && call != nil && bytes.Contains(body, []byte(`"tools/call"`)):
			call(w, r)
		default:
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"jsonrpc":"2.0","id":2,"result":{}}`)
		}
	}))
	defer srv.Close()
	base := &http.Transport{}
	defer base.CloseIdleConnections()
	counted := &weighed{RoundTripper: base}
	p := policy.Default()
	p.Patience, p.HandshakeTimeout = policy.Duration(2*time.Second), policy.Duration(time.Second)
	p.Refused.Base, p.Refused.Cap = policy.Duration(50*time.Millisecond), policy.Duration(200*time.Millisecond)
	p.Handshake.Base, p.Handshake.Cap = policy.Duration(50*time.Millisecond), policy.Duration(200*time.Millisecond)
	p.Breaker.Trip = 0
	rt := &nethttp.Transport{Base: counted, Policy: &p}
	defer rt.Close()

	const opening = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}`
	const calling = `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"x"}}`
	id, err := sends(t, rt, srv.URL, "", opening)
	if err != nil || id != "good" {
		t.Fatalf("the session %q is not open: %v", id, err)
	}
	evil.Store(true)
	counted.bytes.Store(0)
	start := time.Now()
	_, err = sends(t, rt, srv.URL, id, calling)
	const bound = 8 * time.Second // patience, a handshake and its reading, on a busy machine
	if took := time.Since(start); took > bound {
		t.Errorf("the call took %v", took)
	}
	if n := counted.bytes.Load(); n > most {
		t.Errorf("%d bytes were read, want at most %d", n, most)
	}
	evil.Store(false)
	deadline := time.Now().Add(bound)
	for {
		_, again := sends(t, rt, srv.URL, id, calling)
		if again == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Errorf("with a good server: %v", again)
			break
		}
	}
	if err == nil {
		return "answered"
	}
	var e *nethttp.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v (%T), want an *nethttp.Error", err, err)
	}
	return unvaried(e.Error(), srv.URL)
}

// unvaried is a text without what differs from run to run.
func unvaried(text, url string) string {
	text = strings.ReplaceAll(text, url, "http://server")
	for _, v := range varying {
		text = v.pattern.ReplaceAllString(text, v.by)
	}
	return text
}

var varying = []struct {
	pattern *regexp.Regexp
	by      string
}{
	{regexp.MustCompile(`in (1m0s|59\.\d+s)`), "in a minute"},
	{regexp.MustCompile(`; try again in \d+(\.\d+)?(ms|µs|s)`), ""},
	{regexp.MustCompile(`after \d+ bytes`), "after some bytes"},
	{regexp.MustCompile(`("[^"]{40})[^"]+"`), `$1..."`},
}

// sends posts a message as an MCP client does, and reads the answer.
func sends(t *testing.T, rt http.RoundTripper, url, id, body string, header ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	if id != "" {
		req.Header.Set("Mcp-Session-Id", id)
		req.Header.Set("Mcp-Protocol-Version", revision)
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)); err != nil {
		return "", err
	}
	if resp.StatusCode/100 != 2 {
		return "", fmt.Errorf("status %d", resp.StatusCode)
	}
	return resp.Header.Get("Mcp-Session-Id"), nil
}

// weighed counts the bytes of answers' bodies below the Transport.
type weighed struct {
	http.RoundTripper
	bytes atomic.Int64
}

func (w *weighed) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := w.RoundTripper.RoundTrip(req)
	if err == nil {
		resp.Body = &weighedBody{resp.Body, &w.bytes}
	}
	return resp, err
}

type weighedBody struct {
	io.ReadCloser
	bytes *atomic.Int64
}

func (w *weighedBody) Read(b []byte) (int, error) {
	n, err := w.ReadCloser.Read(b)
	w.bytes.Add(int64(n))
	return n, err
}

func stale(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "Unauthorized: Session not found", http.StatusUnauthorized)
}

// silent says nothing until the client is gone.
func silent(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func later(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Retry-After", "86400")
	http.Error(w, "come back tomorrow", http.StatusServiceUnavailable)
}

func large(w http.ResponseWriter, r *http.Request) {
	for i := range 1024 {
		w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 11<<10))
	}
	hello("S9", "1")(w, r)
}

func hello(session, id string) act {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Mcp-Session-Id"] = []string{session}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25","capabilities":{}}}`, id)
	}
}

// endless answers with a text over and over, until the client closes.
func endless(status int, contentType, text string) act {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
		more := []byte(strings.Repeat("x", 32<<10))
		if strings.HasSuffix(text, "\n") {
			more = []byte(strings.Repeat(text, 3<<10))
		}
		for r.Context().Err() == nil {
			if _, err := w.Write(more); err != nil {
				return
			}
		}
	}
}

// drip answers byte by byte.
func drip(status int, contentType, text string) act {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			if _, err := w.Write([]byte{text[i%len(text)]}); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush()
			select {
			case <-tick.C:
			case <-r.Context().Done():
				return
			}
		}
	}
}

// golden compares with a file of testdata, or rewrites it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s, -update rewrites it (-want +got):\n%s", file, d)
	}
}
