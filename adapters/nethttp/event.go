package nethttp

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// EventKind says what happened. The vocabulary is closed: logs, goldens and
// traces share its words.
type EventKind uint8

const (
	_ EventKind = iota
	// SessionOpened: the client's own initialize was answered with a session id.
	SessionOpened
	// SessionEnded: the client's DELETE is about to be sent, or the session was forgotten here.
	SessionEnded
	// AnswerJudged: an answer that was not good was classified and decided upon.
	AnswerJudged
	// RecoveryStarted: a handshake for the next epoch was sent off.
	RecoveryStarted
	// RecoveryDone: the next epoch is open; waiting calls go on.
	RecoveryDone
	// RecoveryFailed: the handshake failed; waiting calls decide again.
	RecoveryFailed
	// CallResent: a request was sent again.
	CallResent
	// CallFailed: a call ended with an *Error.
	CallFailed
	// StreamAttached: the listening stream reaches the server, for the first time or again.
	StreamAttached
	// StreamParked: the listening stream is kept open here while the server is away.
	StreamParked
	// CallOrphaned: a call's stream ended without its answer; the call got an error.
	CallOrphaned
	// MessageSwallowed: a client's message of a lost epoch was answered 202 here and not sent.
	MessageSwallowed
	// BreakerMoved: the endpoint's breaker has another state, or, at the first
	// request to an endpoint, the one it starts with.
	BreakerMoved
	// StateNotRestored: the new session did not take a log level or a subscription of the old one.
	StateNotRestored
)

var eventKinds = [...]string{
	SessionOpened:    "session_opened",
	SessionEnded:     "session_ended",
	AnswerJudged:     "answer_judged",
	RecoveryStarted:  "recovery_started",
	RecoveryDone:     "recovery_done",
	RecoveryFailed:   "recovery_failed",
	CallResent:       "call_resent",
	CallFailed:       "call_failed",
	StreamAttached:   "stream_attached",
	StreamParked:     "stream_parked",
	CallOrphaned:     "call_orphaned",
	MessageSwallowed: "message_swallowed",
	BreakerMoved:     "breaker_moved",
	StateNotRestored: "state_not_restored",
}

// String is the kind's word in logs and traces.
func (k EventKind) String() string {
	if k == 0 || int(k) >= len(eventKinds) {
		return "none"
	}
	return eventKinds[k]
}

// MarshalText makes an EventKind its word in JSON.
func (k EventKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the word, so that a trace can be read back.
func (k *EventKind) UnmarshalText(text []byte) error {
	for i, word := range eventKinds {
		if i > 0 && word == string(text) {
			*k = EventKind(i)
			return nil
		}
	}
	return fmt.Errorf("nethttp: %q is no kind of event", text)
}

// Event is one step of the engine. Nothing in it is secret: session ids are
// short hashes, and neither bodies nor credentials appear.
type Event struct {
	Time     time.Time           `json:"time"`
	Kind     EventKind           `json:"kind"`
	Endpoint string              `json:"endpoint,omitempty"` // scheme, host and path
	Session  string              `json:"session,omitempty"`  // short hash of the client id
	Epoch    uint32              `json:"epoch"`              // the epoch the step belongs to; after RecoveryDone the new one
	Method   string              `json:"method,omitempty"`   // JSON-RPC method, if it was looked at
	Status   int                 `json:"status,omitempty"`   // HTTP status, 0 without an answer
	Class    classify.Class      `json:"class,omitempty"`
	Reason   classify.Reason     `json:"reason,omitempty"`
	Action   policy.Action       `json:"action,omitempty"`
	Why      policy.Why          `json:"why,omitempty"`
	Breaker  policy.BreakerState `json:"breaker,omitempty"` // BreakerMoved: the state that it has now
	Wait     time.Duration       `json:"wait_ns,omitempty"` // until the decided action
	Sends    int                 `json:"sends,omitempty"`   // times the call may have left so far
	Err      string              `json:"err,omitempty"`     // the error's text, bounded and redacted
}

// short names a session in logs: eight hex digits of its id's SHA-256.
func short(id string) string {
	if id == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:4])
}

// emit hands an event to the observer, if there is one. It is never called
// with a lock held, since the observer is the user's code.
func (t *Transport) emit(e Event) {
	if t.Observer == nil {
		return
	}
	e.Time = time.Now()
	t.Observer(e)
}
