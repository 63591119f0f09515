package nethttp

import (
	"context"
	"io"
	"net/http"
)

// errUnfenced: a message that might hold an answer for a session's old server,
// and cannot be looked into. Batches exist in revision 2025-03-26 alone.
var errUnfenced = &refusal{"a batch, or a message over 4 MiB, cannot be sent on a renewed session: it may answer what the lost one asked; connect again"}

// answerBack sends a client's answer to a server's question, or its progress
// report, to the epoch that asked, as long as one of that epoch's streams is
// open; else it is taken here. Once a session was renewed, an answer never
// goes anywhere else. It returns nothing for every other message.
func (t *Transport) answerBack(x *exchange) (*http.Response, error) {
	if x.look() {
		return nil, nil
	}
	body, ok := payload(x.req)
	msg := scan(body)
	if !ok || msg.batch {
		return refuse(x.req, errUnfenced)
	}
	b, ours := unsealMessage(x.session.nonce, body)
	if !ours {
		return nil, nil
	}
	e := x.session.asked(b.epoch)
	if b.body == nil || e == nil || e.taken.Load() || b.epoch == 0 && x.session.bare.Load() {
		return t.swallow(x, msg), nil
	}
	ctx, cancel := context.WithTimeout(x.req.Context(), t.plan.HandshakeTimeout()) // a replaced replica may be silent for ever
	defer cancel()
	out := x.req.WithContext(ctx)
	closeRequest(x.req)
	out.Header = e.translate(x.req.Header)
	out.Body, out.ContentLength = reader(b.body), int64(len(b.body))
	out.GetBody = func() (io.ReadCloser, error) { return reader(b.body), nil }
	if answer, err := t.base().RoundTrip(out); err == nil {
		answer.Body.Close()
		if answer.StatusCode/100 == 2 {
			resp := respond(x.req, answer.StatusCode, "", nil)
			resp.Header[headerSession] = []string{x.session.id}
			return resp, nil
		}
	}
	return t.swallow(x, msg), nil
}

// looked is a request's body of which the start was looked at.
type looked struct {
	start [maxLook]byte
	n, at int
	rest  io.ReadCloser
}

// maxLook is how much of a request is looked at, in bytes, for its method:
// both Go SDKs write it before params.
const maxLook = 128

// Read gives the start, then the rest.
func (l *looked) Read(b []byte) (int, error) {
	if l.at < l.n {
		n := copy(b, l.start[l.at:l.n])
		l.at += n
		return n, nil
	}
	return l.rest.Read(b)
}

// Close closes the request's own body.
func (l *looked) Close() error { return l.rest.Close() }

// look reports whether the start of the body shows a message that cannot
// answer anything: a call, or a notification other than of progress. It costs
// one allocation, which the request is sent with.
func (x *exchange) look() bool {
	if x.req.Body == nil {
		return false
	}
	l := &looked{rest: x.req.Body}
	for l.n < len(l.start) {
		n, err := l.rest.Read(l.start[l.n:])
		if l.n += n; err != nil { // the sender meets it again, behind the start
			break
		}
	}
	x.body = l
	method := string(scan(l.start[:l.n]).method)
	return method != "" && method != "notifications/progress"
}

// asked finds the epoch that a question came from: the present one, or one
// before it that still has a stream open.
func (s *session) asked(n uint32) *epoch {
	if e := s.current(); e.n == n {
		return e
	}
	s.endpoint.mu.Lock()
	defer s.endpoint.mu.Unlock()
	for _, e := range s.past {
		if e.n == n && e.open.Load() > 0 {
			return e
		}
	}
	return nil
}

// maxPast bounds the replaced epochs that a session remembers.
const maxPast = 8

// replaced remembers an epoch that may still have streams open. Called under
// endpoint.mu.
func (s *session) replaced(old *epoch) {
	keep := s.past[:0]
	for _, e := range s.past {
		if e.open.Load() > 0 {
			keep = append(keep, e)
		}
	}
	s.past = append(keep, old)
	if len(s.past) > maxPast {
		s.past = append([]*epoch(nil), s.past[1:]...)
	}
}
