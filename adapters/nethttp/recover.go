package nethttp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// oldestVersion is the first revision with streamable HTTP.
const oldestVersion = "2025-03-26"

// initialized is what a client sends after initialize (MCP specification,
// lifecycle).
const initialized = `{"jsonrpc":"2.0","method":"notifications/initialized"}`

var (
	errEnded      = errors.New("the client ended the session")
	errClosed     = errors.New("the Transport was closed")
	errNotStarted = errors.New("the handshake was not started")
)

// launch starts a flight that Admit gave the lead of.
func (t *Transport) launch(f *flight, led *http.Request) {
	s := f.session
	flies := false
	defer func() {
		if !flies { // the user's code panicked: nobody waits for this flight for ever
			f.answer = answer{err: errNotStarted, verdict: classify.OfFailure(classify.Cancelled)}
			t.settle(f, policy.Abandoned, 0)
		}
	}()
	t.emit(Event{Kind: RecoveryStarted, Endpoint: s.endpoint.name, Session: short(s.id), Epoch: s.current().n})
	ctx, cancel := t.recoveryContext(led)
	flies = true
	go t.fly(ctx, cancel, f)
}

// renewBehind lets a session be renewed for a call that is over, if nothing
// stands in the way now. If the turn is still to come, the next call waits for
// it instead of asking the old epoch, which could not say what became of that
// call either; not so where the loss is only suspected, since the session may
// be well. Why says what stood in the way.
func (t *Transport) renewBehind(s *session, c policy.Call, req *http.Request, certain bool) policy.Why {
	c.Flags |= policy.Background
	c.End = t.plan.End(t.now(), 0, 0)
	if s.ended.Load() {
		return policy.CallerGone
	}
	a, f := t.admit(s, c, req, certain)
	if a.Role == policy.Lead {
		t.launch(f, req)
	}
	return a.Why
}

// handshake opens the next epoch: initialize without an id, initialized with
// the new one, then what the session's client had set. It does not end with
// the call that leads it. behind waits for what is still being restored.
func (t *Transport) handshake(ctx context.Context, f *flight) (next *epoch, a answer, behind func()) {
	if t.closing.Err() != nil {
		return nil, answer{}, nil
	}
	s := f.session
	old := s.current()

	x := exchange{kind: opening, ours: true, era: classify.Sessionful}
	x.req = s.request(ctx, f.led, s.hello.body, nil)
	a = t.send(&x)
	if !a.good() {
		return nil, away(a.whole()), nil
	}
	result, err := readResult(a.resp, s.hello.id)
	a.drop()
	if err != nil {
		if id := first(a.resp.Header, headerSession); validID(id) {
			t.discard(s, newEpoch(old.n+1, id, s.hello.version, true), f.led)
		}
		return nil, answer{err: err, verdict: verdictOf(err, failureOf(ctx, true, err))}, nil
	}
	id, version := first(a.resp.Header, headerSession), versionOf(result)
	if id != "" && !validID(id) {
		return nil, unusable(classify.ForeignAnswer, "the server gave a session id that no header may carry (%d bytes)", len(id)), nil
	}
	next = newEpoch(old.n+1, id, version, true)
	next.keeps = keepsOf(result)
	if version < oldestVersion || s.hello.asked != "" && version > s.hello.asked {
		t.discard(s, next, f.led)
		return nil, unusable(classify.VersionRefused, "the server now wants protocol version %q; this client asked for %q", version, s.hello.asked), nil
	}

	x = exchange{kind: calling, ours: true, era: classify.Sessionful, session: s, epoch: next}
	x.req = s.request(ctx, f.led, []byte(initialized), next)
	a = t.send(&x)
	a.drop()
	if !a.good() {
		t.discard(s, next, f.led)
		return nil, a.whole().without(id), nil
	}
	behind, lost := t.restore(ctx, f, next)
	if lost != nil {
		t.discard(s, next, f.led)
		return nil, lost.without(id), nil
	}
	f.result = result
	return next, answer{}, behind
}

// away takes a 404 or 410 to an initialize for what it is at an endpoint that
// worked before: a gateway in mid roll-out, which finds its server again soon.
func away(a answer) answer {
	if a.verdict.Class == classify.Fatal && (a.status() == http.StatusNotFound || a.status() == http.StatusGone) {
		a.verdict.Class = classify.Transient
	}
	return a
}

// unusable is a handshake that was answered, but opened nothing of use.
func unusable(reason classify.Reason, format string, args ...any) answer {
	return answer{err: fmt.Errorf(format, args...), verdict: classify.Verdict{Class: classify.Fatal, Reason: reason}}
}

// whole detaches an answer from its connection, for all calls that waited.
func (a answer) whole() answer {
	a.drop()
	return a
}

// without takes the id of a session that opened in vain out of the answer:
// errors show its body, and know no id but the session's own.
func (a answer) without(id string) answer {
	if id != "" {
		a.body = bytes.ReplaceAll(a.body, []byte(id), []byte("<session>"))
	}
	return a
}

// request makes a request of ours on a session: the client's own headers from
// its initialize, with the credentials of the request that led here, which may
// be fresher. With an epoch it carries that epoch's id and version.
func (s *session) request(ctx context.Context, led http.Header, body []byte, e *epoch) *http.Request {
	h := s.hello.header.Clone()
	for _, credential := range []string{"Authorization", "Cookie"} {
		if v := led[credential]; v != nil {
			h[credential] = v
		}
	}
	if e != nil {
		h[headerVersion] = e.versionValue
		if e.idValue != nil {
			h[headerSession] = e.idValue
		}
	}
	req := &http.Request{
		Method: http.MethodPost, URL: s.hello.url, Host: s.hello.host, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: reader(body), ContentLength: int64(len(body)),
		GetBody: func() (io.ReadCloser, error) { return reader(body), nil }, // without it HTTP/2 cannot outlive a GOAWAY
	}
	return req.WithContext(ctx)
}

// recoveryContext bounds a handshake: by its own time, by what the user gave,
// and by the Transport's end, but not by the call that leads it.
func (t *Transport) recoveryContext(req *http.Request) (context.Context, context.CancelFunc) {
	parent := context.Background()
	if t.BaseContext != nil {
		parent = t.BaseContext(req)
	}
	ctx, cancel := context.WithTimeout(parent, t.plan.HandshakeTimeout())
	stop := context.AfterFunc(t.closing, cancel)
	return ctx, func() { stop(); cancel() }
}

// discardWithin bounds the DELETE of a session that nobody will use.
const discardWithin = 5 * time.Second

// discard deletes a session at the server that opened here, but too late or in
// vain. What comes of it is nobody's matter.
func (t *Transport) discard(s *session, e *epoch, led http.Header) {
	if e.id == "" {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(t.closing, discardWithin)
		defer cancel()
		req := s.request(ctx, led, nil, e)
		req.Method, req.Body, req.GetBody = http.MethodDelete, http.NoBody, nil
		if resp, err := t.base().RoundTrip(req); err == nil {
			resp.Body.Close()
		}
	}()
}
