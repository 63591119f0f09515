package proxy_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/adapters/proxy"
)

// A round is many short turns of either side, so that what else the machine does
// meets both alike.
const (
	overheadRounds = 7
	overheadTurns  = 40
	loneCalls      = 100 // of one caller, in a turn: latencies
	crowd          = 8   // callers at once: throughput
	crowdCalls     = 25  // by each of them, in a turn
)

// BenchmarkOverhead calls one server through a Proxy with the engine and through
// a bare httputil.ReverseProxy in turns, and prints the medians of the rounds
// and of their ratios. One run is one answer:
//
//	go test -run '^$' -bench Overhead -benchtime 1x ./adapters/proxy
func BenchmarkOverhead(b *testing.B) {
	for _, kind := range []string{"json", "stream"} {
		b.Run(kind, func(b *testing.B) {
			for range b.N {
				overhead(b, kind)
			}
		})
	}
}

func overhead(b *testing.B, kind string) {
	upstream := httptest.NewServer(flatServer(kind))
	b.Cleanup(upstream.Close)
	u, _ := url.Parse(upstream.URL + "/mcp")
	bare := newSide(b, &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: u.Scheme, Host: u.Host}) },
		Transport: manyIdle(b),
	})
	bare.mayBreak = true // see Proxy.rewrite
	ours := newSide(b, fullProxy(b, u))

	bare.turn(b) // warm
	ours.turn(b)
	b.Logf("%-8s %14s %14s %8s", kind, "ReverseProxy", "mcprecover", "ratio")
	rounds := make([][2][3]float64, overheadRounds)
	for n := range rounds {
		bare.reset()
		ours.reset()
		for turn := range overheadTurns {
			first, second := bare, ours
			if turn%2 == 1 {
				first, second = ours, bare
			}
			first.turn(b)
			second.turn(b)
		}
		rounds[n] = [2][3]float64{bare.figures(), ours.figures()}
	}
	for i, name := range []string{"p50-us", "p99-us", "calls/s"} {
		var was, is, ratio []float64
		for _, r := range rounds {
			was, is, ratio = append(was, r[0][i]), append(is, r[1][i]), append(ratio, r[1][i]/r[0][i])
		}
		b.Logf("%-8s %14.1f %14.1f %8.3f", name, median(was), median(is), median(ratio))
		b.ReportMetric(median(ratio), name+"-ratio")
	}
	b.Logf("%-8s %14d %14d", "broken", bare.broken, ours.broken)
	b.ReportMetric(0, "ns/op") // of many rounds on two sides it says nothing
}

// fullProxy is a Proxy as the command builds it: engine, metrics, heartbeat.
func fullProxy(t testing.TB, upstream *url.URL) *proxy.Proxy {
	m := proxy.NewMetrics()
	engine := &nethttp.Transport{Base: manyIdle(t), Shared: true, Observer: m.Observer("bench")}
	t.Cleanup(func() { engine.Close() })
	p, err := proxy.New(proxy.Config{Upstream: upstream, Transport: engine, Metrics: m, Name: "bench"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// manyIdle is a transport with a connection for every caller.
func manyIdle(t testing.TB) *http.Transport {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxIdleConnsPerHost = 100
	t.Cleanup(base.CloseIdleConnections)
	return base
}

const (
	helloText = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}`
	callText  = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{}}}`
)

// flatServer answers every call alike, initialize with a session id, and a GET
// with a stream that has one event and no end.
func flatServer(kind string) http.Handler {
	answer := `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"` + strings.Repeat("x", 400) + `"}]}}`
	contentType := "application/json"
	if kind == "stream" {
		answer, contentType = "event: message\ndata: "+answer+"\n\n", "text/event-stream"
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		switch {
		case r.Method == http.MethodGet:
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "data: {}\n\n")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		case r.Header.Get("Mcp-Session-Id") == "":
			w.Header().Set("Mcp-Session-Id", "S1")
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25"}}`)
		default:
			w.Header()["Content-Type"] = []string{contentType}
			_, _ = io.WriteString(w, answer)
			if kind == "stream" {
				w.(http.Flusher).Flush()
			}
		}
	})
}

// side is one of the two ways to the server.
type side struct {
	url      string
	clients  [crowd]*http.Client
	mayBreak bool

	mu      sync.Mutex
	took    []time.Duration // by calls of the lone caller
	crowded time.Duration   // that the crowd was at work
	calls   int             // of the crowd
	broken  int             // answers, since the beginning
}

func newSide(t testing.TB, h http.Handler) *side {
	front := httptest.NewServer(h)
	t.Cleanup(front.Close)
	s := &side{url: front.URL + "/mcp"}
	for i := range s.clients {
		base := &http.Transport{}
		t.Cleanup(base.CloseIdleConnections)
		s.clients[i] = &http.Client{Transport: base}
	}
	if err := s.call(s.clients[0], helloText, ""); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *side) call(c *http.Client, body, session string) error {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, s.url, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}}
	if session != "" {
		req.Header["Mcp-Session-Id"] = []string{session}
		req.Header["Mcp-Protocol-Version"] = []string{"2025-11-25"}
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != 200 || n == 0 {
		return fmt.Errorf("status %d, %d bytes, %w", resp.StatusCode, n, err)
	}
	return nil
}

// run calls n times and hands the time of each to done.
func (s *side) run(t testing.TB, c *http.Client, n int, done func(time.Duration)) {
	for range n {
		start := time.Now()
		err := s.call(c, callText, "S1")
		if done(time.Since(start)); err == nil {
			continue
		}
		s.mu.Lock()
		s.broken++
		s.mu.Unlock()
		if !s.mayBreak {
			t.Error(err)
		}
	}
}

func (s *side) turn(t testing.TB) {
	s.run(t, s.clients[0], loneCalls, func(d time.Duration) { s.took = append(s.took, d) })
	start := time.Now()
	s.flood(t, crowdCalls)
	s.crowded += time.Since(start)
	s.calls += crowd * crowdCalls
}

// flood lets the crowd call, n times each.
func (s *side) flood(t testing.TB, n int) {
	var callers sync.WaitGroup
	for _, c := range s.clients {
		callers.Go(func() { s.run(t, c, n, func(time.Duration) {}) })
	}
	callers.Wait()
}

func (s *side) reset() { s.took, s.crowded, s.calls = s.took[:0], 0, 0 }

// figures are the median and the 99th percentile of a lone caller's latencies
// in microseconds, and the crowd's calls in a second.
func (s *side) figures() [3]float64 {
	slices.Sort(s.took)
	us := func(d time.Duration) float64 { return float64(d) / 1e3 }
	return [3]float64{us(s.took[len(s.took)/2]), us(s.took[len(s.took)*99/100]), float64(s.calls) / s.crowded.Seconds()}
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}
