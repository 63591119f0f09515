package proxy_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestEventsArriveAtOnce: the header before any event, each event before the
// next one is made.
func TestEventsArriveAtOnce(t *testing.T) {
	next := make(chan string)
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush()
		for data := range next {
			fmt.Fprintf(w, "data: %s\n\n", data)
			w.(http.Flusher).Flush()
		}
	}))
	defer upstream.Close()
	front := httptest.NewServer(newProxy(t, upstream.URL+"/mcp", nil))
	defer front.Close()

	resp, err := http.Get(front.URL + "/mcp")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewReader(resp.Body)
	for _, data := range []string{"one", "two"} {
		next <- data
		if line, err := lines.ReadString('\n'); err != nil || line != "data: "+data+"\n" {
			t.Fatalf("read %q, %v", line, err)
		}
		if _, err := lines.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	close(next)
	if rest, err := io.ReadAll(lines); err != nil || len(rest) > 0 {
		t.Errorf("after the last event: %q, %v", rest, err)
	}
}

func TestRequestsUpTo4MiBCanBeSentAgain(t *testing.T) {
	const limit = 4 << 20
	for _, c := range []struct {
		size  int
		again bool
	}{{0, true}, {1, true}, {limit, true}, {limit + 1, false}, {2 * limit, false}} {
		body := bytes.Repeat([]byte("x"), c.size)
		p := newProxy(t, "http://127.0.0.1:9000/mcp", roundTrip(func(r *http.Request) (*http.Response, error) {
			var sent []byte
			if r.Body != nil {
				sent, _ = io.ReadAll(r.Body)
			}
			if !bytes.Equal(sent, body) || c.size > 0 && r.ContentLength != int64(c.size) {
				t.Errorf("%d bytes: sent %d of length %d", c.size, len(sent), r.ContentLength)
			}
			if (r.GetBody != nil) != c.again {
				t.Errorf("%d bytes: GetBody set: %t, want %t", c.size, r.GetBody != nil, c.again)
			}
			for range 2 {
				if r.GetBody == nil {
					break
				}
				second, _ := r.GetBody()
				if sent, err := io.ReadAll(second); err != nil || !bytes.Equal(sent, body) {
					t.Errorf("%d bytes: sent again %d, %v", c.size, len(sent), err)
				}
			}
			return ok(r)
		}))
		if w := ask(p, "POST", "http://localhost/mcp", string(body)); w.Code != 200 {
			t.Errorf("%d bytes: status %d", c.size, w.Code)
		}
	}
}

// TestAClientThatStopsInTheMiddleIsLetGo runs in virtual time over a pipe.
func TestAClientThatStopsInTheMiddleIsLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProxy(t, "http://127.0.0.1:9000/mcp", roundTrip(func(*http.Request) (*http.Response, error) {
			t.Error("half a request was sent on")
			return nil, io.ErrUnexpectedEOF
		}))
		client, server := net.Pipe()
		s := http.Server{Handler: p}
		go func() { _ = s.Serve(&once{conn: server}) }()
		defer s.Close()

		start := time.Now()
		go func() {
			_, _ = io.WriteString(client, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"half\":")
		}()
		resp, err := http.ReadResponse(bufio.NewReader(client), nil)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != 400 || !strings.Contains(string(text), "reading the request's body failed after 8 bytes") {
			t.Errorf("status %d: %s", resp.StatusCode, text)
		}
		if waited := time.Since(start); waited != 30*time.Second {
			t.Errorf("waited %s, want 30s", waited)
		}
		client.Close()
	})
}

// TestALargeRequestMayTakeItsTime runs in virtual time over a pipe: what is not
// held is not hurried either.
func TestALargeRequestMayTakeItsTime(t *testing.T) {
	const size = 4<<20 + 2
	synctest.Test(t, func(t *testing.T) {
		p := newProxy(t, "http://127.0.0.1:9000/mcp", roundTrip(func(r *http.Request) (*http.Response, error) {
			n, err := io.Copy(io.Discard, r.Body)
			return answer(r, 200, nil, fmt.Sprint(n, " bytes, ", err)), nil
		}))
		client, server := net.Pipe()
		s := http.Server{Handler: p}
		go func() { _ = s.Serve(&once{conn: server}) }()
		defer s.Close()
		defer client.Close()

		go func() {
			fmt.Fprintf(client, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", size)
			_, _ = client.Write(bytes.Repeat([]byte(" "), size-1))
			time.Sleep(time.Hour)
			_, _ = client.Write([]byte(" "))
		}()
		resp, err := http.ReadResponse(bufio.NewReader(client), nil)
		if err != nil {
			t.Fatal(err)
		}
		if text, _ := io.ReadAll(resp.Body); string(text) != "4194306 bytes, <nil>" {
			t.Errorf("the upstream got %s", text)
		}
	})
}

// once is a listener that has one connection to give.
type once struct{ conn net.Conn }

func (o *once) Accept() (net.Conn, error) {
	if c := o.conn; c != nil {
		o.conn = nil
		return c, nil
	}
	return nil, net.ErrClosed
}
func (o *once) Close() error   { return nil }
func (o *once) Addr() net.Addr { return &net.TCPAddr{} }
