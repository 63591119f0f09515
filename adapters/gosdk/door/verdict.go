package door

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/classify"
)

// Verdict is what the engine's error says in the classifier's words.
func Verdict(e *nethttp.Error) classify.Verdict {
	v := classify.Verdict{Class: e.Class, Reason: e.Reason, Executed: e.Executed}
	if !e.Due.IsZero() {
		v.RetryAfter = max(time.Until(e.Due), 0)
	}
	return v
}

// VerdictOfRPC judges a JSON-RPC error as the answer to a call of a session,
// by the facts in its data if they are there.
func VerdictOfRPC(code int64, message string, data json.RawMessage) classify.Verdict {
	if facts, ok := nethttp.FactsOf(data); ok {
		return Verdict(facts.Error("", ""))
	}
	type fault struct {
		Code    int64           `json:"code"`
		Message string          `json:"message"`
		Data    json.RawMessage `json:"data,omitempty"`
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "error": fault{code, message, data}})
	if err != nil { // data that is no JSON
		return classify.OfFailure(classify.MaybeSent)
	}
	return classify.Of(classify.Observation{
		Method: http.MethodPost, HadSession: true, Status: http.StatusOK,
		Header: map[string][]string{"Content-Type": {"application/json"}}, Body: body,
	})
}
