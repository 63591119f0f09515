package policy

import "github.com/mcprecover/mcprecover/classify"

// Ending is how a handshake ended. The zero value is none.
type Ending uint8

// The endings.
const (
	_         Ending = iota
	Held             // the new epoch answered, or HoldWithin passed: a success
	Alive            // auth refused it: proof of life, a success of the breaker
	Refused          // it never left: no failure of the breaker, and no place on the curve
	Failed           // rejected, timed out, or broken
	Lost             // the new epoch was forgotten at once
	Abandoned        // given up here, before there was a verdict
)

var endingWords = vocabulary{"none", "held", "alive", "refused", "failed", "lost", "abandoned"}

// String is the ending's word in logs and traces.
func (e Ending) String() string { return endingWords.word(uint8(e)) }

// MarshalText makes an Ending its word in JSON.
func (e Ending) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads the word.
func (e *Ending) UnmarshalText(text []byte) error {
	i, err := endingWords.parse("ending", text)
	*e = Ending(i)
	return err
}

// Endings lists all endings, for exhaustive tests.
func Endings() []Ending { return all[Ending](endingWords) }

// EndingOf is how a handshake ended that opened nothing: what Settle is told
// for the verdict on its answer or failure.
func EndingOf(class classify.Class, reason classify.Reason) Ending {
	switch {
	case class == classify.Auth:
		return Alive
	case class == classify.Stale:
		return Lost
	case reason == classify.NeverSent:
		return Refused
	case reason == classify.Cancelled:
		return Abandoned
	}
	return Failed
}

// EndingBy is how the first answer to a call on a new epoch settles the
// handshake that opened it: what Settle is told for the verdict on it. It is
// none where the answer, or its absence, says nothing of the session; the next
// one may.
func EndingBy(class classify.Class, reason classify.Reason) Ending {
	switch {
	case reason == classify.Cancelled:
		return 0
	case class == classify.OK || class == classify.Fatal:
		return Held
	case class == classify.Auth:
		return Alive
	case class == classify.Stale:
		return Lost
	}
	return 0
}
