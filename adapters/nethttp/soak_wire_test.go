package nethttp_test

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// wire stands below the Transport and counts what crosses it.
type wire struct {
	http.Transport
	bodies     gauge // of answers
	handshakes atomic.Int64
}

func newWire() *wire {
	w := &wire{}
	w.MaxIdleConnsPerHost = 500
	return w
}

// own marks a request as a client's: the Transport's handshakes outlive the
// calls that lead them, and do not inherit it.
type own struct{}

func ours(ctx context.Context) context.Context { return context.WithValue(ctx, own{}, true) }

// headerLed marks an initialize of the Transport's own, for the server.
const headerLed = "Soak-Led"

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodPost && req.Header["Mcp-Session-Id"] == nil && req.Context().Value(own{}) == nil {
		w.handshakes.Add(1)
		led := *req
		led.Header = req.Header.Clone()
		led.Header.Set(headerLed, "1")
		req = &led
	}
	resp, err := w.Transport.RoundTrip(req)
	if err == nil {
		resp.Body = w.bodies.counts(resp.Body)
	}
	return resp, err
}

// gauge counts what is open. Its zero value is empty.
type gauge struct {
	mu      sync.Mutex
	n       int
	total   int
	waiting chan struct{}
}

func (g *gauge) opens() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n++
	g.total++
}

func (g *gauge) closes() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n--; g.n == 0 && g.waiting != nil {
		close(g.waiting)
		g.waiting = nil
	}
}

func (g *gauge) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.n
}

// empty is closed when nothing is open.
func (g *gauge) empty() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := make(chan struct{})
	if g.n == 0 {
		close(c)
	} else {
		g.waiting = c
	}
	return c
}

// counts counts a body until it is closed.
func (g *gauge) counts(body io.ReadCloser) io.ReadCloser {
	g.opens()
	return &countedBody{ReadCloser: body, of: g}
}

type countedBody struct {
	io.ReadCloser
	of     *gauge
	closed atomic.Bool
}

func (b *countedBody) Close() error {
	if !b.closed.Swap(true) {
		defer b.of.closes()
	}
	return b.ReadCloser.Close()
}
