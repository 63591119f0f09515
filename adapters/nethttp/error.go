package nethttp

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// maxErrorText bounds the part of a body that an error shows, in bytes.
const maxErrorText = 512

// Error is a call that mcprecover ended. errors.As finds it behind
// *url.Error and behind both Go SDKs' own errors.
//
// It matches context.Canceled or context.DeadlineExceeded only if the caller's
// own context ended: a recovery that ran out of its own time does not.
type Error struct {
	Class    classify.Class    // what the last answer meant
	Reason   classify.Reason   // which rule said so
	Why      policy.Why        // why the call was not tried (again)
	Executed classify.Executed // whether the server may have run the call
	Method   string            // JSON-RPC method, or the HTTP method where there is none
	URL      string            // scheme, host and path of the endpoint; no query, no user info
	Status   int               // HTTP status of the last answer, 0 if there was none
	Body     []byte            // start of the last answer's body, redacted; nil if there was none
	Attempts int               // times the call may have left this process
	Due      time.Time         // when a new call may succeed; zero: at once
	Hint     string            // what the user can do; may be empty
	Err      error             // the network's or the context's error; nil if the server answered
}

// Error names what failed, where, what the server said and what can be done.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "mcprecover: %s %s: %s", e.Method, e.URL, e.what())
	fmt.Fprintf(&b, " (%s, %s)", e.Class, e.Reason)
	if e.Why != 0 {
		fmt.Fprintf(&b, "; gave up: %s", e.Why)
	}
	fmt.Fprintf(&b, "; %s; %s", plural(e.Attempts, "attempt"), e.outcome())
	if wait := time.Until(e.Due).Round(time.Millisecond); wait > 0 && e.Why != policy.OutcomeUnknown {
		fmt.Fprintf(&b, "; try again in %s", wait)
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, "; %s", e.Hint)
	}
	return b.String()
}

// Unwrap returns the network's or the context's error, so that errors.Is and
// errors.As see through.
func (e *Error) Unwrap() error { return e.Err }

// OutcomeUnknown reports whether the server may have run the call although no
// answer came: whoever repeats it decides that running it twice does no harm.
func (e *Error) OutcomeUnknown() bool { return e.Attempts > 0 && e.Executed == classify.Unknown }

func (e *Error) what() string {
	switch {
	case e.Why == policy.CallerGone && e.Err != nil:
		return e.Err.Error() + e.after()
	case e.Status != 0 && len(e.Body) > 0:
		return fmt.Sprintf("%d %s: %q", e.Status, http.StatusText(e.Status), e.Body)
	case e.Status != 0:
		return fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))
	case e.Err != nil:
		return e.Err.Error()
	}
	return "no answer"
}

// after tells what the caller was still waiting for.
func (e *Error) after() string {
	if e.Status == 0 {
		return ""
	}
	return fmt.Sprintf(", waiting since the answer %d %s", e.Status, http.StatusText(e.Status))
}

func (e *Error) outcome() string {
	switch {
	case e.Attempts == 0:
		return "never sent"
	case e.Executed == classify.No:
		return "not executed"
	case e.Executed == classify.Yes:
		return "executed"
	}
	return "outcome unknown"
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
