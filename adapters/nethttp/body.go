package nethttp

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	maxReplay    = 4 << 20         // a request's body that is kept to be sent again, and a JSON answer that is held
	maxErrorBody = 64 << 10        // what is read of an answer that is not good; classify.MaxBody
	errorPause   = 1 * time.Second // how long such a body may take
)

// errTooLarge: a body beyond maxReplay.
var errTooLarge = errors.New("body larger than 4 MiB")

// buffers are lent to held answers and request copies; they hold no timers or
// connections, so the pool may serve several synctest bubbles.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4096); return &b }}

// heldBody is an answer's body that was read whole; Close lends its buffer on.
type heldBody struct {
	mu  sync.Mutex
	buf *[]byte // nil after Close
	at  int
}

// Read gives the held bytes; after Close it fails as a closed body does.
func (h *heldBody) Read(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.buf == nil {
		return 0, http.ErrBodyReadAfterClose
	}
	if h.at == len(*h.buf) {
		return 0, io.EOF
	}
	n := copy(p, (*h.buf)[h.at:])
	h.at += n
	return n, nil
}

// Close may be called more than once, also while a Read runs.
func (h *heldBody) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.buf != nil {
		recycle(h.buf)
		h.buf = nil
	}
	return nil
}

func recycle(buf *[]byte) {
	if cap(*buf) <= maxErrorBody { // a rare giant is the collector's
		*buf = (*buf)[:0]
		buffers.Put(buf)
	}
}

// fill appends r to buf up to limit bytes. more: r has not ended there.
func fill(buf *[]byte, r io.Reader, limit int) (more bool, err error) {
	b := *buf
	defer func() { *buf = b }()
	for len(b) < limit {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):min(cap(b), limit)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// readStart reads the start of a body that is not wanted whole, within a bound
// of bytes and of time. What is left of it can still be read: nothing, if the
// time ran out.
func readStart(body io.ReadCloser) ([]byte, io.ReadCloser) {
	late := time.AfterFunc(errorPause, func() { body.Close() })
	defer late.Stop()
	var start []byte
	more, _ := fill(&start, body, maxErrorBody)
	if !more {
		body.Close()
		return start, http.NoBody
	}
	return start, body
}

// payload returns a request's body, read whole, without touching the request's
// own; false if there is no GetBody or it is too large.
func payload(req *http.Request) ([]byte, bool) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, true
	}
	if req.GetBody == nil || req.ContentLength > maxReplay {
		return nil, false
	}
	r, err := req.GetBody()
	if err != nil {
		return nil, false
	}
	defer r.Close()
	b := make([]byte, 0, max(req.ContentLength, 512))
	more, err := fill(&b, r, maxReplay)
	return b, err == nil && !more
}

// closeRequest closes a request's body, as a RoundTripper must on every path.
func closeRequest(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}

// respond makes an answer of ours to req, whose body it closes. Header and
// body are never nil.
func respond(req *http.Request, status int, contentType string, body []byte) *http.Response {
	closeRequest(req)
	resp := &http.Response{
		Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header), Request: req,
		Body: reader(body), ContentLength: int64(len(body)),
	}
	if contentType != "" {
		resp.Header.Set("Content-Type", contentType)
	}
	return resp
}

func reader(b []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(b)) }

// replay gives the answer a body that was read before: seen, then what of rest
// is still to come.
type replay struct {
	io.Reader
	io.Closer
}

func again(seen []byte, rest io.ReadCloser) io.ReadCloser {
	return replay{io.MultiReader(bytes.NewReader(seen), rest), rest}
}
