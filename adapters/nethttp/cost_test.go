package nethttp

import (
	"context"
	"io"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sony/gobreaker"
)

// flat is a server that costs next to nothing, so that what is counted is ours.
type flat struct {
	contentType string
	body        string
	resp        http.Response
	header      http.Header
	reader      strings.Reader
	length      int64 // -1 for an event stream: it comes in chunks
}

func (f *flat) RoundTrip(req *http.Request) (*http.Response, error) {
	closeRequest(req)
	f.reader.Reset(f.body)
	f.resp = http.Response{StatusCode: 200, Header: f.header, Body: f, Request: req, ContentLength: f.length}
	return &f.resp, nil
}

func (f *flat) Read(b []byte) (int, error) { return f.reader.Read(b) }
func (f *flat) Close() error               { return nil }

// swap lets a session be opened at one server and used at another.
type swap struct{ http.RoundTripper }

// costs are calls of a session, all alike but for what they are named after,
// and what the Transport may add to each.
var costs = []struct {
	name        string
	deadline    bool
	contentType string
	body        string
	renewed     bool
	logging     bool // the server keeps a log level: what a recovery restores must be looked for
	allocations float64
	budget      float64 // nanoseconds, on the machine that the budgets were set on
}{
	{"JSON answer", true, "application/json", result, false, false, 1, 250},
	{"JSON answer, server with logging", true, "application/json", result, false, true, 3, 500},
	{"event stream, server with logging", true, "text/event-stream", event, false, true, 3, 500},
	{"JSON answer, no deadline", false, "application/json", result, false, false, 4, 500},
	{"event stream", true, "text/event-stream", event, false, false, 1, 250},
	{"event stream, no deadline", false, "text/event-stream", event, false, false, 4, 500},
	{"JSON answer after a recovery", true, "application/json", result, true, false, 5, 1250},
	{"event stream after a recovery", true, "text/event-stream", event, true, false, 5, 1250},
}

// result is an answer of 280 bytes.
var (
	result = `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"` + strings.Repeat("x", 207) + `"}]}}`
	event  = "event: message\ndata: " + result + "\n\n"
	call1  = call(1)
)

// calls gives the same call, made without a Transport and with one.
func calls(t testing.TB, ctx context.Context, contentType, body string, renewed, logging bool) (plain, with func()) {
	server := newStub()
	if logging {
		server.result = `{"protocolVersion":"2025-11-25","capabilities":{"logging":{}}}`
	}
	base := &swap{server}
	rt := &Transport{Base: base}
	id := open(t, rt)
	if renewed {
		server.forget()
		if _, _, _, err := post(t, rt, id, call(1)); err != nil {
			t.Fatal(err)
		}
	}
	f := &flat{contentType: contentType, body: body, header: http.Header{"Content-Type": {contentType}}}
	if f.length = int64(len(body)); contentType == "text/event-stream" {
		f.length = -1
	}
	base.RoundTripper = f
	request := strings.NewReader(call(1))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, testURL, request)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{headerSession: {id}, headerVersion: {"2025-11-25"}, "Content-Type": {"application/json"}}
	buf := make([]byte, 512)
	once := func(rt http.RoundTripper) func() {
		return func() {
			request.Reset(call1)
			resp, err := rt.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			for {
				if _, err := resp.Body.Read(buf); err == io.EOF {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
			resp.Body.Close()
		}
	}
	return once(f), once(rt)
}

func TestCostBeforeAndAfterTheFirstRecovery(t *testing.T) {
	if RaceEnabled {
		t.Skip("the race detector allocates")
	}
	deadline, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	for _, c := range costs {
		t.Run(c.name, func(t *testing.T) {
			ctx := t.Context()
			if c.deadline {
				ctx = deadline
			}
			plain, with := calls(t, ctx, c.contentType, c.body, c.renewed, c.logging)
			ours := testing.AllocsPerRun(500, with) - testing.AllocsPerRun(500, plain)
			if ours > c.allocations {
				t.Errorf("%v allocations of ours, want at most %v", ours, c.allocations)
			}
			t.Logf("%v allocations of ours", ours)
		})
	}
}

// BenchmarkCost measures the call with and without the Transport in turns, and
// prints the median of what the Transport adds, beside what gobreaker's Allow
// and done take in the same turns.
func BenchmarkCost(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // as in a process whose heap is not as small as this one's
	deadline, cancel := context.WithTimeout(b.Context(), time.Hour)
	defer cancel()
	breaker := gobreaker.NewTwoStepCircuitBreaker(gobreaker.Settings{})
	allow := func() {
		done, err := breaker.Allow()
		if err != nil {
			panic(err)
		}
		done(true)
	}
	for _, c := range costs {
		b.Run(c.name, func(b *testing.B) {
			ctx := b.Context()
			if c.deadline {
				ctx = deadline
			}
			plain, with := calls(b, ctx, c.contentType, c.body, c.renewed, c.logging)
			var ours, ratios []float64
			for b.Loop() {
				added := nanoseconds(with) - nanoseconds(plain)
				ours, ratios = append(ours, added), append(ratios, added/nanoseconds(allow))
			}
			b.ReportMetric(0, "ns/op") // of a round of many
			b.ReportMetric(median(ours), "ns-added/call")
			b.ReportMetric(c.budget, "budget-ns")
			b.ReportMetric(median(ratios), "gobreakers/call")
		})
	}
}

// nanoseconds is what one of many calls takes.
func nanoseconds(f func()) float64 {
	const rounds = 2000
	start := time.Now()
	for range rounds {
		f()
	}
	return float64(time.Since(start)) / rounds
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}
