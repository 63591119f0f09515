package proxy

import (
	"net/http"
	"sync"
	"time"
)

// pulse is a comment as an event of its own: nobody sees it, and what stands
// before and after stays whole also for clients that look for blank lines only.
var pulse = []byte(":\n\n")

// heartbeat writes comments on an idle event stream, so that what stands
// between keeps the connection. It never writes inside an event. Before begin
// and after stop it is a plain way to the writer.
type heartbeat struct {
	mu    sync.Mutex // guards the writer too, while there is a timer
	timer *time.Timer
	every time.Duration
	last  time.Time // of a write
	stand stand
}

// begin starts to count the silence. It is called before the first byte.
func (h *heartbeat) begin(w http.ResponseWriter, every time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.every, h.last, h.stand = every, time.Now(), between
	h.timer = time.AfterFunc(every, func() { h.strike(w) })
}

// stop is the end: it returns once nothing writes any more.
func (h *heartbeat) stop() {
	if h.timer == nil { // it is set by the goroutine that calls stop
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.every = 0
	h.timer.Stop()
}

func (h *heartbeat) strike(w http.ResponseWriter) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.every == 0 {
		return
	}
	wait := h.every - time.Since(h.last)
	if wait <= 0 {
		if wait = h.every; h.stand == between {
			h.last = time.Now()
			if _, err := w.Write(pulse); err != nil {
				return // the client is gone; the server ends the request
			}
			_ = http.NewResponseController(w).Flush() // a writer that cannot buffers for ever anyway
		}
	}
	h.timer.Reset(wait)
}

func (h *heartbeat) write(w http.ResponseWriter, b []byte) (int, error) {
	if h.timer == nil {
		return w.Write(b)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last, h.stand = time.Now(), h.stand.after(b)
	return w.Write(b)
}

func (h *heartbeat) flush(w http.ResponseWriter) error {
	if h.timer != nil {
		h.mu.Lock()
		defer h.mu.Unlock()
	}
	return http.NewResponseController(w).Flush()
}

// stand is where an event stream stands. Lines end in LF, CR LF or CR (HTML
// standard, section 9.2.6).
type stand uint8

const (
	between  stand = iota // behind a blank line, or at the beginning
	inLine                // inside a line
	lineEnd               // behind a line that was not blank
	carriage              // the same, and an LF may still belong to its CR
)

// after is where the stream stands behind b: its last two line ends tell.
func (s stand) after(b []byte) stand {
	if len(b) > 4 {
		b, s = b[len(b)-4:], inLine
	}
	for _, c := range b {
		switch {
		case c != '\n' && c != '\r':
			s = inLine
		case s == inLine && c == '\r':
			s = carriage
		case s == inLine, s == carriage && c == '\n':
			s = lineEnd
		default:
			s = between
		}
	}
	return s
}
