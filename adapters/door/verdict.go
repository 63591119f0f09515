package door

import (
	"encoding/json"
	"errors"
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

// OnlyReconnecting reports whether an error says that the session cannot be
// renewed below the SDK: the server speaks another version of the protocol than
// the client, or wants a session of a client that has none; or it forgot the
// session in a way that the engine could not see.
func OnlyReconnecting(err error) bool {
	var typed *nethttp.Error
	if !errors.As(err, &typed) {
		return false
	}
	switch typed.Reason {
	case classify.VersionRefused, classify.SessionNeeded, classify.SessionMisplaced:
		return true
	}
	return typed.Class == classify.Stale && typed.Why == 0 // the engine gives every failure of its own a Why
}
