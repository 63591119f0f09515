package nethttp

import (
	"context"
	"crypto/rand"
	"net/http"
	"strconv"

	"github.com/mcprecover/mcprecover/classify"
)

// ping asks the server whether it still knows a session's epoch (MCP
// specification, ping), within the time of a handshake.
func (t *Transport) ping(ctx context.Context, s *session, e *epoch, led *http.Request) answer {
	ctx, cancel := context.WithTimeout(ctx, t.plan.HandshakeTimeout())
	defer cancel()
	body := `{"jsonrpc":"2.0","id":` + strconv.Quote(s.ownID("ping")) + `,"method":"ping"}`
	x := exchange{kind: calling, session: s, epoch: e, era: classify.Sessionful}
	x.req = s.request(ctx, led, []byte(body), e)
	a := t.send(&x, false)
	a.drop()
	return a
}

// ownID names a request of ours on a session: no client counts like that.
func (s *session) ownID(what string) string {
	return s.nonce + "." + what + "." + strconv.FormatUint(s.calls.Add(1), 10)
}

// newID makes a session id or a nonce that nobody can guess.
func newID() string { return rand.Text() }
