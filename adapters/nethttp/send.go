package nethttp

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/mcprecover/mcprecover/classify"
)

// answer is what came of one send.
type answer struct {
	resp    *http.Response // nil if err; its body reads from the start
	err     error          // no answer came
	events  bool           // it is a good event stream
	body    []byte         // start of the body, if the answer is not good
	verdict classify.Verdict
	release context.CancelCauseFunc // ends a context of ours; nil: it came on the caller's, or is complete
}

// errTaken: to send the request would bring it into another client's session.
var errTaken = &refusal{"the server has given this session's id to another one"}

func (a *answer) good() bool { return a.verdict.Class == classify.OK }

// status is the HTTP status, 0 without an answer.
func (a *answer) status() int {
	if a.resp == nil {
		return 0
	}
	return a.resp.StatusCode
}

// drop closes an answer that nobody will read.
func (a *answer) drop() {
	if a.resp != nil && a.resp.Body != nil {
		a.resp.Body.Close()
	}
	a.free()
}

// send sends the exchange in its epoch and judges the answer. The body of a
// good answer is untouched, except that JSON is read whole: half a JSON answer
// ends the whole client of go-sdk.
func (t *Transport) send(x *exchange) answer {
	if x.epoch != nil && x.epoch.taken.Load() {
		x.close()
		return answer{err: errTaken, verdict: classify.Verdict{Class: classify.Stale, Reason: classify.SessionGone, Executed: classify.No}}
	}
	ctx, w := t.waiting(x)
	out, err := x.outgoing(ctx)
	if err != nil {
		x.close()
		return answer{err: err, verdict: classify.OfFailure(classify.NeverSent)}
	}
	resp, err := t.base().RoundTrip(out)
	var a answer
	if err != nil {
		a = answer{err: err, verdict: classify.OfFailure(failureOf(x.req.Context(), x.ours, err))}
	} else {
		a = t.judge(x, resp)
	}
	if w != nil { // held JSON has come whole by now, or was cut short here
		a.release = x.session.waits.end(w)
		if a.err != nil && context.Cause(ctx) == errSilent {
			a.err = errSilent
		}
		if a.complete() {
			a.free()
		}
	}
	if x.kind == opening && !x.ours && a.good() && validID(first(a.resp.Header, headerSession)) {
		a.opens(x)
	}
	return a
}

// opens reads the result of an initialize that opened a session; without one
// the answer is no answer.
func (a *answer) opens(x *exchange) {
	body, replayable := payload(x.req)
	if !replayable {
		return
	}
	result, err := readResult(a.resp, scan(body).id)
	if err != nil {
		a.drop()
		*a = answer{err: err, verdict: verdictOf(err, classify.MaybeSent)}
		return
	}
	x.result = result
}

// waiting gives a call without a deadline a context that a recovery can end until
// its headers are there, and its JSON; nil for everything else. It costs three
// allocations.
func (t *Transport) waiting(x *exchange) (context.Context, *wait) {
	if x.session == nil || x.kind != calling {
		return nil, nil
	}
	ctx := x.req.Context()
	if _, ok := ctx.Deadline(); ok {
		return nil, nil
	}
	ctx, w := x.session.waits.begin(ctx, x.epoch)
	if x.session.current() != x.epoch { // since it was chosen, and those that waited then have been told
		x.session.waits.replaced(x.epoch, t.plan.HeaderLimit())
	}
	return ctx, w
}

// complete reports whether nothing of the answer is still to come.
func (a *answer) complete() bool {
	if a.resp == nil || a.resp.Body == nil || a.resp.Body == http.NoBody {
		return true
	}
	_, held := a.resp.Body.(*heldBody)
	return held
}

// free ends the context that the answer came on, if it has one of its own.
func (a *answer) free() {
	if a.release != nil {
		a.release(nil)
		a.release = nil
	}
}

// handed is the response for the caller, whose Close ends the context.
func (a *answer) handed() *http.Response {
	if a.release != nil {
		a.resp.Body = &releasing{a.resp.Body, a.release}
	}
	return a.resp
}

// releasing is a body whose context ends with it.
type releasing struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
}

func (r *releasing) Close() error {
	err := r.ReadCloser.Close()
	r.cancel(nil)
	return err
}

func (t *Transport) judge(x *exchange, resp *http.Response) answer {
	a := answer{resp: resp}
	success := resp.StatusCode/100 == 2
	switch {
	case success && isEventStream(resp.Header):
		a.events = true
	case success && resp.ContentLength == 0:
		if x.unanswered(resp) {
			resp.Body.Close()
			return x.brokenOff(0, io.ErrUnexpectedEOF)
		}
	case success && isJSON(resp.Header) && x.req.Method == http.MethodPost:
		return t.hold(x, resp)
	default:
		a.peek()
	}
	a.verdict = t.classify(x, &a)
	return a
}

// classify asks the rules. The JSON-RPC method is looked up only for answers
// that are not plainly good.
func (t *Transport) classify(x *exchange, a *answer) classify.Verdict {
	o := classify.Observation{
		Method: x.req.Method, Era: x.era, HadSession: x.session != nil && x.epoch.id != "",
		Status: a.resp.StatusCode, Header: a.resp.Header, Body: a.body,
	}
	v := t.Rules.Of(o)
	if v.Class == classify.OK {
		return v // whatever was asked
	}
	if m := x.message(); m.response() {
		o.RPCMethod = "response"
	} else {
		o.RPCMethod = string(m.method)
	}
	v = t.Rules.Of(o)
	if t.Shared && v.Reason == classify.SessionOfAnother {
		v.Class = classify.Fatal
	}
	return v
}

// hold reads a JSON answer whole. One that broke off is no answer; one beyond
// maxReplay streams on unread.
func (t *Transport) hold(x *exchange, resp *http.Response) answer {
	buf := buffers.Get().(*[]byte)
	more, err := fill(buf, resp.Body, maxReplay)
	if more {
		resp.Body = again(*buf, resp.Body) // the buffer is the collector's
		return answer{resp: resp, verdict: classify.Verdict{Class: classify.OK}}
	}
	resp.Body.Close()
	if err == nil && len(*buf) == 0 && x.unanswered(resp) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		got := len(*buf)
		recycle(buf)
		return x.brokenOff(got, err)
	}
	a := answer{resp: resp, body: *buf}
	a.verdict = t.classify(x, &a)
	resp.Body = &heldBody{buf: buf}
	if !a.good() {
		a.body = append([]byte(nil), (*buf)[:min(len(*buf), maxErrorBody)]...) // outlives the buffer
	}
	return a
}

// unanswered: an empty answer says nothing to this call. Servers whose session
// ends under a handler send one.
func (x *exchange) unanswered(resp *http.Response) bool {
	return resp.StatusCode == http.StatusOK && x.message().call()
}

// brokenOff is an answer that did not come whole: the call may have run, unless
// nobody waits for it any more.
func (x *exchange) brokenOff(got int, err error) answer {
	reason := classify.MaybeSent
	if failureOf(x.req.Context(), x.ours, err) == classify.Cancelled {
		reason = classify.Cancelled
	}
	return answer{err: fmt.Errorf("the answer broke off after %d bytes: %w", got, err), verdict: classify.OfFailure(reason)}
}

// peek reads the start of a body, bounded in bytes and time, and leaves it
// readable from the start.
func (a *answer) peek() {
	body := a.resp.Body
	if body == nil || body == http.NoBody {
		return
	}
	var rest io.ReadCloser
	a.body, rest = readStart(body)
	a.resp.Body = again(a.body, rest)
}
