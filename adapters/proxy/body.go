package proxy

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
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

// hold reads a request's body so that GetBody is set, as the Transport needs it
// to send the request again.
func hold(w http.ResponseWriter, r *http.Request) (*http.Request, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return r, nil
	}
	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(time.Now().Add(holdTime)) // not every ResponseWriter can: then the server's own limits hold
	body, err := io.ReadAll(io.LimitReader(r.Body, maxHeld+1))
	if err != nil {
		return nil, fmt.Errorf("reading the request's body failed after %d bytes: %w", len(body), err)
	}
	_ = conn.SetReadDeadline(time.Time{})

	r = r.WithContext(r.Context()) // the caller's request stays as it is
	if len(body) > maxHeld {
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(body), r.Body), r.Body}
		return r, nil
	}
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	r.Body, _ = r.GetBody()
	r.ContentLength = int64(len(body))
	r.TransferEncoding = nil
	return r, nil
}
