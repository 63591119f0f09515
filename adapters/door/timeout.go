package door

import (
	"context"
	"io"
	"net/http"
)

// timed sends a request within the client's own limit. It ends with the body,
// as http.Client's does, but streams that are meant to stay open have none:
// http.Client would cut them while they work.
func (d *Door) timed(req *http.Request) (*http.Response, error) {
	if d.timeout <= 0 || listens(req) {
		return d.engine.RoundTrip(req)
	}
	ctx, cancel := context.WithTimeout(req.Context(), d.timeout)
	resp, err := d.engine.RoundTrip(req.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	resp.Body = &limited{resp.Body, cancel}
	return resp, nil
}

// listens reports whether a request opens a stream that stays open: a GET, and
// from revision 2026-07-28 on a POST of subscriptions/listen, which carries its
// method in a header.
func listens(req *http.Request) bool {
	return req.Method == http.MethodGet || req.Header.Get("Mcp-Method") == "subscriptions/listen"
}

// limited is a body whose limit ends with it.
type limited struct {
	io.ReadCloser
	cancel context.CancelFunc
}

// Close closes the body and frees the limit's timer.
func (l *limited) Close() error {
	defer l.cancel()
	return l.ReadCloser.Close()
}
