package proxy

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	// maxHeld is the largest request that can be sent again, in bytes; a larger
	// one streams through once.
	maxHeld = 4 << 20

	// holdTime bounds the reading of a request that is held: a client that stops
	// in the middle must not keep its place for ever.
	holdTime = 30 * time.Second
)

// hold reads the body of a request, which must be the handler's own copy, so
// that GetBody is set, as the Transport needs it to send the request again.
func hold(w http.ResponseWriter, r *http.Request) error {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(time.Now().Add(holdTime)) // not every ResponseWriter can: then the server's own limits hold
	body, err := readAll(r)
	if err != nil {
		return fmt.Errorf("reading the request's body failed after %d bytes: %w", len(body), err)
	}
	_ = conn.SetReadDeadline(time.Time{})

	if len(body) > maxHeld {
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(body), r.Body), r.Body}
		return nil
	}
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	r.Body, _ = r.GetBody()
	r.ContentLength = int64(len(body))
	r.TransferEncoding = nil
	return nil
}

// maxTrusted is the announced length that a body's memory is made for, in bytes:
// a client that announces more has to send it.
const maxTrusted = 64 << 10

// readAll reads a body up to a byte more than can be held.
func readAll(r *http.Request) ([]byte, error) {
	if n := r.ContentLength; n > 0 && n <= maxTrusted {
		body := make([]byte, n)
		got, err := io.ReadFull(r.Body, body)
		return body[:got], err
	}
	return io.ReadAll(io.LimitReader(r.Body, maxHeld+1))
}

// copySize is what is copied of an answer at once, in bytes; an open stream
// holds as much.
const copySize = 16 << 10

// buffers lends them to ReverseProxy, which would make one of 32 KiB for every
// answer.
type buffers struct{}

var idleBuffers = sync.Pool{New: func() any { return new([copySize]byte) }}

func (buffers) Get() []byte  { return idleBuffers.Get().(*[copySize]byte)[:] }
func (buffers) Put(b []byte) { idleBuffers.Put((*[copySize]byte)(b)) }
