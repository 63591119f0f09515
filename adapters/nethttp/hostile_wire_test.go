package nethttp_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

const (
	events  = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
	plenty  = 12 << 20 // of what has no end, in bytes
	little  = 16 << 10 // what a stream may hold back of it: a chunk or two
	anEvent = 4<<20 + little
)

// rawServer breaks the rules of the wire: it writes its bytes for a call of a
// renewed session, whose questions must be looked for.
type rawServer struct {
	name string
	says func(w io.Writer)
	held int64 // bytes that may be taken in and not yet given on, at any time
}

// streamWires answer with event streams.
var streamWires = []rawServer{
	{"an event without a newline", repeat(events+"data: ", "x"), anEvent},
	{"an event without its blank line", repeat(events, "data: "+strings.Repeat("x", 100)+"\n"), anEvent},
	{"an event's id without end", repeat(events+"id: ", "x"), anEvent},
	{"comments without end", repeat(events, ": x\n"), little},
	{"blank lines without end", repeat(events, "\n"), little},
	{"carriage returns without end", repeat(events, "\r"), little},
	{"questions without end", repeat(events, `data: {"jsonrpc":"2.0","id":1,"method":"ping"}`+"\n\n"), 2 * little},
}

var wires = []rawServer{
	{"JSON without end", repeat("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n[", "1,"), anEvent},
	{"headers without end", repeat("HTTP/1.1 200 OK\r\n", "X-Header: x\r\n"), little},
	{"a header line without end", repeat("HTTP/1.1 200 OK\r\nX-Header: ", "x"), little},
	{"interim answers without end", repeat("", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), little},
	{"another protocol", writes("SSH-2.0-OpenSSH_9.6\r\n"), little},
	{"half a status line", writes("HTTP/1.1 2"), little},
	{"nothing at all", writes(""), little},
	{"two lengths", writes("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}"), little},
	{"a chunk of no size", writes("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"), little},
	{"a chunk that is cut", writes("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n{\"jsonrpc\""), little},
	{"a chunk larger than numbers go", writes("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"), little},
	{"a status that is none", writes("HTTP/1.1 99999 x\r\n\r\n"), little},
	{"a session id of a newline", writes("HTTP/1.1 200 OK\r\nMcp-Session-Id: a\r\n b\r\nContent-Type: application/json\r\nContent-Length: 36\r\n\r\n" + `{"jsonrpc":"2.0","id":2,"result":{}}`), little},
}

// TestServersThatBreakTheWire: what the engine holds is bounded and counted
// below and above it; the call ends with a clear word; a good server is called
// as before.
func TestServersThatBreakTheWire(t *testing.T) {
	var all strings.Builder
	for _, h := range slices.Concat(streamWires, wires) {
		t.Run(h.name, func(t *testing.T) {
			p := newRawPlace(t, h.says)
			defer p.close()
			rt, url, id := p.rt, p.url, p.id
			p.evil.Store(true)
			start := time.Now()
			word, held := hears(t, rt, p.counted, url, id)
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("the call took %v", took)
			}
			if held > h.held {
				t.Errorf("%d bytes were held at a time, want at most %d", held, h.held)
			}
			p.evil.Store(false)
			if got, err := sends(t, rt, url, id, `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"x"}}`); err != nil || got != id {
				t.Errorf("with a good server: id %q, error %v", got, err)
			}
			fmt.Fprintf(&all, "%s\n    %s\n", h.name, unvaried(word, url))
		})
	}
	golden(t, "wire.txt", all.String())
}

// TestListeningStreamsThatBreakTheWire: the same for a stream that the client
// never sees end.
func TestListeningStreamsThatBreakTheWire(t *testing.T) {
	for _, h := range streamWires {
		t.Run(h.name, func(t *testing.T) {
			p := newRawPlace(t, h.says)
			defer p.close()
			p.evil.Store(true)
			p.counted.bytes.Store(0)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header = http.Header{"Mcp-Session-Id": {p.id}, "Mcp-Protocol-Version": {revision}}
			resp, err := p.rt.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var given, held int64
			buf := make([]byte, 64<<10)
			for given < 2*plenty { // over the end of one attachment into the next
				n, err := resp.Body.Read(buf)
				if err != nil {
					t.Fatalf("the stream ends after %d bytes: %v", given, err)
				}
				given += int64(n)
				held = max(held, p.counted.bytes.Load()-given)
			}
			if held > h.held {
				t.Errorf("%d bytes were held at a time, want at most %d", held, h.held)
			}
		})
	}
}

