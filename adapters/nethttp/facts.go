package nethttp

import (
	"encoding/json"
	"time"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// Code is the JSON-RPC code of errors that mcprecover makes itself. JSON-RPC 2.0
// section 5.1 leaves -32000 to -32099 to implementations; among these both Go
// SDKs give -32002 to -32005 and -32042 meanings that end a client or change
// the text, and -32000 says the least.
const Code = -32000

// Facts are what an *Error says, for errors that travel as JSON-RPC and so
// cannot be Go errors: the member "mcprecover" of a JSON-RPC error's data.
type Facts struct {
	Class        classify.Class    `json:"class"`                    // what the last answer meant
	Reason       classify.Reason   `json:"reason"`                   // which rule said so
	Why          policy.Why        `json:"why"`                      // why the call was not tried (again)
	Executed     classify.Executed `json:"executed"`                 // whether the server may have run the call
	Attempts     int               `json:"attempts"`                 // times the call may have been sent
	Status       int               `json:"status,omitempty"`         // HTTP status of the last answer; 0: there was none
	RetryAfterMS int64             `json:"retry_after_ms,omitempty"` // when a new call may succeed, in milliseconds from now; 0: at once
	Hint         string            `json:"hint,omitempty"`           // what the user can do
}

// Facts gives the error in the form that fits into JSON-RPC; its Due becomes a
// time from now.
func (e *Error) Facts() Facts {
	f := Facts{
		Class: e.Class, Reason: e.Reason, Why: e.Why, Executed: e.Executed,
		Attempts: e.Attempts, Status: e.Status, Hint: e.Hint,
	}
	if !e.Due.IsZero() {
		f.RetryAfterMS = max(time.Until(e.Due).Milliseconds(), 0)
	}
	return f
}

// Data is the facts as the data of a JSON-RPC error, where FactsOf finds them.
func (f Facts) Data() json.RawMessage {
	data, err := json.Marshal(map[string]Facts{"mcprecover": f})
	if err != nil { // a class or reason outside its vocabulary: nothing of ours makes one
		return json.RawMessage("null")
	}
	return data
}

// FactsOf reads the data of a JSON-RPC error; false if it is not one of ours.
func FactsOf(data json.RawMessage) (Facts, bool) {
	var d struct {
		Facts *Facts `json:"mcprecover"`
	}
	if json.Unmarshal(data, &d) != nil || d.Facts == nil {
		return Facts{}, false
	}
	return *d.Facts, true
}

// Error gives back the *Error that the facts were taken from, as far as they
// tell; method and url name the call, as in Error. The doors use it, so that
// errors.As finds an *Error however the failure travelled.
func (f Facts) Error(method, url string) *Error {
	e := &Error{
		Class: f.Class, Reason: f.Reason, Why: f.Why, Executed: f.Executed, Method: method, URL: url,
		Attempts: f.Attempts, Status: f.Status, Hint: f.Hint,
	}
	if f.RetryAfterMS > 0 {
		e.Due = time.Now().Add(time.Duration(f.RetryAfterMS) * time.Millisecond)
	}
	return e
}
