package nethttp

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/mcprecover/mcprecover/classify"
)

// ping asks the server whether it still knows a session's epoch (MCP
// specification, ping), within the time of a handshake.
func (t *Transport) ping(ctx context.Context, s *session, e *epoch, led http.Header) answer {
	ctx, cancel := context.WithTimeout(ctx, t.plan.HandshakeTimeout())
	defer cancel()
	return t.question(ctx, s, e, led, "ping", nil)
}

// question sends a request of ours on an epoch, with the credentials of led,
// and reads its answer to the end. What the server asks meanwhile on the same
// stream is refused: there is nobody who could answer it.
func (t *Transport) question(ctx context.Context, s *session, e *epoch, led http.Header, method string, params json.RawMessage) answer {
	id := strconv.Quote(s.ownID(method))
	body := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"method":%q`, id, method)
	if params != nil {
		body = append(append(body, `,"params":`...), params...)
	}
	body = append(body, '}')
	x := exchange{kind: calling, ours: true, session: s, epoch: e, era: classify.Sessionful}
	x.req = s.request(ctx, led, body, e)
	a := t.send(&x)
	defer a.drop()
	if !a.good() || !isEventStream(a.resp.Header) {
		return a
	}
	var reply message
	_, err := readEvents(a.resp.Body, func(data []byte) bool {
		m := scan(data)
		if m.call() {
			t.refuseQuestion(ctx, s, e, led, m.id)
		}
		if !m.response() || string(m.id) != id {
			return false
		}
		reply = m
		if bytes.HasPrefix(member(data, "error"), []byte("{")) {
			a.verdict = classify.Verdict{Class: classify.Fatal, Reason: classify.RPCError}
		}
		return true
	})
	if err != nil && reply.id == nil {
		return answer{err: err, verdict: classify.OfFailure(failureOf(ctx, true, err))}
	}
	return a
}

// refuseQuestion answers what a server asks on a stream that belongs to a
// request of ours.
func (t *Transport) refuseQuestion(ctx context.Context, s *session, e *epoch, led http.Header, id []byte) {
	body := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"error":{"code":%d,"message":"mcprecover: nobody listens on this stream"}}`, id, Code)
	req := s.request(ctx, led, body, e)
	if resp, err := t.base().RoundTrip(req); err == nil {
		resp.Body.Close()
	}
}

// ownID names a request of ours on a session: no client counts like that.
func (s *session) ownID(what string) string {
	return s.nonce + "." + what + "." + strconv.FormatUint(s.calls.Add(1), 10)
}

// newID makes a session id or a nonce that nobody can guess.
func newID() string { return rand.Text() }