// rawPlace is a raw server, and a session there that was renewed once.
type rawPlace struct {
	evil    atomic.Bool // the server breaks the wire for calls and streams
	counted *weighed
	rt      *nethttp.Transport
	url, id string
	close   func()
}

func newRawPlace(t *testing.T, says func(io.Writer)) *rawPlace {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := &http.Transport{}
	p := &rawPlace{counted: &weighed{RoundTripper: base}, url: "http://" + l.Addr().String()}
	p.rt = &nethttp.Transport{Base: p.counted}
	p.close = func() { p.rt.Close(); base.CloseIdleConnections(); l.Close() }
	var gone atomic.Bool
	go serveRaw(l, func(w io.Writer, method, body string) {
		good := plainAnswer(body, gone.Load())
		switch {
		case p.evil.Load() && (method == http.MethodGet || strings.Contains(body, `"tools/call"`)):
			says(w)
			return
		case strings.Contains(body, `"initialize"`):
			gone.Store(false)
		}
		_, _ = io.WriteString(w, good)
	})
	if p.id, err = sends(t, p.rt, p.url, "", greet); err != nil {
		t.Fatal(err)
	}
	gone.Store(true)
	if _, err := sends(t, p.rt, p.url, p.id, list); err != nil {
		t.Fatal(err)
	}
	return p
}

// hears calls, reads what comes to its end, and says in short what it was.
func hears(t *testing.T, rt http.RoundTripper, counted *weighed, url, id string) (word string, held int64) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"x"}}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "Mcp-Session-Id": {id}, "Mcp-Protocol-Version": {revision}}
	counted.bytes.Store(0)
	resp, err := rt.RoundTrip(req)
	if err != nil {
		var e *nethttp.Error
		if !errors.As(err, &e) {
			t.Errorf("%v (%T), want an *nethttp.Error", err, err)
		}
		return err.Error(), counted.bytes.Load()
	}
	defer resp.Body.Close()
	held = counted.bytes.Load()
	var given int64
	var tail []byte
	buf := make([]byte, 64<<10)
	for err == nil {
		var n int
		n, err = resp.Body.Read(buf)
		given += int64(n)
		held = max(held, counted.bytes.Load()-given)
		tail = append(tail, buf[:n]...)
		tail = tail[max(0, len(tail)-1000):]
	}
	size := "less than a MiB"
	if given >= plenty {
		size = "all of it"
	}
	if got := resp.Header.Get("Mcp-Session-Id"); got != "" && got != id {
		t.Errorf("the client is told of the session %q", got)
	}
	word = fmt.Sprintf("status %d, %s passed on, then %v", resp.StatusCode, size, err)
	if m := message.FindSubmatch(tail); m != nil {
		word += ", with the call's error: " + string(m[1])
	}
	return word, held
}

var message = regexp.MustCompile(`"message":"([^"]*)"`)

// serveRaw reads requests and lets say write the answers, then hangs up.
func serveRaw(l net.Listener, say func(w io.Writer, method, body string)) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(time.Minute))
			req, err := http.ReadRequest(bufio.NewReader(c))
			if err != nil {
				return
			}
			body, _ := io.ReadAll(req.Body)
			say(c, req.Method, string(body))
		}()
	}
}

func plainAnswer(body string, gone bool) string {
	status, text, session := "200 OK", `{"jsonrpc":"2.0","id":2,"result":{}}`, "Mcp-Session-Id: S\r\n"
	switch {
	case strings.Contains(body, `"initialize"`):
		text = `{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{}}}`
	case gone:
		status, text, session = "404 Not Found", "Session not found", ""
	case strings.Contains(body, `"notifications/`):
		status, text = "202 Accepted", ""
	}
	return fmt.Sprintf("HTTP/1.1 %s\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, session, len(text), text)
}

func writes(text string) func(io.Writer) {
	return func(w io.Writer) { _, _ = io.WriteString(w, text) }
}

// repeat writes start, and then more until it is plenty.
func repeat(start, more string) func(io.Writer) {
	return func(w io.Writer) {
		if _, err := io.WriteString(w, start); err != nil {
			return
		}
		piece := []byte(strings.Repeat(more, 32<<10/len(more)))
		for n := 0; n < plenty; n += len(piece) {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	}
}
