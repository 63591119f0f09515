package nethttp

import (
	"errors"
	"io"
	"net/http"

	"github.com/mcprecover/mcprecover/classify"
)

// answer is what came of one send.
type answer struct {
	resp    *http.Response // nil if err; its body reads from the start
	err     error          // no answer came
	body    []byte         // start of the body, if the answer is not good
	verdict classify.Verdict
}

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
}

// errCut: the server answered, but not to the end, so the call may have run.
var errCut = errors.New("the answer broke off")

// send sends the exchange in its epoch and judges the answer. The body of a
// good answer is untouched, except that JSON is read whole: half a JSON answer
// ends the whole client of go-sdk.
func (t *Transport) send(x *exchange, resend bool) answer {
	out, err := x.outgoing(resend)
	if err != nil {
		closeRequest(x.req)
		return answer{err: err, verdict: classify.OfFailure(classify.NeverSent)}
	}
	resp, err := t.base().RoundTrip(out)
	if err != nil {
		return answer{err: err, verdict: classify.OfFailure(failureOf(out.Context(), err))}
	}
	return t.judge(x, resp)
}

func (t *Transport) judge(x *exchange, resp *http.Response) answer {
	a := answer{resp: resp}
	success := resp.StatusCode/100 == 2
	switch {
	case success && (isEventStream(resp.Header) || resp.ContentLength == 0):
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
		return v
	}
	if m := x.message(); m.response() {
		o.RPCMethod = "response"
	} else {
		o.RPCMethod = string(m.method)
	}
	return t.Rules.Of(o)
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
	if err == nil && len(*buf) == 0 && resp.StatusCode == http.StatusOK {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		recycle(buf)
		return answer{err: errors.Join(errCut, err), verdict: classify.OfFailure(classify.MaybeSent)}
	}
	a := answer{resp: resp, body: *buf}
	a.verdict = t.classify(x, &a)
	resp.Body = &heldBody{buf: buf}
	if !a.good() {
		a.body = append([]byte(nil), (*buf)[:min(len(*buf), maxErrorBody)]...) // outlives the buffer
	}
	return a
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
