package faults_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/mcprecover/mcprecover/faults"
)

func TestUpstreamNamesWhatIsWrongWithItsURL(t *testing.T) {
	for _, c := range []struct{ url, want string }{
		{"ftp://host/mcp", `faults: scheme "ftp" of the upstream: give a URL that starts with http:// or https://`},
		{"http:///mcp", `faults: no host in the upstream's URL: give one such as http://127.0.0.1:8080/mcp`},
		{"http://me:hunter2@host/mcp", `faults: user info in the upstream's URL: credentials belong to the client's Authorization header`},
	} {
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := faults.Upstream(u, nil, nil); err == nil || err.Error() != c.want {
			t.Errorf("%s:\n got %v\nwant %s", c.url, err, c.want)
		}
	}
	if _, err := faults.Upstream(nil, nil, nil); err == nil {
		t.Error("no URL at all: no error")
	}
}

// before serves faults before a server elsewhere.
func before(t *testing.T, upstream http.Handler, p faults.Plan) (front string, stop func()) {
	t.Helper()
	ts := httptest.NewServer(upstream)
	t.Cleanup(ts.Close)
	u, err := url.Parse(ts.URL + "/mcp")
	if err != nil {
		t.Fatal(err)
	}
	base := &http.Transport{}
	t.Cleanup(base.CloseIdleConnections)
	h, err := faults.Upstream(u, base, log.New(io.Discard, "", 0))
	if err != nil {
		t.Fatal(err)
	}
	_, front = serve(t, faults.Config{Handler: h, Plan: p})
	return front, ts.Close
}

func TestAServerElsewhereGoesWrongToo(t *testing.T) {
	inner := &server{}
	front, _ := before(t, inner, faults.Plan{Rules: []faults.Rule{
		{When: faults.When{At: 2}, What: faults.What{Stale: &faults.Answer{}}},
		{When: faults.When{At: 4}, What: faults.What{Cut: &faults.Cut{Events: 1}}},
		{When: faults.When{At: 5}, What: faults.What{Reset: &faults.Reset{AfterRun: true}}},
	}})
	call := func(session string) string {
		req, err := http.NewRequest("POST", front+"/mcp", strings.NewReader(`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"slow"}}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Mcp-Session-Id", session)
		return told(client(t).Do(req))
	}
	hello := told(client(t).Post(front+"/mcp", "application/json", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"initialize"}`)))
	for i, c := range []struct{ got, want string }{
		{hello, `200 opens S1 {"jsonrpc":"2.0","id":1,"result":{}}`},
		{call("S1"), `401 text/plain; charset=utf-8 Unauthorized: Session not found`},
		{call("S1"), `401 text/plain; charset=utf-8 Unauthorized: Session not found`},
		{call(""), `200 text/event-stream data: {"progress":1}⏎⏎`},
		{call(""), `RESET`},
		{call(""), `200 text/event-stream data: {"progress":1}⏎⏎data: {"jsonrpc":"2.0","id":7,"result":{"ran":"slow"}}⏎⏎`},
	} {
		if c.got != c.want {
			t.Errorf("POST %d:\n got %s\nwant %s", i+1, c.got, c.want)
		}
	}
	inner.mu.Lock()
	defer inner.mu.Unlock()
	if inner.runs["slow"] != 3 {
		t.Errorf("the tool ran %d times, want 3", inner.runs["slow"])
	}
}

// TestEventsPassAtOnce: each before the next one is made.
func TestEventsPassAtOnce(t *testing.T) {
	next := make(chan int)
	front, _ := before(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush()
		for n := range next {
			fmt.Fprintf(w, "data: %d\n\n", n)
			w.(http.Flusher).Flush()
		}
	}), faults.Plan{})
	resp, err := client(t).Get(front + "/mcp")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for n := range 3 {
		next <- n
		event := make([]byte, len("data: 0\n\n"))
		if _, err := io.ReadFull(resp.Body, event); err != nil || string(event) != fmt.Sprintf("data: %d\n\n", n) {
			t.Fatalf("%q, %v", event, err)
		}
	}
	close(next)
}

func TestAnUpstreamThatIsNotThere(t *testing.T) {
	front, stop := before(t, http.NotFoundHandler(), faults.Plan{})
	stop()
	got := told(client(t).Get(front + "/mcp"))
	if !strings.HasPrefix(got, "502 text/plain; charset=utf-8 faults: no answer from the upstream: dial tcp ") {
		t.Errorf("got %s", got)
	}
}
