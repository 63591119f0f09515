// Package proxy is the door for MCP clients in any language: an http.Handler
// that stands before an MCP server and sends through an http.RoundTripper that
// recovers, usually a *nethttp.Transport. The client needs no change.
//
// A Proxy stands before one server, Routes before several. Both end in order
// (Drain); Metrics tells Prometheus what they do.
package proxy

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// DefaultHeartbeat is the pause after which an idle event stream carries a
// comment, as the HTML standard advises for streams through legacy proxies
// ("a comment line every 15 seconds or so", section 9.2.7). Load balancers cut
// silent connections after 60 s (AWS ALB, nginx) or more.
const DefaultHeartbeat = 15 * time.Second

// Config says what a Proxy stands before. Only Upstream is required.
type Config struct {
	// Upstream is the server's MCP endpoint: http or https, without user info.
	// Its query is added to what the client sends.
	Upstream *url.URL

	// Path is where clients find the endpoint; "": the upstream's own path.
	// OAuth's metadata documents of the one (RFC 8414 and 9728, which put the
	// path behind /.well-known/NAME) are those of the other; other paths go to
	// the same path of the upstream's origin.
	Path string

	// Transport sends the requests; nil: http.DefaultTransport, which recovers
	// nothing. Its *nethttp.Errors become JSON-RPC errors.
	Transport http.RoundTripper

	// Hosts are the names, without ports, that Host and Origin may carry
	// besides the loopback ones: those under which clients reach the proxy.
	Hosts []string

	// Inject adds headers to a request for the endpoint, such as a token; nil:
	// none. Requests to other paths are not given to it. It must be safe for
	// concurrent use.
	Inject func(http.Header)

	// Heartbeat is the pause after which an idle event stream carries a comment
	// towards the client; 0: DefaultHeartbeat; negative: it never does.
	Heartbeat time.Duration

	// Metrics counts what passes, under Name; nil: nothing is counted.
	Metrics *Metrics

	// Name is the upstream's in metrics; letters, digits, "-", "_" and ".".
	// "": "upstream".
	Name string

	// ErrorLog is told about bodies that broke on the way; nil: the log package's.
	ErrorLog *log.Logger
}

// Proxy is an http.Handler. It is safe for concurrent use.
//
// It forwards what client and server say unchanged, except that it drops the
// client's Accept-Encoding (a compressed answer could not be judged) and its
// Forwarded and X-Forwarded headers (a client could forge them), keeps
// redirects within the upstream's origin on itself, and puts comments on idle
// event streams. A call that the Transport gives up, or for which a gateway says
// that the server is away, is answered 200, since many clients take any other
// status for the end of their connection, with a JSON-RPC error that carries
// nethttp.Facts.
type Proxy struct {
	upstream  *url.URL
	path      string // as in a request's URL.Path
	shown     string // the same, escaped
	guard     guard
	inject    func(http.Header)
	heartbeat time.Duration
	meter     *meter
	under     underway
	reverse   httputil.ReverseProxy
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
	p := &Proxy{
		upstream: &upstream, path: upstream.Path, shown: upstream.EscapedPath(),
		guard: newGuard(c.Hosts), inject: c.Inject, heartbeat: c.Heartbeat,
	}
	if c.Path != "" {
		if err := CheckPath(c.Path); err != nil {
			return nil, fmt.Errorf("proxy: path: %w", err)
		}
		at, _ := url.ParseRequestURI(c.Path)
		p.path, p.shown = at.Path, at.EscapedPath()
	}
	if p.heartbeat == 0 {
		p.heartbeat = DefaultHeartbeat
	}
	if c.Name == "" {
		c.Name = "upstream"
	}
	if err := CheckName(c.Name); err != nil {
		return nil, fmt.Errorf("proxy: name: %w", err)
	}
	if c.Metrics != nil {
		p.meter = c.Metrics.of(c.Name)
	}
	p.reverse = httputil.ReverseProxy{
		Rewrite:        p.rewrite,
		ModifyResponse: p.answered,
		ErrorHandler:   answerFailure,
		Transport:      c.Transport,
		ErrorLog:       c.ErrorLog,
		BufferPool:     buffers{},
		// FlushInterval stays 0: ReverseProxy flushes event streams and bodies
		// of unknown length at once by itself, and the rest needs no packet of
		// its own for its headers.
	}
	return p, nil
}

