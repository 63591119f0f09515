package proxy_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"testing"
)

const (
	openStreams = 1_000
	fewCalls    = 20_000
	manyCalls   = 100_000

	// flatness is what the live heap may differ by, in bytes: what lies in the
	// connections' buffers and in pools when it is measured.
	flatness = 1 << 20
)

// TestMemoryIsFlat: with 1,000 streams open, the live heap after 100,000 calls
// is that after 20,000, and nearly all of it is free after the last stream.
func TestMemoryIsFlat(t *testing.T) {
	few, many := fewCalls, manyCalls
	if testing.Short() || raceEnabled {
		few, many = 500, 2_500
	}
	for _, kind := range []string{"json", "stream"} {
		t.Run(kind, func(t *testing.T) {
			upstream := httptest.NewServer(flatServer(kind))
			defer upstream.Close()
			u, _ := url.Parse(upstream.URL + "/mcp")
			p := fullProxy(t, u)
			s := newSide(t, p)
			s.flood(t, few/crowd/10)
			before := live()

			base := &http.Transport{}
			defer base.CloseIdleConnections()
			streams := make([]io.Closer, openStreams)
			for i := range streams {
				req, _ := http.NewRequestWithContext(t.Context(), "GET", s.url, nil)
				req.Header.Set("Mcp-Session-Id", "S1")
				req.Header.Set("Accept", "text/event-stream")
				resp, err := base.RoundTrip(req)
				if err != nil || resp.StatusCode != 200 {
					t.Fatalf("stream %d: %v, %v", i, resp, err)
				}
				if _, err := io.ReadFull(resp.Body, make([]byte, len("data: {}\n\n"))); err != nil {
					t.Fatal(err)
				}
				streams[i] = resp.Body
			}
			s.flood(t, few/crowd)
			after := live()
			s.flood(t, (many-few)/crowd)
			later := live()
			t.Logf("live heap: %d KiB without streams, %d KiB with %d streams after %d calls, %d KiB after %d",
				before>>10, after>>10, openStreams, few, later>>10, many)
			if grown := later - after; grown > flatness {
				t.Errorf("it grew by %d bytes over %d calls", grown, many-few)
			}
			for _, stream := range streams {
				stream.Close()
			}
			p.Drain(t.Context()) // once it is over, no handler is left
			base.CloseIdleConnections()
			if left := live() - before; left > flatness*8 {
				t.Errorf("%d bytes are left of %d", left, after-before)
			}
		})
	}
}

// live is the live heap in bytes.
func live() int64 {
	var m runtime.MemStats
	for range 3 { // what pools hold goes with the second
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
