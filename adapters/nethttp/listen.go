package nethttp

import (
	"net/http"

	"github.com/mcprecover/mcprecover/classify"
)

// listen opens a session's listening stream. The first one passes: go-sdk
// opens it inside Connect and takes a 4xx for "there is none". But where the
// server is away, or has forgotten the session, the client gets an idle stream
// at once, which finds the server later; and a stream that was open once is
// never refused.
func (t *Transport) listen(x exchange) (*http.Response, error) {
	if first(x.req.Header, headerLastEvent) != "" {
		return t.resume(x)
	}
	return t.attend(x)
}

// attend opens a listening stream that starts from now.
func (t *Transport) attend(x exchange) (*http.Response, error) {
	p := t.park(&x)
	a, cancel := p.ask(x.epoch)
	if a.good() && isEventStream(a.resp.Header) {
		p.attached(x.epoch, a.resp.Body, cancel)
		return p.response(), nil
	}
	a.drop()
	cancel()
	if p.ctx.Err() == nil && (a.verdict.Class == classify.Transient || a.verdict.Class == classify.Stale || x.session.listened.Load()) {
		p.owed = func() { p.rest(x.epoch, a) }
		return p.response(), nil
	}
	p.Close()
	if a.err != nil {
		return refuse(x.req, a.err)
	}
	closeRequest(x.req)
	return a.copyFor(x.req), nil
}
