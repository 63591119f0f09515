package proxy

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/classify"
)

type rpcError struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Error   rpcFault        `json:"error"`
}

type rpcFault struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data,omitempty"`
}

// answerFailure answers a request for which the Transport has no response:
// calls with JSON-RPC errors, everything else with the error's line and 502, or
// 503 where the proxy itself ends.
func answerFailure(w http.ResponseWriter, out *http.Request, err error) {
	fault := rpcFault{Code: nethttp.Code, Message: err.Error()}
	var typed *nethttp.Error
	if errors.As(err, &typed) {
		fault.Data = typed.Facts().Data()
	} else {
		fault.Message = "mcprecover: no answer from the upstream: " + fault.Message
	}
	ids, batch, _ := calls(out)
	if len(ids) == 0 {
		status := http.StatusBadGateway
		if errors.Is(err, errLeaving) {
			status = http.StatusServiceUnavailable
			w.Header().Set("Retry-After", "1") // second: by then somebody else listens here, or nobody
		}
		http.Error(w, fault.Message, status)
		return
	}
	answers := make([]rpcError, len(ids))
	for i, id := range ids {
		answers[i] = rpcError{JSONRPC: "2.0", ID: id, Error: fault}
	}
	w.Header().Set("Content-Type", "application/json")
	if batch {
		_ = json.NewEncoder(w).Encode(answers) // it fails only where nobody listens
		return
	}
	_ = json.NewEncoder(w).Encode(answers[0])
}

// maxShown bounds what a gateway's error shows of its page, in bytes.
const maxShown = 512

// away is the error of a session's call that was answered, in the end, as by a
// gateway whose server is not there: nil for everything else. What a server says
// in JSON is its own word.
func (p *Proxy) away(resp *http.Response) error {
	r := resp.Request
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode < 500 || r == nil || r.Header["Mcp-Session-Id"] == nil {
		return nil
	}
	if media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); media == "application/json" {
		return nil
	}
	if ids, _, _ := calls(r); len(ids) == 0 {
		return nil
	}
	v := classify.Of(classify.Observation{Method: r.Method, HadSession: true, Status: resp.StatusCode, Header: resp.Header})
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxShown)) // what broke off says enough
	e := &nethttp.Error{
		Class: v.Class, Reason: v.Reason, Executed: v.Executed, Method: r.Method, URL: p.endpoint(), Status: resp.StatusCode, Body: body, Attempts: 1,
	}
	if v.RetryAfter > 0 {
		e.Due = time.Now().Add(v.RetryAfter)
	}
	return e
}

// endpoint is the upstream without what may be secret in its URL.
func (p *Proxy) endpoint() string {
	return p.upstream.Scheme + "://" + p.upstream.Host + p.upstream.Path
}

// calls returns the ids of the calls in a POST, and whether they came as a
// batch (revision 2025-03-26 only). Notifications and replies have none; what is
// no JSON-RPC is not understood.
func calls(r *http.Request) (ids []json.RawMessage, batch, understood bool) {
	if r.Method != http.MethodPost || r.GetBody == nil {
		return nil, false, false
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, false, false
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, false, false
	}
	type message struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
	}
	var messages []message
	if text = bytes.TrimLeft(text, " \t\r\n"); len(text) > 0 && text[0] == '[' {
		batch = true
		err = json.Unmarshal(text, &messages)
	} else {
		messages = make([]message, 1)
		err = json.Unmarshal(text, &messages[0])
	}
	if err != nil {
		return nil, false, false
	}
	for _, m := range messages {
		if m.Method != "" && m.ID != nil && string(m.ID) != "null" {
			ids = append(ids, m.ID)
		}
	}
	return ids, batch, true
}
