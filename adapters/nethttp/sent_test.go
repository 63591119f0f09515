package nethttp

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mcprecover/mcprecover/classify"
)

// box is a TLS server with a box before it that may answer in the clear: before
// the handshake, or when the server has run a call.
type box struct {
	net.Listener
	tls   *tls.Config
	plain atomic.Bool // the next connection is answered in the clear
	cut   atomic.Bool // the next call's answer is one in the clear
	ran   atomic.Int32
	conns sync.WaitGroup
}

const inTheClear = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"

func startBox(t *testing.T) *box {
	leaks := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, leaks) })
	cert := httptest.NewUnstartedServer(nil)
	cert.StartTLS()
	b := &box{tls: &tls.Config{Certificates: cert.TLS.Certificates}}
	cert.Close()
	var err error
	if b.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	b.conns.Go(func() {
		for {
			raw, err := b.Accept()
			if err != nil {
				return
			}
			b.conns.Go(func() { b.serves(raw) })
		}
	})
	t.Cleanup(func() { b.Close(); b.conns.Wait() })
	return b
}

func (b *box) serves(raw net.Conn) {
	defer raw.Close()
	if b.plain.CompareAndSwap(true, false) {
		_, _ = raw.Read(make([]byte, 1)) // of the client's hello
		_, _ = io.WriteString(raw, inTheClear)
		return
	}
	c := tls.Server(raw, b.tls)
	requests := bufio.NewReader(c)
	for {
		req, err := http.ReadRequest(requests)
		if err != nil {
			return
		}
		body, _ := io.ReadAll(req.Body)
		m := scan(body)
		result, header := `{}`, ""
		switch string(m.method) {
		case "initialize":
			result, header = `{"protocolVersion":"2025-11-25","capabilities":{}}`, "Mcp-Session-Id: S1\r\n"
		case "tools/call":
			b.ran.Add(1)
			if b.cut.CompareAndSwap(true, false) {
				_, _ = io.WriteString(raw, inTheClear)
				return
			}
		}
		answer := `{"jsonrpc":"2.0","id":` + string(m.id) + `,"result":` + result + `}`
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s", header, len(answer), answer)
	}
}

// A TLS connection that turns to something else says that nothing was sent only
// as long as it was not made: after that a call may have run, and is not sent
// again.
func TestACallIsNotRunTwiceWhereTLSBreaks(t *testing.T) {
	for _, c := range []struct {
		name  string
		wrong func(*box, *http.Transport)
		ran   int32
		err   bool
	}{
		{"before its handshake: nothing was sent, and the call is sent again", func(b *box, base *http.Transport) {
			base.CloseIdleConnections()
			b.plain.Store(true)
		}, 1, false},
		{"after the call: its outcome is unknown", func(b *box, _ *http.Transport) { b.cut.Store(true) }, 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := startBox(t)
			base := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
			rt := &Transport{Base: base, Rand: func(uint64, uint32) float64 { return 0 }}
			defer func() { rt.Close(); base.CloseIdleConnections() }()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			posts := func(id, body string) (*http.Response, error) {
				req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+b.Addr().String()+"/mcp", strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				req.Header = http.Header{"Content-Type": {"application/json"}}
				if id != "" {
					req.Header[headerSession] = []string{id}
				}
				resp, err := rt.RoundTrip(req)
				if err == nil {
					_, _ = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
				return resp, err
			}
			if _, err := posts("", greeting); err != nil {
				t.Fatal(err)
			}
			c.wrong(b, base)
			_, err := posts("S1", call(1))
			var e *Error
			switch {
			case c.err && (!errors.As(err, &e) || !e.OutcomeUnknown() || e.Reason != classify.MaybeSent):
				t.Errorf("%v, want an error of unknown outcome", err)
			case !c.err && err != nil:
				t.Error(err)
			}
			if n := b.ran.Load(); n != c.ran {
				t.Errorf("the tool ran %d times", n)
			}
		})
	}
}
