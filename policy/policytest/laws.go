package policytest

import (
	"fmt"

	"github.com/mcprecover/mcprecover/policy"
	"pgregory.net/rapid"
)

// Law is one of the promises that every valid policy keeps for any history.
type Law struct {
	Number int
	Name   string
	Text   string // the promise in full

	decides bool // it speaks of Decide alone, or of what a Decide can break
	check   func(*world) error
}

// String names the law as failures do.
func (l Law) String() string { return fmt.Sprintf("law %d (%s)", l.Number, l.Name) }

// Laws lists the laws in order.
func Laws() []Law {
	laws := []Law{
		{1, "bounded sends", "A call is sent at most 1 + retries + 1 times; tries that never left are at most 1 + ceil(patience / least wait); it ends.", true, boundedSends},
		{2, "one resend after a loss", "A call is resent at most once after a stale answer, whoever led the recovery; its second stale answer fails.", true, oneResend},
		{3, "auth and fatal are final", "After an auth or fatal answer the call is over; a refused version that the session negotiated counts as stale.", true, finalAnswers},
		{4, "nothing runs twice", "A sent request is repeated only if it did not run or is safe, and then it is, within its limits; what cannot be replayed never is.", true, nothingTwice},
		{5, "one flight", "Between a Lead and its Settle there is no second Lead of that session; an older epoch is Already once a newer is open; no Lead before Session.Due after a failure.", false, oneFlight},
		{6, "closed doors", "Breaker open, budget spent or backing off: Later within the call's end, else Refuse, and then nothing changes.", false, closedDoors},
		{7, "waits end in time", "now <= Due <= End whenever a call waits.", true, waitsInTime},
		{8, "monotone waits", "Due grows with u and Retry-After, keeps at least min(max(own, hint), hint_max), and a failed wait fails for every longer hint.", true, monotoneWaits},
		{9, "probes come back", "Every Settle of a half-open Lead returns its probe, whatever the ending.", false, probesComeBack},
		{10, "paced leads", "Leads of an endpoint in any interval t are at most burst + (t + slack)/every.", false, pacedLeads},
		{11, "same in, same out", "Equal inputs give equal values; (Action, Why) and (Role, Why) stand in a closed table without zeros.", true, sameOut},
	}
	return append(laws, Law{12, "clocks may step back", "Clocks that step back break none of the other laws.", true, steppedBack(laws)})
}

// broken is a law's complaint about one record.
func (w *world) broken(i int, format string, args ...any) error {
	return fmt.Errorf("step %d: %s\n  %v", i, fmt.Sprintf(format, args...), w.records[i])
}

func waits(d policy.Decision) bool { return d.Action == policy.Resend || d.Action == policy.Recover }

// steppedBack is all other laws, on a history whose clock stepped back.
func steppedBack(laws []Law) func(*world) error {
	return func(w *world) error {
		for _, l := range laws {
			if err := l.check(w); err != nil {
				return fmt.Errorf("%v: %w", l, err)
			}
		}
		return nil
	}
}

func (l Law) name() string { return fmt.Sprintf("%02d %s", l.Number, l.Name) }

// histories are those that the law is about.
func (l Law) histories() *rapid.Generator[History] {
	if l.Number == 12 {
		return SteppingBack()
	}
	return Histories()
}

// hold fails t with the law's name and the trace that breaks it.
func (l Law) hold(t *rapid.T, steps Steps, p policy.Policy) {
	w := run(steps, p, l.histories().Draw(t, "history"))
	if err := l.check(w); err != nil {
		t.Fatalf("%v broken: %v\n%s\n%v", l, err, l.Text, w)
	}
}
