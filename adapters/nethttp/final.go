package nethttp

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"regexp"
	"time"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// handUp gives the client what was answered: to this call, or, where the
// handshake was refused by auth, to the handshake, so that the client can
// authenticate.
func (m *mending) handUp() (*http.Response, error) {
	switch {
	case m.a.err != nil:
		return m.giveUp(m.next.Why, m.next.Due)
	case !m.own:
		return m.a.copyFor(m.x.req), nil
	}
	m.x.own(&m.a)
	return m.a.handed(), nil
}

// refused ends a call whose answer no other sending could better. A raw one
// would end the whole client of a Go SDK; it goes up where Final asks for that,
// where it is a challenge, and outside sessions, where clients learn from it what
// the server speaks. What a handshake was answered is no answer to this call,
// a redirect least of all: only its challenge goes up.
func (m *mending) refused() (*http.Response, error) {
	status := m.a.status()
	challenge := m.a.verdict.Class == classify.Auth && (status == http.StatusUnauthorized || status == http.StatusForbidden)
	if challenge || m.own && m.a.redirects() || m.own && (m.t.Final == AsSent || m.x.session == nil) {
		return m.handUp()
	}
	return m.giveUp(m.next.Why, m.next.Due)
}

// redirects reports whether http.Client sends this very call again elsewhere.
func (a *answer) redirects() bool {
	status := a.status()
	return (status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect) && a.resp.Header["Location"] != nil
}

// giveUp ends a call for good. What the server sent goes up only where Final
// and the answer allow it; a stale answer never does, since it would end the
// clients of other calls with it.
func (m *mending) giveUp(why policy.Why, due policy.Time) (*http.Response, error) {
	raw := m.own && m.a.err == nil && m.a.resp != nil && m.a.verdict.Class != classify.Stale
	if raw && (m.t.Final == AsSent || answers(m.a.body, m.msg.id)) {
		return m.handUp()
	}
	e := m.fail(why, due)
	m.a.drop()
	return nil, e
}

// answers reports whether a body is the JSON-RPC answer to a call.
func answers(body, id []byte) bool {
	m := scan(body)
	return id != nil && m.response() && bytes.Equal(m.id, id)
}

// gone is the error of a call whose caller stopped waiting.
func (m *mending) gone() *Error {
	e := m.fail(policy.CallerGone, 0)
	e.Err = context.Cause(m.x.req.Context())
	return e
}

// fail makes the error of a call from what it last saw.
func (m *mending) fail(why policy.Why, due policy.Time) *Error {
	v := m.a.verdict
	e := &Error{
		Class: v.Class, Reason: v.Reason, Why: why, Executed: m.executed,
		Method: m.name(), URL: m.endpoint.name, Status: m.a.status(), Body: m.redact(m.a.body),
		Attempts: int(m.call.Sends), Hint: hint(why, &m.x, v), Err: m.a.err,
	}
	if m.unsure && e.Executed == classify.No {
		e.Executed = classify.Unknown // that the last send was refused says nothing of those before it
	}
	if ctx := m.x.req.Context(); ctx.Err() == nil && (errors.Is(e.Err, context.Canceled) || errors.Is(e.Err, context.DeadlineExceeded)) {
		e.Err = errors.New(e.Err.Error()) // a time of ours or of Base's: not the caller's
	}
	if wait := due - m.t.now(); due > 0 && wait > 0 {
		e.Due = time.Now().Add(time.Duration(wait))
	}
	return e
}

// name is what the call is called in errors and events.
func (m *mending) name() string {
	if m.msg.method != nil {
		return string(m.msg.method)
	}
	return m.x.req.Method
}

const hintUnknown = "the server may have run it: repeat it only if running it twice does no harm"

const hintStuck = "; the server refuses this credential for a new session: authenticate again"

func hint(why policy.Why, x *exchange, v classify.Verdict) string {
	switch {
	case why == policy.LostTwice:
		return "the server forgot a session it had just opened: replicas without affinity?"
	case why == policy.OutcomeUnknown:
		return hintUnknown
	case why == policy.NotReplayable && x.session != nil:
		switch {
		case x.req.GetBody != nil: // a notification, or an answer: these are never sent again
			return ""
		case v.Class == classify.Stale:
			return "the request is too large to be kept for a second sending; its session is renewed: send it again"
		}
		return "the request is too large to be kept for a second sending"
	case why == policy.BreakerOpen || why == policy.ProbesOut || why == policy.Paced || why == policy.BackingOff:
		return "the session is renewed by a later call"
	case v.Reason == classify.VersionRefused && x.session != nil:
		return "the server no longer speaks the revision of this session: connect again"
	case v.Class == classify.Stale && x.session == nil:
		return "the server wants a session that this client did not open: connect again"
	}
	return ""
}

var secrets = regexp.MustCompile(`(?i)\b(bearer|basic)(\s+)[\w.~+/=-]{16,}|\b(token|key|secret|password)(["']?\s*[:=]\s*["']?)[\w.~+/=-]{8,}`)

const redacted = "$1$2$3$4<redacted>"

// redact bounds an answer's body for an error and takes out what must not be
// logged: the session's ids, the request's own credentials, and what looks
// like credentials.
func (m *mending) redact(body []byte) []byte {
	if len(body) == 0 {
		return nil
	}
	b := bytes.Clone(body[:min(len(body), maxErrorText+maxIDLength)]) // an id that stands across the cut is found whole
	if s := m.x.session; s != nil {
		for _, id := range []string{s.id, m.x.epoch.id, s.current().id} {
			if id != "" {
				b = bytes.ReplaceAll(b, []byte(id), []byte("<session>"))
			}
		}
	}
	if _, credential, ok := bytes.Cut([]byte(first(m.x.req.Header, "Authorization")), []byte(" ")); ok && len(credential) > 0 {
		b = bytes.ReplaceAll(b, credential, []byte("<credential>"))
	}
	b = secrets.ReplaceAll(b, []byte(redacted))
	return b[:min(len(b), maxErrorText)]
}

// copyFor gives a handshake's answer to one of the calls that waited for it.
func (a *answer) copyFor(req *http.Request) *http.Response {
	resp := *a.resp
	resp.Request = req
	resp.Header = a.resp.Header.Clone()
	resp.Header.Del(headerSession)
	resp.Body = reader(a.body)
	resp.ContentLength = int64(len(a.body))
	resp.TransferEncoding = nil
	resp.Header.Del("Content-Length")
	return &resp
}

// text is an answer's Go error for an event, bounded and redacted.
func (a *answer) text() string {
	if a.err == nil {
		return ""
	}
	s := secrets.ReplaceAllString(a.err.Error(), redacted)
	return s[:min(len(s), maxErrorText)]
}

// clientID is the id that the client knows its session by; "" without one.
func (x *exchange) clientID() string {
	if x.session == nil {
		return ""
	}
	return x.session.id
}
