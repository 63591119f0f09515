package proxy

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
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
