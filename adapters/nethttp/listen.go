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
	if t.closing.Err() != nil {
		return t.pass(&x)
	}
	p := t.park(&x)
	if last := first(x.req.Header, headerLastEvent); x.epoch.n == 0 && len(last) <= maxEventID {
		p.cursor.last = []byte(last) // there was no other epoch that it could be of
	}
	a, cancel := p.ask(x.epoch)
	if a.good() && isEventStream(a.resp.Header) {
		p.attached(x.epoch, a.resp.Body, cancel)
		return p.response(), nil
	}
	if p.ctx.Err() == nil && (a.verdict.Class == classify.Transient || a.verdict.Class == classify.Stale || x.session.listened.Load() || x.epoch.ctx.Err() != nil) {
		a.drop()
		cancel()
		p.owed = func() { p.rest(x.epoch, a) }
		return p.response(), nil
	}
	if a.err != nil {
		cancel()
		p.Close()
		return refuse(x.req, a.err)
	}
	x.own(&a)
	a.resp.Request = x.req
	a.resp.Body = &upstream{a.resp.Body, func() { cancel(); p.Close() }}
	return a.resp, nil
}
