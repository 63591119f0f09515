package nethttp

import "net/http"

// resume answers a GET that asks for the rest of a call's stream. Any refusal
// would end a whole go-sdk client, so a rest that cannot be had is an event
// stream with the call's error.
func (t *Transport) resume(x exchange) (*http.Response, error) {
	o, ok := x.session.lost.take(first(x.req.Header, headerLastEvent))
	if !ok {
		return t.attend(x) // not a call's: the listening stream again
	}
	if o.epoch == x.epoch {
		rest := x
		rest.kind = calling // it waits for a call's answer, and within a call's limits
		a := t.send(&rest)
		if a.good() && isEventStream(a.resp.Header) {
			call := x
			call.req, call.before = o.req, o.sends-1 // the end of this stream concerns that call
			st := t.stream(&call, a.resp.Body)
			st.release = a.release
			a.resp.Body = st
			x.own(&a)
			return a.resp, nil
		}
		a.drop()
		if err := x.req.Context().Err(); err != nil {
			return nil, err
		}
	}
	t.emit(Event{Kind: CallOrphaned, Endpoint: x.session.endpoint.name, Session: short(x.session.id), Epoch: o.epoch.n})
	resp := respond(x.req, http.StatusOK, "text/event-stream", orphanEvent(o.id, o.epoch.ctx.Err() != nil, o.sends))
	resp.Header[headerSession] = []string{x.session.id}
	return resp, nil
}
