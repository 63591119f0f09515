package nethttp

import (
	"encoding/json"
	"net/http"
)

// deliver hands a good answer up. The client sees its own id, whatever the
// server calls the session now.
func (t *Transport) deliver(x *exchange, a *answer) (*http.Response, error) {
	if x.kind == opening {
		return t.remember(x, a)
	}
	t.heard(x, a.verdict)
	if x.session != nil {
		granted := x.sets()
		switch {
		case a.events && a.resp.Header["Content-Encoding"] != nil: // nothing can be read of it, or added to it
			x.session.bare.Store(true)
		case a.events:
			if a.resp.ContentLength >= 0 { // we may add to it
				a.resp.ContentLength = -1
				delete(a.resp.Header, "Content-Length")
			}
			if a.resp.Header["Etag"] != nil { // to look first costs less
				delete(a.resp.Header, "Etag")
			}
			st := t.stream(x, a.resp.Body)
			st.granted, st.release, a.release = granted, a.release, nil
			a.resp.Body = st
		case granted != nil:
			granted()
		}
	}
	x.own(a)
	return a.handed(), nil
}

// own makes an answer the client's: the request it sent, the id it knows, and
// no header that describes a body which was replaced.
func (x *exchange) own(a *answer) {
	if x.epoch != nil && x.epoch.mapped {
		a.resp.Request = x.req
		if a.resp.Header[headerSession] != nil {
			a.resp.Header[headerSession] = []string{x.session.id}
		}
	}
}

// remember keeps an answered initialize, if it opened a session: body, headers
// and result, so that the session can be opened again.
func (t *Transport) remember(x *exchange, a *answer) (*http.Response, error) {
	resp, result := a.resp, x.result
	if result == nil {
		return resp, nil // no session, none that could be named in a header again, or a request that is too large
	}
	id := first(resp.Header, headerSession)
	body, _ := payload(x.req)
	asked := scan(body)
	url := *x.req.URL // the request's own is the client's to change
	s := &session{nonce: newID(), endpoint: t.endpoint(&url), hello: hello{
		url: &url, host: x.req.Host, header: x.req.Header.Clone(), body: body, id: asked.id,
		asked: versionOf(asked.params), version: versionOf(result), result: result,
	}}
	s.key = t.keys.Add(1)
	var e *epoch
	forgotten := t.store.add(s, id, newID, func() {
		e = newEpoch(0, id, s.hello.version, s.id != id)
		e.keeps = keepsOf(result)
		s.now.Store(e)
	})
	t.store.claim(s, nil, e)
	if forgotten != nil {
		t.forget(forgotten)
	}
	resp.Header[headerSession] = []string{s.id}
	t.emit(Event{Kind: SessionOpened, Endpoint: s.endpoint.name, Session: short(s.id), Status: resp.StatusCode})
	return resp, nil
}

// versionOf reads protocolVersion of an initialize's params or result.
func versionOf(object []byte) string {
	var v string
	_ = json.Unmarshal(member(object, "protocolVersion"), &v)
	return v
}

// maxIDLength bounds a session id, in bytes. The specification sets no bound;
// ids in the wild are UUIDs or tokens of a few hundred bytes.
const maxIDLength = 4096

// validID: visible ASCII, as the specification asks (0x21 to 0x7E).
func validID(id string) bool {
	for i := range len(id) {
		if id[i] < 0x21 || id[i] > 0x7E {
			return false
		}
	}
	return id != "" && len(id) <= maxIDLength
}
