package nethttp

import (
	"errors"
	"net/http"
	"testing"

	"github.com/mcprecover/mcprecover/classify"
)

// A notification is sent once whatever becomes of it, and not for its size: its
// error must not say that it was too large to be kept, nor that its session is
// renewed.
func TestANotificationThatIsRefusedIsNotCalledTooLarge(t *testing.T) {
	const notice = `{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}`
	for _, c := range []struct {
		name     string
		answer   func(*http.Request, message) *http.Response
		executed classify.Executed
		status   int // of the answer that goes up as it came; 0: an error does
	}{
		{"400", says(400, "text/plain", "what?"), classify.No, 0},
		{"403", says(403, "text/plain", "forbidden"), classify.No, 403},
		{"429", says(429, "text/plain", "slow down"), classify.No, 0},
		{"503", says(503, "text/plain", "starting"), classify.Unknown, 0},
		{"a reset", breaks(errReset), classify.Unknown, 0},
		{"a refused connection", breaks(errRefused), classify.No, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := newStub()
			rt := &Transport{Base: server, Final: AsError}
			defer rt.Close()
			id := open(t, rt)
			server.crossed()
			server.behave(c.answer)
			status, _, _, err := post(t, rt, id, notice)
			var e *Error
			switch {
			case c.status != 0:
				if err != nil || status != c.status {
					t.Errorf("%d, %v; want %d as it came", status, err, c.status)
				}
			case !errors.As(err, &e):
				t.Errorf("%d, %v; want an *Error", status, err)
			case e.Hint != "" || e.Method != "notifications/roots/list_changed" || e.Attempts != 1 || e.Executed != c.executed:
				t.Errorf("%v\nof %s, hint %q, %d attempts, executed %v; want no hint, one attempt, executed %v", e, e.Method, e.Hint, e.Attempts, e.Executed, c.executed)
			}
			if got := server.crossed(); got != "notifications/roots/list_changed S1" {
				t.Errorf("crossed the wire:\n%s", got)
			}
		})
	}
}