// Path is where clients find the MCP endpoint.
func (p *Proxy) Path() string { return p.shown }

// ServeHTTP forwards one request.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := p.guard.admit(r); err != nil {
		http.Error(w, "mcprecover: "+err.Error(), http.StatusForbidden)
		return
	}
	a, r := p.begin(w, r)
	defer a.finish()
	if err := hold(w, r); err != nil {
		http.Error(a, "mcprecover: "+err.Error(), http.StatusBadRequest)
		return
	}
	if a.late && isNews(r) {
		answerFailure(a, r, p.leaving(r))
		return
	}
	p.reverse.ServeHTTP(a, r)
}

func (p *Proxy) rewrite(r *httputil.ProxyRequest) {
	out := r.Out
	slash, endpoint := p.at(out.URL.Path)
	out.URL.Scheme, out.URL.Host = p.upstream.Scheme, p.upstream.Host
	if endpoint {
		out.URL.Path, out.URL.RawPath = p.upstream.Path, p.upstream.RawPath
		if slash && !strings.HasSuffix(p.upstream.Path, "/") {
			out.URL.Path += "/"
			if out.URL.RawPath != "" {
				out.URL.RawPath += "/"
			}
		}
		if query := p.upstream.RawQuery; query != "" {
			if out.URL.RawQuery != "" {
				query += "&" + out.URL.RawQuery
			}
			out.URL.RawQuery = query
		}
	} else if document, ok := metadata(out.URL.Path, p.path); ok {
		out.URL.Path, out.URL.RawPath = document+strings.TrimSuffix(p.upstream.Path, "/"), ""
	}
	out.Host = p.host(r.In.Host)
	out.Header.Del("Accept-Encoding")
	// MCP switches to no other protocol. Java's HttpClient offers h2c on every
	// plain connection, which HTTP/2 towards the upstream cannot carry.
	out.Header.Del("Connection")
	out.Header.Del("Upgrade")
	if out.GetBody != nil {
		// ReverseProxy's own body fails reads once the handler is over, and
		// net/http's server once the answer begins. net/http's client, which
		// looks for the end of a body it has sent already, would then break the
		// connection that the answer comes on.
		out.Body, _ = out.GetBody()
	}
	if endpoint && p.inject != nil {
		p.inject(out.Header)
	}
}

// at tells whether a path is the endpoint's, as it is or with a slash behind it:
// many servers redirect the one to the other.
func (p *Proxy) at(path string) (slash, endpoint bool) {
	if path == p.path {
		return false, true
	}
	short, slash := strings.CutSuffix(path, "/")
	return slash, slash && short == p.path
}

// host keeps the name under which the client came, so that the server can check
// it too. A loopback server refuses every foreign name, and a loopback name
// means nothing to a remote server: both get the name in the upstream's URL. So
// does a server that has a name: it may be one of many at its address, which are
// told apart by it.
func (p *Proxy) host(inbound string) string {
	if _, err := netip.ParseAddr(p.upstream.Hostname()); err != nil {
		return p.upstream.Host
	}
	if loopback(p.upstream.Hostname()) || loopback(hostname(inbound)) {
		return p.upstream.Host
	}
	return inbound
}

// answered takes an answer before it goes to the client.
func (p *Proxy) answered(resp *http.Response) error {
	p.keepRedirect(resp)
	if err := p.away(resp); err != nil {
		return err
	}
	if a := answerOf(resp.Request); a != nil && isEventStream(resp.Header) {
		resp.Body = a.attach(resp.Body)
	}
	return nil
}

// keepRedirect makes a redirect within the upstream's origin relative: a client
// that followed an absolute one would walk past the proxy.
func (p *Proxy) keepRedirect(resp *http.Response) {
	if resp.Header["Location"] == nil {
		return
	}
	location, err := resp.Location()
	if err != nil || location.Scheme != p.upstream.Scheme || location.Host != p.upstream.Host {
		return
	}
	at := &url.URL{Path: location.Path, RawPath: location.RawPath, RawQuery: location.RawQuery, Fragment: location.Fragment}
	switch at.Path {
	case p.upstream.Path:
		at.Path, at.RawPath = p.path, ""
	case p.upstream.Path + "/":
		at.Path, at.RawPath = strings.TrimSuffix(p.path, "/")+"/", ""
	}
	resp.Header.Set("Location", at.String())
}
