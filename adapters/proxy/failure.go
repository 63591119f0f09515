package proxy

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// Code is the JSON-RPC code of a call that the Transport gave up. JSON-RPC 2.0
// section 5.1 leaves -32000 to -32099 to implementations; among these both Go
// SDKs give -32002 to -32005 and -32042 meanings that end a client or change
// the text, and -32000 says the least.
const Code = -32000

// Failure is the member "mcprecover" in the data of the JSON-RPC error that a
// client gets for a call that the Transport gave up. A call is answered 200,
// since many clients take any other status for the end of their connection.
type Failure struct {
	Class        classify.Class    `json:"class"`                    // what the last answer meant
	Reason       classify.Reason   `json:"reason"`                   // which rule said so
	Why          policy.Why        `json:"why"`                      // why the call was not tried (again)
	Executed     classify.Executed `json:"executed"`                 // whether the server may have run the call
	Attempts     int               `json:"attempts"`                 // times the call may have been sent
	Status       int               `json:"status,omitempty"`         // HTTP status of the server's last answer; 0: there was none
	RetryAfterMS int64             `json:"retry_after_ms,omitempty"` // when a new call may succeed, in milliseconds from now; 0: at once
	Hint         string            `json:"hint,omitempty"`           // what the user can do
}

type rpcError struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Error   rpcFault        `json:"error"`
}

type rpcFault struct {
	Code    int                `json:"code"`
	Message string             `json:"message"`
	Data    map[string]Failure `json:"data,omitempty"`
}

// answerFailure answers a request for which the Transport has no response:
// calls with JSON-RPC errors, everything else with 502 and the error's line.
func answerFailure(w http.ResponseWriter, out *http.Request, err error) {
	fault := rpcFault{Code: Code, Message: err.Error()}
	var typed *nethttp.Error
	if errors.As(err, &typed) {
		fault.Data = map[string]Failure{"mcprecover": describe(typed)}
	} else {
		fault.Message = "mcprecover: no answer from the upstream: " + fault.Message
	}
	ids, batch := calls(out)
	if len(ids) == 0 {
		http.Error(w, fault.Message, http.StatusBadGateway)
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

func describe(e *nethttp.Error) Failure {
	f := Failure{
		Class: e.Class, Reason: e.Reason, Why: e.Why, Executed: e.Executed,
		Attempts: e.Attempts, Status: e.Status, Hint: e.Hint,
	}
	if !e.Due.IsZero() {
		f.RetryAfterMS = max(time.Until(e.Due).Milliseconds(), 0)
	}
	return f
}

// calls returns the ids of the calls in a POST, and whether they came as a
// batch (revision 2025-03-26 only). Notifications and replies have none.
func calls(r *http.Request) (ids []json.RawMessage, batch bool) {
	if r.Method != http.MethodPost || r.GetBody == nil {
		return nil, false
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, false
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, false
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
		return nil, false
	}
	for _, m := range messages {
		if m.Method != "" && m.ID != nil && string(m.ID) != "null" {
			ids = append(ids, m.ID)
		}
	}
	return ids, batch
}
