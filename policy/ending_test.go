package policy_test

import (
	"testing"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// TestHowHandshakesEnd: by the verdict on the answer to the handshake where it
// opened nothing, and on the first answer to a call where it did.
func TestHowHandshakesEnd(t *testing.T) {
	const none policy.Ending = 0
	for _, c := range []struct {
		name           string
		class          classify.Class
		reason         classify.Reason
		closed, opened policy.Ending
	}{
		{"a good answer", classify.OK, classify.Succeeded, policy.Failed, policy.Held}, // to a handshake: one that cannot be read
		{"the request's own fault", classify.Fatal, classify.BadRequest, policy.Failed, policy.Held},
		{"no word of the session", classify.Transient, classify.Unavailable, policy.Failed, none},
		{"no answer in time", classify.Transient, classify.TimedOut, policy.Failed, none},
		{"never sent", classify.Transient, classify.NeverSent, policy.Refused, none},
		{"given up here", classify.Fatal, classify.Cancelled, policy.Abandoned, none},
		{"a wrong credential", classify.Auth, classify.Unauthorized, policy.Alive, policy.Alive},
		{"forgotten at once", classify.Stale, classify.SessionGone, policy.Lost, policy.Lost},
	} {
		if got := policy.EndingOf(c.class, c.reason); got != c.closed {
			t.Errorf("%s: the handshake %s, want %s", c.name, got, c.closed)
		}
		if got := policy.EndingBy(c.class, c.reason); got != c.opened {
			t.Errorf("%s: the first answer on the new epoch says %s, want %s", c.name, got, c.opened)
		}
	}
}
