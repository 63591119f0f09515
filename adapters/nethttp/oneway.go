package nethttp

import (
	"net/http"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// mendOneWay ends a notification or an answer of the client's that failed.
// They are never sent again and lead no recovery that anybody waits for: what
// belonged to a lost session is taken here, as a server takes it.
func (t *Transport) mendOneWay(x *exchange, a *answer, msg message) (*http.Response, error) {
	t.heard(x, a.verdict)
	stale := a.verdict.Class == classify.Stale
	if stale {
		t.renewBehind(x.session, policy.Call{Epoch: x.epoch.n, Flags: policy.HasID}, x.req, true)
	}
	if stale || msg.response() {
		a.drop()
		return t.swallow(x, msg), nil
	}
	m := t.mending(*x, msg)
	m.a, m.own, m.executed, m.call.Sends = *a, true, a.verdict.Executed, 1
	if a.verdict.Class == classify.Auth || m.a.redirects() {
		return m.handUp()
	}
	return m.giveUp(policy.NotReplayable, 0)
}

// swallow answers a notification or an answer of the client's as a server
// does that accepts it (202, MCP specification, transports).
func (t *Transport) swallow(x *exchange, msg message) *http.Response {
	t.emit(Event{Kind: MessageSwallowed, Endpoint: x.session.endpoint.name, Session: short(x.session.id), Epoch: x.epoch.n, Method: string(msg.method)})
	resp := respond(x.req, http.StatusAccepted, "", nil)
	resp.Header[headerSession] = []string{x.session.id}
	return resp
}
