package policy

import (
	"time"

	"github.com/mcprecover/mcprecover/classify"
)

// Outcome is how one send ended: the classifier's verdict, and whether the
// request may have left. For calls that wait for a handshake it is the
// handshake's outcome, with Sent false.
type Outcome struct {
	Class    classify.Class
	Reason   classify.Reason
	Executed classify.Executed
	Sent     bool          // the call's own request may have reached the server
	Hint     time.Duration // the server's Retry-After; 0: none
}

// Decision is Decide's answer. Action and Why are never zero.
type Decision struct {
	Action Action
	Why    Why
	Due    Time // not before; on Fail, Renew and Return: when a new call may succeed
}

// Action is what the caller has to do now.
type Action uint8

// The actions.
const (
	_       Action = iota
	Return         // hand the answer up; the call is over
	Resend         // wait until Due, then send the call again on the session's present epoch
	Recover        // wait until Due, then Admit; once the session is renewed, send the call again
	Renew          // the call is over (it may not be repeated); renew the session behind it
	Fail           // the call is over with an error that carries Why and Due
)

var actionWords = vocabulary{"none", "return", "resend", "recover", "renew", "fail"}

// String is the action's word in logs and traces.
func (a Action) String() string { return actionWords.word(uint8(a)) }

// MarshalText makes an Action its word in JSON.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads the word.
func (a *Action) UnmarshalText(text []byte) error {
	i, err := actionWords.parse("action", text)
	*a = Action(i)
	return err
}

// Actions lists all actions, for exhaustive tests.
func Actions() []Action { return all[Action](actionWords) }

// Final reports whether the call is over with this decision.
func (d Decision) Final() bool { return d.Action != Resend && d.Action != Recover }
