package door

import (
	"context"
	"io"
	"net/http"
)

// timed sends a request within the client's own limit, which http.Client would
// apply to the body too: the listening stream would be cut while it works, so
// GETs have none. The limit ends with the body, as http.Client's does.
func (d *Door) timed(req *http.Request) (*http.Response, error) {
	if d.timeout <= 0 || req.Method == http.MethodGet {
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
