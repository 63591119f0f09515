package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

// TestTenCallsThroughALostSession: a client, the proxy, faults, a real server.
// The session is lost in the middle, and the client does not notice.
func TestTenCallsThroughALostSession(t *testing.T) {
	server := counting(t)
	fault := serves(t, nowhere, "fault", "--upstream", server.url, "--stale-at-post", "7")
	trace := filepath.Join(t.TempDir(), "events.jsonl")
	proxy := serves(t, nowhere, "proxy", "--upstream", fault.url, "--trace", trace)
	if want := regexp.MustCompile(`^listening on http://127\.0\.0\.1:\d+/mcp\n$`); !want.MatchString(proxy.first) || !want.MatchString(fault.first) {
		t.Errorf("first lines %q and %q, want like %s", proxy.first, fault.first, want)
	}

	c := newPlain(t, proxy.url)
	c.initialize()
	for n := 1; n <= 10; n++ {
		text, header := c.call(n)
		if text != fmt.Sprint("ran ", n) {
			t.Errorf("call %d: %s", n, text)
		}
		if id := header.Get("Mcp-Session-Id"); id != "" && id != c.session {
			t.Errorf("call %d was answered under session %q, not %q", n, id, c.session)
		}
	}
	server.mu.Lock()
	for n := 1; n <= 10; n++ {
		if server.runs[n] != 1 {
			t.Errorf("call %d ran %d times", n, server.runs[n])
		}
	}
	server.mu.Unlock()

	if code, rest := proxy.stop(); code != exitDone || rest != "" {
		t.Errorf("the proxy ended with exit code %d and more on stdout: %q", code, rest)
	}
	if code, _ := fault.stop(); code != exitDone {
		t.Errorf("fault ended with exit code %d", code)
	}
	const lost = `msg=fault what=stale request="POST 7" method=tools/call status=401`
	if got := fault.stderr.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, lost) {
		t.Errorf("fault said:\n%swant the line %s", got, lost)
	}
	if kinds := traced(t, trace); kinds["recovery_done"] != 1 {
		t.Errorf("the trace has %v, want one recovery_done", kinds)
	}
}

// traced counts the events of a trace file by kind.
func traced(t *testing.T, file string) map[string]int {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for line := range strings.Lines(string(text)) {
		var e nethttp.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		kinds[e.Kind.String()]++
	}
	return kinds
}

// nobody is an address that nobody listens on, nor is given by the system to
// who asks for any port.
const nobody = "127.0.0.1:1"

// TestTheProxyStartsBeforeItsUpstream, says so, and answers calls until it is
// there.
func TestTheProxyStartsBeforeItsUpstream(t *testing.T) {
	impatient := filepath.Join(t.TempDir(), "policy.json")
	if err := os.WriteFile(impatient, []byte(`{"patience": "0s"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	proxy := serves(t, nowhere, "proxy", "--upstream", "http://"+nobody+"/mcp", "--policy", impatient)
	status, _, body := newPlain(t, proxy.url).post(`{"jsonrpc":"2.0","id":7,"method":"initialize"}`)
	if status != http.StatusOK || !strings.HasPrefix(body, `{"jsonrpc":"2.0","id":7,"error":`) || !strings.Contains(body, "connection refused") {
		t.Errorf("status %d, body %s; want a JSON-RPC error for the call", status, body)
	}
	proxy.stderr.await(t, `the upstream is not reachable yet: calls wait for it, then are answered with errors" upstream=upstream err="dial tcp `+nobody+`: connect: connection refused"`)
	if code, _ := proxy.stop(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
}

// TestTheProxyEndsWithAStreamOpen: a listening stream has no end of its own.
func TestTheProxyEndsWithAStreamOpen(t *testing.T) {
	proxy := serves(t, nowhere, "proxy", "--upstream", counting(t).url)
	c := newPlain(t, proxy.url)
	c.initialize()
	req, err := http.NewRequestWithContext(t.Context(), "GET", proxy.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Mcp-Session-Id", c.session)
	resp, err := c.http.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("listening: %v, %v", resp, err)
	}
	defer resp.Body.Close()
	if code, _ := proxy.stop(); code != exitDone {
		t.Errorf("exit code %d, stderr:\n%s", code, proxy.stderr)
	}
}
