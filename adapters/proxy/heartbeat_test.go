package proxy_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcprecover/mcprecover/adapters/proxy"
)

// idling answers with what its pipe brings.
func idling(contentType string) (*io.PipeWriter, roundTrip) {
	out, in := io.Pipe()
	return in, func(r *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: 200, Header: http.Header{"Content-Type": {contentType}}, Body: out, ContentLength: -1, Request: r,
		}, nil
	}
}

// TestIdleStreamsCarryAComment runs in virtual time. What stands between " | "
// comes from the server at once, then it is silent for 15 s.
func TestIdleStreamsCarryAComment(t *testing.T) {
	const sse = "text/event-stream"
	for _, c := range []struct {
		name, contentType, sent, got string
		every                        time.Duration
	}{
		{"before the first event", sse, " | data: 1\n\n", ":\n\ndata: 1\n\n:\n\n", 0},
		{"again and again", sse, "data: 1\n\n |  | data: 2\n\n", "data: 1\n\n:\n\n:\n\ndata: 2\n\n:\n\n", 0},
		{"never inside a line", sse, "data: 1 | 2\n\n", "data: 12\n\n:\n\n", 0},
		{"never inside an event", sse, "data: 1\n | \n", "data: 1\n\n:\n\n", 0},
		{"nor between lines of one", sse, "event: a\ndata: 1\n | data: 2\n\n", "event: a\ndata: 1\ndata: 2\n\n:\n\n", 0},
		{"CR LF", sse, "data: 1\r\n\r\n | data: 2\r\n | \r\n", "data: 1\r\n\r\n:\n\ndata: 2\r\n\r\n:\n\n", 0},
		{"never inside CR LF", sse, "data: 1\r | \n\r\n", "data: 1\r\n\r\n:\n\n", 0},
		{"CR", sse, "data: 1\r\r | data: 2\r", "data: 1\r\r:\n\ndata: 2\r", 0},
		{"a blank line in two pieces", sse, "data: 1\n", "data: 1\n", 0},
		{"with parameters", sse + "; charset=utf-8", "data: 1\n\n", "data: 1\n\n:\n\n", 0},
		{"the other end's comments count", sse, ": ping\n\n", ": ping\n\n:\n\n", 0},
		{"JSON has none", "application/json", "{ | }", "{}", 0},
		{"nor has text", "text/plain", "a\n\n | b", "a\n\nb", 0},
		{"never, where it is off", sse, "data: 1\n\n | data: 2\n\n", "data: 1\n\ndata: 2\n\n", -1},
		{"sooner, where it is asked for", sse, "data: 1\n\n", "data: 1\n\n:\n\n:\n\n:\n\n", 5 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				in, server := idling(c.contentType)
				u, _ := url.Parse("http://127.0.0.1:9000/mcp")
				p, err := proxy.New(proxy.Config{Upstream: u, Transport: server, Heartbeat: c.every})
				if err != nil {
					t.Fatal(err)
				}
				go func() {
					for chunk := range strings.SplitSeq(c.sent, " | ") {
						_, _ = io.WriteString(in, chunk)
						time.Sleep(15*time.Second + 1)
					}
					in.Close()
				}()
				w := ask(p, "POST", "http://localhost/mcp", `{"jsonrpc":"2.0","id":1,"method":"ping"}`)
				time.Sleep(time.Minute) // nothing may come after the end
				if got := w.Body.String(); got != c.got {
					t.Errorf("sent %q,\n got %q,\nwant %q", c.sent, got, c.got)
				}
			})
		})
	}
}

// TestTheHeartbeatCountsFromTheLastByte: a busy stream has none.
func TestTheHeartbeatCountsFromTheLastByte(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, server := idling("text/event-stream")
		p := newProxy(t, "http://127.0.0.1:9000/mcp", server)
		go func() {
			for range 10 {
				time.Sleep(14 * time.Second)
				_, _ = io.WriteString(in, "data: 1\n\n")
			}
			in.Close()
		}()
		if got := ask(p, "GET", "http://localhost/mcp", "").Body.String(); got != strings.Repeat("data: 1\n\n", 10) {
			t.Errorf("got %q", got)
		}
	})
}

// gone is a client whose connection takes nothing.
type gone struct{ *httptest.ResponseRecorder }

func (gone) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// TestTheHeartbeatEndsWithItsClient: no timer is left behind, which a bubble
// with a sleeping goroutine and a running timer would not tell; the count does.
func TestTheHeartbeatEndsWithItsClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, server := idling("text/event-stream")
		p := newProxy(t, "http://127.0.0.1:9000/mcp", server)
		go func() {
			time.Sleep(time.Hour)
			in.Close()
		}()
		p.ServeHTTP(gone{httptest.NewRecorder()}, httptest.NewRequest("GET", "http://localhost/mcp", nil))
	})
}
