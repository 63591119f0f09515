package proxy_test

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

// TestWhatClientsGetForFailures is read in testdata/failures.txt: what was
// asked, why it failed, what the client gets.
func TestWhatClientsGetForFailures(t *testing.T) {
	lost := &nethttp.Error{
		Class: classify.Stale, Reason: classify.SessionGone, Why: policy.LostTwice, Executed: classify.No,
		Method: "tools/call", URL: "http://127.0.0.1:9000/mcp", Status: 401, Body: []byte("Unauthorized: Session not found"),
		Attempts: 2, Hint: "the server forgot a session it had just opened: replicas without affinity?",
	}
	unknown := &nethttp.Error{
		Class: classify.Transient, Reason: classify.MaybeSent, Why: policy.OutcomeUnknown, Executed: classify.Unknown,
		Method: "tools/call", URL: "http://127.0.0.1:9000/mcp", Attempts: 1, Err: errors.New("connection reset by peer"),
	}
	plain := errors.New("dial tcp 127.0.0.1:9000: connect: connection refused")
	var got strings.Builder
	for _, c := range []struct {
		name, method, body string
		err                error
	}{
		{"a call of a session that cannot be recovered", "POST", `{"jsonrpc":"2.0","id":7,"method":"tools/call"}`, lost},
		{"an id that is a text", "POST", `{"jsonrpc":"2.0","id":"a\"b","method":"tools/call"}`, unknown},
		{"an id beyond 2^53 keeps its digits", "POST", `{"jsonrpc":"2.0","id":9007199254740993,"method":"tools/call"}`, unknown},
		{"a failure wrapped by another layer", "POST", `{"jsonrpc":"2.0","id":1,"method":"ping"}`, fmt.Errorf("outer: %w", unknown)},
		{"a Transport that is not the engine", "POST", `{"jsonrpc":"2.0","id":1,"method":"initialize"}`, plain},
		{"a batch: an error for each call", "POST", `[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/cancelled"},{"jsonrpc":"2.0","id":"b","method":"tools/list"}]`, plain},
		{"a notification", "POST", `{"jsonrpc":"2.0","method":"notifications/initialized"}`, unknown},
		{"a client's reply", "POST", `{"jsonrpc":"2.0","id":3,"result":{}}`, plain},
		{"an id of null is nobody's", "POST", `{"jsonrpc":"2.0","id":null,"method":"ping"}`, plain},
		{"no JSON", "POST", `hello`, plain},
		{"a listening stream", "GET", ``, plain},
		{"the end of a session", "DELETE", ``, plain},
	} {
		p := newProxy(t, "http://127.0.0.1:9000/mcp", roundTrip(func(*http.Request) (*http.Response, error) { return nil, c.err }))
		w := ask(p, c.method, "http://localhost/mcp", c.body)
		fmt.Fprintf(&got, "# %s\n> %s\n< %d %s\n< %s\n\n", c.name, strings.TrimSpace(c.method+" "+c.body),
			w.Code, w.Header().Get("Content-Type"), strings.TrimSpace(w.Body.String()))
	}
	golden(t, "testdata/failures.txt", got.String())
}

// TestWhatGatewaysSayOfTheirServers reaches a session's calls as JSON-RPC
// errors, everything else as it is.
func TestWhatGatewaysSayOfTheirServers(t *testing.T) {
	const call, html = `{"jsonrpc":"2.0","id":7,"method":"tools/call"}`, "text/html"
	for _, c := range []struct {
		name, body, session string
		status              int
		contentType         string
		wantStatus          int
		want                string
	}{
		{"a call", call, "S1", 503, html, 200, `{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"mcprecover: POST http://127.0.0.1:9000/mcp: 503 Service Unavailable: \"gone\" (transient, `},
		{"that ran, perhaps", call, "S1", 504, html, 200, `"executed":"unknown"`},
		{"that did not", call, "S1", 429, html, 200, `"executed":"no"`},
		{"when to try again", call, "S1", 503, html, 200, `"retry_after_ms":2`}, // a little below 30,000
		{"no content type", call, "S1", 502, "", 200, `"id":7,"error"`},
		{"the server's own word", call, "S1", 500, "application/json; charset=utf-8", 500, "gone"},
		{"a fault of the request", call, "S1", 400, html, 400, "gone"},
		{"auth is the client's", call, "S1", 401, html, 401, "gone"},
		{"outside sessions", call, "", 503, html, 503, "gone"},
		{"a notification", `{"jsonrpc":"2.0","method":"notifications/x"}`, "S1", 503, html, 503, "gone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProxy(t, "http://127.0.0.1:9000/mcp?key=hunter2", roundTrip(func(r *http.Request) (*http.Response, error) {
				h := http.Header{"Retry-After": {"30"}}
				if c.contentType != "" {
					h.Set("Content-Type", c.contentType)
				}
				return answer(r, c.status, h, "gone"), nil
			}))
			var headers []string
			if c.session != "" {
				headers = []string{"Mcp-Session-Id", c.session}
			}
			w := ask(p, "POST", "http://localhost/mcp", c.body, headers...)
			if w.Code != c.wantStatus || !strings.Contains(w.Body.String(), c.want) || strings.Contains(w.Body.String(), "hunter2") {
				t.Errorf("%d %s, want %d %s", w.Code, w.Body, c.wantStatus, c.want)
			}
		})
	}
}

func TestTheTimeToTryAgainCountsFromNow(t *testing.T) {
	due := &nethttp.Error{Class: classify.Transient, Due: time.Now().Add(time.Hour)}
	p := newProxy(t, "http://127.0.0.1:9000/mcp", roundTrip(func(*http.Request) (*http.Response, error) { return nil, due }))
	w := ask(p, "POST", "http://localhost/mcp", `{"jsonrpc":"2.0","id":7,"method":"ping"}`)
	_, after, found := strings.Cut(w.Body.String(), `"retry_after_ms":`)
	var ms int64
	if _, err := fmt.Sscan(strings.TrimRight(after, "}\n"), &ms); !found || err != nil || ms < 3_500_000 || ms > 3_600_000 {
		t.Errorf("want retry_after_ms a little below 3600000: %s", w.Body)
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got); go test -update rewrites it:\n%s", file, diff)
	}
}
