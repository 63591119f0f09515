package faults

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
)

// Upstream is a handler that passes everything to a server elsewhere, under
// the same path, and answers 502 where that is not there. The error says what
// is wrong with the URL; errorLog is told about bodies that broke on the way
// (nil: the log package's).
func Upstream(u *url.URL, base http.RoundTripper, errorLog *log.Logger) (http.Handler, error) {
	switch {
	case u == nil:
		return nil, errors.New("faults: no URL of an upstream")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("faults: scheme %q of the upstream: give a URL that starts with http:// or https://", u.Scheme)
	case u.Hostname() == "":
		return nil, errors.New("faults: no host in the upstream's URL: give one such as http://127.0.0.1:8080/mcp")
	case u.User != nil:
		return nil, errors.New("faults: user info in the upstream's URL: credentials belong to the client's Authorization header")
	}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = u.Scheme, u.Host, u.Host
		},
		Transport:     base,
		FlushInterval: -1, // an event is worth its moment
		ErrorLog:      errorLog,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "faults: no answer from the upstream: "+err.Error(), http.StatusBadGateway)
		},
	}, nil
}
