package proxy_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/policy"
)

// TestAClientThatVanishesInMidStreamFreesEverything: its request upstream ends
// and nothing waits for it any more, neither a call's stream nor a listener's;
// TestMain sees that no goroutine is left.
func TestAClientThatVanishesInMidStreamFreesEverything(t *testing.T) {
	for _, method := range []string{"POST", "GET"} {
		t.Run(method, func(t *testing.T) {
			ended := make(chan struct{})
			upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				if r.Header.Get("Mcp-Session-Id") == "" {
					w.Header().Set("Mcp-Session-Id", "S1")
					w.Header().Set("Content-Type", "application/json")
					_, _ = io.WriteString(w, `{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25"}}`)
					return
				}
				w.Header().Set("Content-Type", "text/event-stream")
				_, _ = io.WriteString(w, "data: {\"half\":") // in the middle of an event
				w.(http.Flusher).Flush()
				<-r.Context().Done()
				close(ended)
			}))
			defer upstream.Close()
			u, _ := url.Parse(upstream.URL + "/mcp")
			p := fullProxy(t, u)
			front := httptest.NewServer(p)
			defer front.Close()
			newSide(t, p) // opens the session S1, which is the Proxy's, not a connection's

			client, err := net.Dial("tcp", front.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(client, "%s /mcp HTTP/1.1\r\nHost: localhost\r\nMcp-Session-Id: S1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", method, len(callText), callText)
			in := bufio.NewReader(client)
			for line := ""; !strings.HasPrefix(line, "data: "); {
				if line, err = in.ReadString('\n'); err != nil && line == "" {
					t.Fatal(err)
				}
				if strings.Contains(line, "e\r\n") && !strings.Contains(line, ":") { // the chunk's size: its text follows without an end of line
					text := make([]byte, len("data: {\"half\":"))
					if _, err := io.ReadFull(in, text); err != nil {
						t.Fatal(err)
					}
					line = string(text)
				}
			}
			client.Close()
			<-ended
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if cut := p.Drain(ctx); cut != 0 || ctx.Err() != nil {
				t.Errorf("something still waited for the client: %d calls cut, %v", cut, ctx.Err())
			}
		})
	}
}

// TestAnUpstreamThatComesAndGoes: calls are answered with errors while it is
// away, and work again once it is back, on the same session.
func TestAnUpstreamThatComesAndGoes(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	hasty := policy.Default()
	hasty.Patience = 0
	engine := &nethttp.Transport{Base: manyIdle(t), Policy: &hasty}
	defer engine.Close()
	front := httptest.NewServer(newProxy(t, "http://"+addr+"/mcp", engine))
	defer front.Close()
	c := &http.Client{Transport: manyIdle(t)}
	post := func(body, session string) string {
		t.Helper()
		req, _ := http.NewRequestWithContext(t.Context(), "POST", front.URL+"/mcp", strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		if session != "" {
			req.Header.Set("Mcp-Session-Id", session)
		}
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != 200 {
			t.Errorf("%d %s, %v", resp.StatusCode, text, err)
		}
		return string(text)
	}
	start := func() *http.Server {
		t.Helper()
		l, err := net.Listen("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		s := &http.Server{Handler: flatServer("json")}
		go func() { _ = s.Serve(l) }()
		return s
	}
	refused := func(got string) {
		t.Helper()
		if !strings.HasPrefix(got, `{"jsonrpc":"2.0","id":1,"error":{"code":-32000,`) || !strings.Contains(got, "connection refused") || !strings.Contains(got, `"executed":"no"`) {
			t.Errorf("while it is away: %s", got)
		}
	}
	refused(post(helloText, ""))
	server := start()
	if got := post(helloText, ""); !strings.Contains(got, `"protocolVersion"`) {
		t.Errorf("once it is there: %s", got)
	}
	server.Close()
	c.CloseIdleConnections()
	engine.CloseIdleConnections()
	refused(post(callText, "S1"))
	server = start()
	defer server.Close()
	if got := post(callText, "S1"); !strings.Contains(got, `"result"`) {
		t.Errorf("once it is back: %s", got)
	}
}

// TestABodyCanBeReadToItsEndAfterTheAnswer: net/http's client looks there once
// more when it has sent all, and breaks the connection where that fails.
func TestABodyCanBeReadToItsEndAfterTheAnswer(t *testing.T) {
	var sent io.ReadCloser
	p := newProxy(t, "http://127.0.0.1:9000/mcp", roundTrip(func(r *http.Request) (*http.Response, error) {
		sent = r.Body
		_, _ = io.ReadFull(sent, make([]byte, r.ContentLength))
		return ok(r)
	}))
	ask(p, "POST", "http://localhost/mcp", callText)
	if n, err := sent.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("%d bytes, %v; want the end", n, err)
	}
}
