package nethttp

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/mcprecover/mcprecover/classify"
)

// Header names of the MCP specification (basic/transports), in the form that
// http.Header keeps.
const (
	headerSession   = "Mcp-Session-Id"
	headerVersion   = "Mcp-Protocol-Version"
	headerLastEvent = "Last-Event-Id"
)

// kind is what a request is to the engine.
type kind uint8

const (
	foreign kind = iota // not ours: passes untouched
	opening             // POST of initialize: opens a session
	calling             // any other POST of MCP
	listen              // GET: the listening stream of a session
	end                 // DELETE of a session
)

// exchange is one request on its way. Its epoch is chosen once, so that id,
// version and URL of one send always belong together.
type exchange struct {
	kind    kind
	req     *http.Request // the caller's, or a copy of it with a body that can be read again
	session *session      // nil: none that this Transport opened
	epoch   *epoch        // nil as session is
	era     classify.Era
	body    io.ReadCloser // of the first send, where it was looked into; nil: the request's own
	sent    bool          // the request's body is spent
	result  []byte        // of an initialize that opened a session, raw
	before  int           // times that it may have left before the present send
	ours    bool          // it is a request of the engine's own
}

// exchange fills in what a request is. Sessions whose initialize this Transport
// did not see are foreign: their 404 makes a conforming client initialize.
func (t *Transport) exchange(x *exchange, req *http.Request) error {
	req = redirected(req)
	x.req = req
	if id := first(req.Header, headerSession); id != "" {
		if x.session = t.store.find(req.URL, id); x.session != nil {
			x.epoch = x.session.current()
			x.era = classify.Sessionful
		}
	}
	switch req.Method {
	case http.MethodPost:
		return t.posting(x)
	case http.MethodGet:
		if x.session != nil {
			x.kind = listen
		}
	case http.MethodDelete:
		if x.session != nil {
			x.kind = end
		}
	}
	return nil
}

// redirected gives a request of MCP that redirects lead to another origin
// without what belongs to the first one: net/http takes credentials along to
// another port, and session ids and keys of other names to any host. What counts
// is where the client sent it, however many redirects lie between: at each of
// them net/http takes up the first request's headers again.
func redirected(req *http.Request) *http.Request {
	if req.Response == nil {
		return req
	}
	origin := req
	for origin.Response != nil && origin.Response.Request != nil {
		origin = origin.Response.Request
	}
	sameOrigin := origin.Response == nil && origin.URL.Scheme == req.URL.Scheme && origin.URL.Host == req.URL.Host
	if sameOrigin || req.Header[headerSession] == nil && !(origin.Method == http.MethodPost && isJSON(origin.Header)) {
		return req
	}
	out := req.WithContext(req.Context())
	out.Header = make(http.Header, len(req.Header))
	for name, values := range req.Header {
		if travels(name) {
			out.Header[name] = values
		}
	}
	return out
}

// travels reports whether a header may go to another origin than the one that
// it was meant for: only what is known to be no secret.
func travels(name string) bool {
	switch name {
	case "Accept", "Accept-Encoding", "Accept-Language", "Content-Type", "Referer", "User-Agent":
		return true
	}
	return strings.HasPrefix(name, "Mcp-") && name != headerSession // Mcp-Method and the like tell of the body
}

// posting tells initialize from other POSTs. The body of a session's request
// is looked at only if its length could be that of another initialize.
func (t *Transport) posting(x *exchange) error {
	if x.session != nil && !x.session.hello.resembles(x.req) {
		x.kind = calling
		return x.replayable()
	}
	if x.session == nil && !isJSON(x.req.Header) {
		return nil
	}
	if err := x.replayable(); err != nil {
		return err
	}
	if classify.EraOf(first(x.req.Header, headerVersion)) == classify.Stateless {
		x.kind, x.era = calling, classify.Stateless
		return nil
	}
	body, _ := payload(x.req)
	switch m := scan(body); {
	case string(m.method) == "initialize":
		// One that carries an id asks for a new session all the same: mcp-go
		// sends the old one's id along.
		x.kind, x.session, x.epoch, x.era = opening, nil, nil, classify.Sessionful
		if x.req.Header[headerSession] != nil {
			x.req = x.req.Clone(x.req.Context())
			x.req.Header.Del(headerSession)
		}
	case x.session != nil, m.jsonrpc && x.req.Header[headerSession] == nil:
		x.kind = calling
	}
	return nil
}

// replayable makes sure that the request can be sent again: where it has no
// GetBody, its body is read before the first send, up to maxReplay. A larger
// one goes out once.
func (x *exchange) replayable() error {
	req := x.req
	if req.GetBody != nil || req.Body == nil || req.Body == http.NoBody {
		return nil
	}
	var body []byte
	more, err := fill(&body, req.Body, maxReplay)
	if err != nil {
		return fmt.Errorf("mcprecover: %s %s: reading the request's body: %w", req.Method, where(req.URL), err)
	}
	x.req = req.WithContext(req.Context())
	if more {
		x.req.Body = again(body, req.Body)
		return nil
	}
	req.Body.Close()
	x.req.GetBody = func() (io.ReadCloser, error) { return reader(body), nil }
	x.req.Body, _ = x.req.GetBody()
	x.req.ContentLength = int64(len(body))
	return nil
}

// message reads the JSON-RPC message of a POST; done late, since only failures
// need it.
func (x *exchange) message() message {
	if x.kind != calling && x.kind != opening {
		return message{}
	}
	return scanRequest(x.req)
}

func scanRequest(req *http.Request) message {
	body, _ := payload(req)
	return scan(body)
}

// outgoing is the request as it is sent in the exchange's epoch, on a context
// of its own if ctx is not nil. It is the caller's request as long as nothing
// has to change. Every send but the first takes a fresh body.
func (x *exchange) outgoing(ctx context.Context) (*http.Request, error) {
	mapped := x.epoch != nil && x.epoch.mapped
	if !mapped && !x.sent && ctx == nil {
		x.sent = true
		return x.req, nil
	}
	var out *http.Request
	if ctx != nil {
		out = x.req.WithContext(ctx)
	} else {
		c := *x.req
		out = &c
	}
	switch {
	case !x.sent && x.body != nil:
		out.Body = x.body
	case x.sent && x.req.GetBody != nil:
		body, err := x.req.GetBody()
		if err != nil {
			return nil, fmt.Errorf("mcprecover: %s %s: reading the request's body again: %w", out.Method, where(out.URL), err)
		}
		out.Body = body
	}
	x.sent = true
	if mapped {
		out.Header = x.epoch.translate(x.req.Header)
	}
	return out, nil
}

// close ends a request that is not sent, or not again.
func (x *exchange) close() {
	if !x.sent {
		x.sent = true
		closeRequest(x.req)
	}
}

// first is Header.Get for a name in canonical form: no allocation, no search.
func first(h http.Header, canonical string) string {
	if v := h[canonical]; len(v) > 0 {
		return v[0]
	}
	return ""
}

func isJSON(h http.Header) bool { return mediaType(h) == "application/json" }

func isEventStream(h http.Header) bool { return mediaType(h) == "text/event-stream" }

func mediaType(h http.Header) string {
	switch v := first(h, "Content-Type"); v {
	case "application/json", "text/event-stream": // what nearly everybody sends, without allocating
		return v
	default:
		media, _, _ := mime.ParseMediaType(v)
		return media
	}
}
