package proxy_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/adapters/proxy"
	"github.com/mcprecover/mcprecover/faults"
)

// scrape reads what Prometheus would.
func scrape(m *proxy.Metrics) string {
	return ask(m, "GET", "http://localhost/metrics", "").Body.String()
}

// value is that of a series, "" if there is none.
func value(m *proxy.Metrics, series string) string {
	for line := range strings.Lines(scrape(m)) {
		if v, ok := strings.CutPrefix(line, series+" "); ok {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// TestWhatIsCounted is read in testdata/metrics.txt: a session that a server
// forgets once, and calls that fail. Times are left out.
func TestWhatIsCounted(t *testing.T) {
	r := newRig(t, gone404, faults.Rule{
		When: faults.When{RPCMethod: "tools/call", At: 2}, What: faults.What{Reset: &faults.Reset{AfterRun: true}},
	})
	s := r.client(t, nil)
	r.await(t, nethttp.StreamAttached)
	if _, err := s.ListTools(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	r.await(t, nethttp.RecoveryDone)
	r.await(t, nethttp.StreamAttached)
	hello(t, s)
	var failed *mcp.CallToolResult
	failed, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "hello"})
	if err == nil {
		t.Fatalf("a call whose connection was reset: %v", failed)
	}
	var kept strings.Builder
	for line := range strings.Lines(scrape(r.metrics)) {
		if strings.HasPrefix(line, "mcprecover_") && !strings.Contains(line, "_seconds_sum") && !strings.Contains(line, "_bucket") {
			kept.WriteString(line)
		}
	}
	golden(t, "testdata/metrics.txt", kept.String())
}

// TestParkedStreamsAreCounted as long as their server is away.
func TestParkedStreamsAreCounted(t *testing.T) {
	r := newRig(t)
	s := r.client(t, nil)
	r.await(t, nethttp.StreamAttached)
	count := func(open, parked string) {
		t.Helper()
		if o, p := value(r.metrics, `mcprecover_streams_open{upstream="real"}`), value(r.metrics, `mcprecover_streams_parked{upstream="real"}`); o != open || p != parked {
			t.Errorf("streams open %s, parked %s; want %s and %s", o, p, open, parked)
		}
	}
	count("1", "0")
	r.faults.Unavailable(faults.Outage{Requests: 2})
	for s := range r.server.Sessions() { // the server ends its streams
		_ = s.Close()
	}
	r.await(t, nethttp.StreamParked)
	count("1", "1")
	r.await(t, nethttp.StreamAttached)
	count("1", "0")
	_ = s.Close()
	if sessions := value(r.metrics, `mcprecover_sessions{upstream="real"}`); sessions != "0" {
		t.Errorf("%s sessions after the client's end", sessions)
	}
}

// TestMetricsHoldNoSecretsAndNoIDs, whatever clients send, and have no more
// series for it.
func TestMetricsHoldNoSecretsAndNoIDs(t *testing.T) {
	m := proxy.NewMetrics()
	u, _ := url.Parse("http://127.0.0.1:9000/mcp-hunter2?key=hunter2")
	p, err := proxy.New(proxy.Config{Upstream: u, Metrics: m, Name: "a", Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == "BREW" {
			return nil, errors.New("hunter2")
		}
		return answer(r, 299, nil, "hunter2"), nil
	})})
	if err != nil {
		t.Fatal(err)
	}
	names := func() string {
		return regexp.MustCompile(`(?m)^(mcprecover_\S+) \S+$`).ReplaceAllString(regexp.MustCompile(`(?m)^(go|process)_.*\n`).ReplaceAllString(scrape(m), ""), "$1")
	}
	ask(p, "POST", "http://localhost/mcp-hunter2", "{}")
	before := names()
	for n, method := range []string{"POST", "GET", "DELETE", "BREW", "PUT", "HUNTER2"} {
		ask(p, method, fmt.Sprintf("http://localhost/hunter2/%d", n), `{"id":"hunter2","method":"hunter2"}`,
			"Mcp-Session-Id", fmt.Sprint("hunter2", n), "Authorization", "Bearer hunter2")
		m.Observer("a")(nethttp.Event{
			Kind: nethttp.EventKind(n + 1), Endpoint: "http://hunter2", Session: "hunter2", Method: "hunter2", Err: "hunter2",
		})
	}
	after := scrape(m)
	if strings.Contains(after, "hunter2") || strings.Contains(after, "HUNTER2") {
		t.Errorf("a secret in the metrics:\n%s", after)
	}
	// Histograms show a bucket once it has counted: those are bounded too.
	bucket := regexp.MustCompile(`(?m)^mcprecover_(answer|recovery)_seconds_.*\n`)
	if b, a := bucket.ReplaceAllString(before, ""), bucket.ReplaceAllString(names(), ""); a != b {
		t.Errorf("the series were\n%s\nand are\n%s", b, a)
	}
	if got := value(m, `mcprecover_requests_total{upstream="a",method="other",status="5xx"}`); got != "1" {
		t.Errorf("BREW was counted %q times", got)
	}
	if got := value(m, `mcprecover_requests_total{upstream="a",method="POST",status="2xx"}`); got != "2" {
		t.Errorf("POST was counted %q times", got)
	}
}

// TestRecoveriesThatAreTimedAreBounded: sessions whose recovery never ends must
// not pile up, and later ones are still counted.
func TestRecoveriesThatAreTimedAreBounded(t *testing.T) {
	m := proxy.NewMetrics()
	observe := m.Observer("a")
	for n := range 10_001 {
		observe(nethttp.Event{Kind: nethttp.RecoveryStarted, Session: fmt.Sprint(n)})
	}
	for n := range 10_001 {
		observe(nethttp.Event{Kind: nethttp.RecoveryDone, Session: fmt.Sprint(n)})
	}
	if counted, timed := value(m, `mcprecover_recoveries_total{upstream="a",result="done"}`), value(m, `mcprecover_recovery_seconds_count{upstream="a"}`); counted != "10001" || timed != "10000" {
		t.Errorf("%s recoveries counted, %s timed; want 10001 and 10000", counted, timed)
	}
}
