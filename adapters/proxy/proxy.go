// Package proxy is the door for MCP clients in any language: an http.Handler
// that stands before one MCP server and sends through an http.RoundTripper that
// recovers, usually a *nethttp.Transport. The client needs no change.
package proxy

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
)

// Config says what a Proxy stands before. Only Upstream is required.
type Config struct {
	// Upstream is the server's MCP endpoint: http or https, without user info.
	// The proxy serves it under the same path, with the query added to what the
	// client sends; other paths go to the same path of the upstream's origin,
	// where OAuth metadata lives.
	Upstream *url.URL

	// Transport sends the requests; nil: http.DefaultTransport, which recovers
	// nothing. Its *nethttp.Errors become JSON-RPC errors.
	Transport http.RoundTripper

	// Hosts are the names, without ports, that Host and Origin may carry
	// besides the loopback ones: those under which clients reach the proxy.
	Hosts []string

	// ErrorLog is told about bodies that broke on the way; nil: the log package's.
	ErrorLog *log.Logger
}

// Proxy is an http.Handler. It is safe for concurrent use.
//
// It forwards what client and server say unchanged, except that it drops the
// client's Accept-Encoding (a compressed answer could not be judged) and its
// Forwarded and X-Forwarded headers (a client could forge them), and keeps
// redirects within the upstream's origin on itself. A call that the Transport
// gives up is answered 200, since many clients take any other status for the
// end of their connection, with a JSON-RPC error that carries nethttp.Facts.
type Proxy struct {
	upstream *url.URL
	guard    guard
	reverse  httputil.ReverseProxy
}

// New makes a Proxy. The error names what is wrong with the config.
func New(c Config) (*Proxy, error) {
	if err := check(c.Upstream); err != nil {
		return nil, fmt.Errorf("proxy: upstream: %w", err)
	}
	upstream := *c.Upstream
	if upstream.Path == "" {
		upstream.Path = "/"
	}
	p := &Proxy{upstream: &upstream, guard: newGuard(c.Hosts)}
	p.reverse = httputil.ReverseProxy{
		Rewrite:        p.rewrite,
		ModifyResponse: p.keepRedirect,
		ErrorHandler:   answerFailure,
		Transport:      c.Transport,
		ErrorLog:       c.ErrorLog,
		FlushInterval:  -1, // an event is worth its moment
	}
	return p, nil
}

// check shows of a bad URL only what cannot be a secret.
func check(u *url.URL) error {
	switch {
	case u == nil:
		return errors.New("no URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("scheme %q: give a URL that starts with http:// or https://", u.Scheme)
	case u.Hostname() == "":
		return errors.New("no host: give a URL such as http://127.0.0.1:8080/mcp")
	case u.User != nil:
		return errors.New("user info in the URL: credentials belong to the client's Authorization header")
	case u.Fragment != "":
		return fmt.Errorf("fragment %q: a server never sees it, leave it out", u.Fragment)
	}
	return nil
}

// Path is where clients find the MCP endpoint, which is the upstream's path.
func (p *Proxy) Path() string { return p.upstream.EscapedPath() }

// ServeHTTP forwards one request.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := p.guard.admit(r); err != nil {
		http.Error(w, "mcprecover: "+err.Error(), http.StatusForbidden)
		return
	}
	r, err := hold(w, r)
	if err != nil {
		http.Error(w, "mcprecover: "+err.Error(), http.StatusBadRequest)
		return
	}
	p.reverse.ServeHTTP(w, r)
}

func (p *Proxy) rewrite(r *httputil.ProxyRequest) {
	out := r.Out
	out.URL.Scheme, out.URL.Host = p.upstream.Scheme, p.upstream.Host
	if out.URL.Path == p.upstream.Path && p.upstream.RawQuery != "" {
		query := p.upstream.RawQuery
		if out.URL.RawQuery != "" {
			query += "&" + out.URL.RawQuery
		}
		out.URL.RawQuery = query
	}
	out.Host = p.host(r.In.Host)
	out.Header.Del("Accept-Encoding")
}

// host keeps the name under which the client came, so that the server can check
// it too. A loopback server refuses every foreign name, and a loopback name
// means nothing to a remote server: both get the name in the upstream's URL.
func (p *Proxy) host(inbound string) string {
	if loopback(p.upstream.Hostname()) || loopback(hostname(inbound)) {
		return p.upstream.Host
	}
	return inbound
}

// keepRedirect makes a redirect within the upstream's origin relative: a client
// that followed an absolute one would walk past the proxy.
func (p *Proxy) keepRedirect(resp *http.Response) error {
	location, err := resp.Location()
	if err != nil || location.Scheme != p.upstream.Scheme || location.Host != p.upstream.Host {
		return nil
	}
	resp.Header.Set("Location", (&url.URL{
		Path: location.Path, RawPath: location.RawPath, RawQuery: location.RawQuery, Fragment: location.Fragment,
	}).String())
	return nil
}
