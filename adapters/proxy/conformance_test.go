package proxy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcprecover/mcprecover/faults"
)

// The two checks that the conformance suite lacks (modelcontextprotocol/
// conformance, issue 76 and pull request 326), for a client behind the proxy.
// The server answers the first request of its session with 404, as the
// specification has it for a session that is gone: the client "MUST start a new
// session by sending a new InitializeRequest without a session ID attached"
// (2025-11-25, basic/transports, session management, 4).
var gone404 = faults.Rule{
	When: faults.When{RPCMethod: "tools/list", At: 1},
	What: faults.What{Stale: &faults.Answer{Status: 404, Body: `{"jsonrpc":"2.0","id":{id},"error":{"code":-32001,"message":"Session not found"}}`}},
}

// TestClientSessionRenegotiateOn404 is client-session-renegotiate-on-404: a
// real go-sdk client, the Proxy, a real go-sdk server.
func TestClientSessionRenegotiateOn404(t *testing.T) {
	r := newRig(t, gone404)
	s := r.client(t, nil)
	if tools, err := s.ListTools(t.Context(), nil); err != nil || len(tools.Tools) != 1 {
		t.Fatalf("tools/list: %v, %v", tools, err)
	}
	const want = `POST   server/discover           session - -> 200
POST   initialize                session - -> 200 opens A
POST   notifications/initialized session A -> 202
POST   tools/list                session A -> 404
POST   initialize                session - -> 200 opens B
POST   notifications/initialized session B -> 202
POST   tools/list                session B -> 200
`
	if diff := cmp.Diff(want, r.posts()); diff != "" {
		t.Errorf("the server saw (-want +got):\n%s", diff)
	}
}

// TestClientSessionContinuesAfterRenegotiation is
// client-session-continues-after-renegotiation: what comes later goes on under
// the new id, and the old one never comes back.
func TestClientSessionContinuesAfterRenegotiation(t *testing.T) {
	r := newRig(t, gone404)
	s := r.client(t, nil)
	if _, err := s.ListTools(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	id := s.ID()
	hello(t, s)
	if err := s.Ping(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	hello(t, s)
	const want = `POST   server/discover           session - -> 200
POST   initialize                session - -> 200 opens A
POST   notifications/initialized session A -> 202
POST   tools/list                session A -> 404
POST   initialize                session - -> 200 opens B
POST   notifications/initialized session B -> 202
POST   tools/list                session B -> 200
POST   tools/call                session B -> 200
POST   ping                      session B -> 200
POST   tools/call                session B -> 200
`
	if diff := cmp.Diff(want, r.posts()); diff != "" {
		t.Errorf("the server saw (-want +got):\n%s", diff)
	}
	if s.ID() != id || r.named[id] != "A" {
		t.Errorf("the client's own id was %q and is %q: it should be A's for ever", id, s.ID())
	}
}
