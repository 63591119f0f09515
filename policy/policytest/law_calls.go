package policytest

import (
	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// stepsPerTry is more than what one try takes: a decision, an admission, a
// handshake that fails, and as much again for being told to come later.
const stepsPerTry = 8

// finishWithin bounds the steps in which all calls of a history must end: each
// may try until its patience is spent, waiting at least the least wait. A clock
// that steps back gives a call so much more of it.
func finishWithin(w *world) int {
	tries := 2 + int(int64(w.policy.Patience+policy.Duration(w.back))/int64(w.policy.Refused.Min))
	return stepsPerTry * tries * len(w.calls)
}

func boundedSends(w *world) error {
	type tally struct{ sent, never int }
	tallies := map[int]tally{}
	least := int64(w.policy.Refused.Min)
	if !w.finish(finishWithin(w)) {
		return w.broken(len(w.records)-1, "a call that is refused for ever does not end")
	}
	for i, r := range w.records {
		if r.kind != decided {
			continue
		}
		t := tallies[r.call]
		if r.x.Sent {
			t.sent++
		} else {
			t.never++
		}
		tallies[r.call] = t
		if most := 2 + w.policy.Retries; waits(r.d) && t.sent >= most && r.x.Sent {
			return w.broken(i, "sent %d times and goes on: at most %d", t.sent, most)
		}
		if most := 1 + (int64(w.policy.Patience)+least-1)/least; int64(t.never) > most && !r.c0.Flags.Has(policy.Background) {
			return w.broken(i, "%d tries never left: at most %d", t.never, most)
		}
	}
	return nil
}

func oneResend(w *world) error {
	lost := map[int]int{}
	for i, r := range w.records {
		if r.kind != decided || !gone(r) {
			continue
		}
		if lost[r.call]++; lost[r.call] > 1 && r.d.Action != policy.Fail {
			return w.broken(i, "stale answer number %d of this call and not Fail", lost[r.call])
		}
	}
	return nil
}

// gone reports whether the call's own answer says that its session is lost.
func gone(r record) bool {
	return r.x.Sent && (r.x.Class == classify.Stale || versionLost(r))
}

func versionLost(r record) bool {
	return r.x.Sent && r.x.Class == classify.Fatal && r.x.Reason == classify.VersionRefused && r.c0.Flags.Has(policy.Negotiated)
}

func finalAnswers(w *world) error {
	for i, r := range w.records {
		if r.kind != decided {
			continue
		}
		final := r.x.Class == classify.Auth || r.x.Class == classify.Fatal && !versionLost(r)
		if final && r.d.Action != policy.Return && r.d.Action != policy.Fail {
			return w.broken(i, "the call goes on")
		}
		if versionLost(r) && r.d.Action == policy.Return {
			return w.broken(i, "the session's own version was refused and nothing is done")
		}
	}
	return nil
}

func nothingTwice(w *world) error {
	for i, r := range w.records {
		if r.kind != decided {
			continue
		}
		goesOn := waits(r.d)
		may := !r.x.Sent || r.x.Executed == classify.No || r.c0.Flags.Has(policy.Safe)
		switch {
		case goesOn && !may:
			return w.broken(i, "it may have run, it is not safe, and it is sent again")
		case goesOn && !r.c0.Flags.Has(policy.Replayable):
			return w.broken(i, "it cannot be replayed and is sent again")
		case !goesOn && w.owesARepeat(r):
			return w.broken(i, "it did not run, it can be replayed, no limit is reached, and it is given up")
		}
	}
	return nil
}

// owesARepeat is the converse half of law 4: no limit stands in the way.
func (w *world) owesARepeat(r record) bool {
	p := w.policy
	if r.x.Executed != classify.No || !r.c0.Flags.Has(policy.Replayable) {
		return false
	}
	hint := min(max(int64(r.x.Hint), 0), int64(p.HintMax))
	inTime := r.now+hint <= r.c0.End
	lastTry := r.now < r.c0.End-int64(p.Refused.LastTry)
	switch {
	case gone(r):
		return inTime && r.c0.Lost == 0 && int(r.c0.Sends) <= p.Retries
	case r.x.Class != classify.Transient && r.x.Class != classify.Stale:
		return false
	case r.x.Sent:
		price, full := tenths(p.Tokens.Cost), tenths(p.Tokens.Full)
		afford := price == 0 || int(r.e0.Spent)+price <= full
		return inTime && lastTry && afford && int(r.c0.Sends) < p.Retries+int(min(r.c0.Lost, 1))
	}
	backingOff := r.s0.Try >= 2 && r.s0.Due > r.c0.End
	tries := 1 + (int64(p.Patience)+int64(p.Refused.Min)-1)/int64(p.Refused.Min)
	return inTime && lastTry && !backingOff && int64(r.c0.Dials)+1 < tries
}

func tenths(tokens float64) int { return int(tokens*10 + 0.5) }
