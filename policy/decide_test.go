package policy

import (
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/classify"
)

// Outcomes by the names that people use.
var (
	ok          = Outcome{Class: classify.OK, Executed: classify.Yes, Sent: true}
	stale       = Outcome{Class: classify.Stale, Executed: classify.No, Sent: true}
	staleIn200  = Outcome{Class: classify.Stale, Sent: true}
	auth        = Outcome{Class: classify.Auth, Executed: classify.No, Sent: true}
	fatal       = Outcome{Class: classify.Fatal, Executed: classify.No, Sent: true}
	badVersion  = Outcome{Class: classify.Fatal, Reason: classify.VersionRefused, Executed: classify.No, Sent: true}
	refused     = Outcome{Class: classify.Transient, Reason: classify.NeverSent, Executed: classify.No}
	reset       = Outcome{Class: classify.Transient, Reason: classify.MaybeSent, Sent: true}
	throttled   = Outcome{Class: classify.Transient, Executed: classify.No, Sent: true}
	unavailable = Outcome{Class: classify.Transient, Sent: true}
	cancelled   = Outcome{Class: classify.Fatal, Reason: classify.Cancelled, Sent: true}
)

func after(d time.Duration, x Outcome) Outcome { x.Hint = d; return x }

// moment is what happens to a call, and what becomes of it. Every draw is the
// middle one: the refused curve waits 250 ms, 500 ms, 1 s, 2 s, 2.5 s.
type moment struct {
	x      Outcome
	action Action
	why    Why
	wait   time.Duration
}

const (
	ms = time.Millisecond
	t0 = Time(time.Hour)
)

func TestDecide(t *testing.T) {
	const safe, unsafe = Safe | Replayable | HasID, Replayable | HasID
	for _, story := range []struct {
		name  string
		flags Flags
		steps []moment
	}{
		{"a good answer", unsafe, []moment{{ok, Return, Served, 0}}},
		{"an auth answer is the client's matter", safe, []moment{{auth, Return, AuthRequired, 0}}},
		{"a fatal answer too", safe, []moment{{fatal, Return, RefusedForGood, 0}}},
		{"the caller went away", safe, []moment{{cancelled, Fail, CallerGone, 0}}},
		{"no class, no guess", safe, []moment{{Outcome{Sent: true}, Fail, Unclassified, 0}}},

		{"a lost session recovers at once", unsafe, []moment{{stale, Recover, SessionLost, 0}, {ok, Return, Served, 0}}},
		{"lost again is for the user to know", unsafe, []moment{{stale, Recover, SessionLost, 0}, {stale, Fail, LostTwice, 0}}},
		{"whatever lay between", safe, []moment{{stale, Recover, SessionLost, 0}, {unavailable, Resend, AssumedSafe, 250 * ms}, {stale, Fail, LostTwice, 0}}},
		{"stale inside a 200: a handler may have run", unsafe, []moment{{staleIn200, Renew, OutcomeUnknown, 0}}},
		{"stale inside a 200, safe", safe, []moment{{staleIn200, Recover, SessionLost, 0}}},
		{"a body that is gone", HasID, []moment{{stale, Renew, NotReplayable, 0}}},
		{"the server forgot which version it speaks", unsafe | Negotiated, []moment{{badVersion, Recover, VersionLost, 0}, {badVersion, Fail, LostTwice, 0}}},
		{"a version that this session never had", unsafe, []moment{{badVersion, Return, RefusedForGood, 0}}},

		{"a refused dial waits on the refused curve", unsafe, []moment{
			{refused, Resend, NeverSent, 250 * ms}, {refused, Resend, NeverSent, 500 * ms}, {refused, Resend, NeverSent, 1000 * ms},
			{refused, Resend, NeverSent, 2000 * ms}, {refused, Resend, NeverSent, 2500 * ms}, {refused, Resend, NeverSent, 2500 * ms}, {ok, Return, Served, 0}}},
		{"in the background on the handshake curve", unsafe | Background, []moment{{refused, Resend, NeverSent, 1000 * ms}, {refused, Resend, NeverSent, 2000 * ms}}},
		{"never sent, but the body is gone", Safe, []moment{{refused, Fail, NotReplayable, 250 * ms}}},

		{"503, safe", safe, []moment{{unavailable, Resend, AssumedSafe, 250 * ms}, {unavailable, Resend, AssumedSafe, 500 * ms}, {unavailable, Renew, HiddenLoss, 1000 * ms}}},
		{"503, safe, without an id", Safe | Replayable, []moment{{unavailable, Resend, AssumedSafe, 250 * ms}, {unavailable, Resend, AssumedSafe, 500 * ms}, {unavailable, Fail, RetriesSpent, 1000 * ms}}},
		{"503, unsafe", unsafe, []moment{{unavailable, Fail, OutcomeUnknown, 250 * ms}}},
		{"a reset may have run", unsafe, []moment{{reset, Fail, OutcomeUnknown, 250 * ms}}},
		{"429 did not run", unsafe, []moment{{throttled, Resend, NotExecuted, 250 * ms}}},
		{"a loss adds one send", safe, []moment{{reset, Resend, AssumedSafe, 250 * ms}, {reset, Resend, AssumedSafe, 500 * ms}, {stale, Recover, SessionLost, 0}, {reset, Fail, RetriesSpent, 1000 * ms}}},

		{"Retry-After wins over the curve, with jitter upwards", unsafe, []moment{{after(8*time.Second, throttled), Resend, NotExecuted, 9 * time.Second}}},
		{"a shorter one does not shorten the wait", unsafe, []moment{{after(ms, throttled), Resend, NotExecuted, 250*ms + ms/8}}},
		{"beyond the call's end", unsafe, []moment{{after(31*time.Second, throttled), Fail, HintTooFar, 31 * time.Second}}},
		{"an absurd one is capped", unsafe, []moment{{after(1<<62, throttled), Fail, HintTooFar, 60 * time.Second}}},
		{"jitter never passes the last try", unsafe, []moment{{after(29*time.Second, throttled), Resend, NotExecuted, 29750 * ms}}},
	} {
		t.Run(story.name, func(t *testing.T) {
			plan := compiled(t, Default())
			e, s, c := Endpoint{}, Session{}, Call{End: t0 + int64(30*time.Second), Flags: story.flags}
			now := t0
			for i, m := range story.steps {
				var d Decision
				e, s, c, d = plan.Decide(now, e, s, c, m.x, 0.5)
				if d.Action != m.action || d.Why != m.why || (time.Duration(d.Due-now)).Round(1000) != m.wait {
					t.Fatalf("step %d: %v (%v) after %v, want %v (%v) after %v", i, d.Action, d.Why, time.Duration(d.Due-now), m.action, m.why, m.wait)
				}
				now = d.Due
			}
		})
	}
}

// TestLastTry: the last try of a refused call stands 250 ms before its end,
// whatever was drawn before, and none comes after it.
func TestLastTry(t *testing.T) {
	plan := compiled(t, Default())
	for _, u := range []float64{0, 0.1, 0.5, 0.9, 0.999} {
		c, now := Call{End: t0 + int64(30*time.Second), Flags: Replayable}, t0
		var last Decision
		for {
			var d Decision
			_, _, c, d = plan.Decide(now, Endpoint{}, Session{}, c, refused, u)
			if d.Action == Fail {
				break
			}
			now, last = d.Due, d
		}
		if at := time.Duration(last.Due - t0); at != 29750*ms {
			t.Errorf("u %v: the last try is at %v, want 29.75s", u, at)
		}
	}
}

// TestHiddenLoss: a server may answer 500 for a session that it does not know.
func TestHiddenLoss(t *testing.T) {
	plan := compiled(t, Default())
	var s Session
	row := func(flags Flags, x Outcome) (d Decision) {
		_, s, _, d = plan.Decide(t0, Endpoint{}, s, Call{End: t0 + int64(time.Minute), Flags: flags}, x, 0.5)
		return d
	}
	for i, step := range []struct {
		flags Flags
		x     Outcome
		want  Decision
		odd   uint8
	}{
		{HasID | Replayable, unavailable, Decision{Action: Fail, Why: OutcomeUnknown}, 1},
		{HasID | Replayable, reset, Decision{Action: Fail, Why: OutcomeUnknown}, 1},                           // no answer
		{HasID | Replayable, after(time.Second, unavailable), Decision{Action: Fail, Why: OutcomeUnknown}, 1}, // load, not loss
		{HasID | Replayable, unavailable, Decision{Action: Fail, Why: OutcomeUnknown}, 2},                     //
		{HasID | Replayable, unavailable, Decision{Action: Renew, Why: HiddenLoss}, 0},                        // three: renew behind
		{HasID | Replayable, unavailable, Decision{Action: Fail, Why: OutcomeUnknown}, 1},                     //
		{HasID | Replayable, unavailable, Decision{Action: Fail, Why: OutcomeUnknown}, 2},                     //
		{HasID | Replayable | Safe, unavailable, Decision{Action: Recover, Why: HiddenLoss}, 0},               // three, and it may be repeated
		{HasID | Replayable, unavailable, Decision{Action: Fail, Why: OutcomeUnknown}, 1},                     //
		{HasID | Replayable, ok, Decision{Action: Return, Why: Served}, 0},                                    // a good answer ends the row
		{HasID | Replayable, unavailable, Decision{Action: Fail, Why: OutcomeUnknown}, 1},                     //
		{HasID | Replayable, fatal, Decision{Action: Return, Why: RefusedForGood}, 0},                         // any word about this session does
		{Replayable, unavailable, Decision{Action: Fail, Why: OutcomeUnknown}, 0},                             // no id, no session to lose
	} {
		d := row(step.flags, step.x)
		if d.Action != step.want.Action || d.Why != step.want.Why || s.Odd != step.odd {
			t.Fatalf("step %d: %v (%v) with %d in a row, want %v (%v) with %d", i, d.Action, d.Why, s.Odd, step.want.Action, step.want.Why, step.odd)
		}
	}
}

// TestTokens: a storm of retries empties the bucket; successes fill it slowly;
// a resend after a loss is free.
func TestTokens(t *testing.T) {
	plan := compiled(t, Default())
	var e Endpoint
	try := func(x Outcome) (d Decision) {
		e, _, _, d = plan.Decide(t0, e, Session{}, Call{End: t0 + int64(time.Minute), Flags: Safe | Replayable}, x, 0.5)
		return d
	}
	for i := range 10 {
		if d := try(unavailable); d.Action != Resend {
			t.Fatalf("retry %d: %v (%v)", i, d.Action, d.Why)
		}
	}
	if d := try(unavailable); d.Why != TokensSpent || d.Due <= t0 {
		t.Errorf("retry 10: %v (%v) due %v, want a failure that names a later time", d.Action, d.Why, d.Due-t0)
	}
	if d := try(stale); d.Action != Recover {
		t.Errorf("a loss with no tokens left: %v (%v)", d.Action, d.Why)
	}
	e, _ = plan.Credit(e, Session{}, 9)
	if d := try(unavailable); d.Why != TokensSpent {
		t.Errorf("nine successes buy %v (%v)", d.Action, d.Why)
	}
	if try(ok); e.Spent != 90 {
		t.Errorf("ten successes leave %d tenths spent, want 90", e.Spent)
	}
	if d := try(unavailable); d.Action != Resend {
		t.Errorf("ten successes buy %v (%v), want a retry", d.Action, d.Why)
	}
	if e, _ = plan.Credit(e, Session{}, 1<<31); e.Spent != 0 {
		t.Errorf("many successes leave %d tenths spent", e.Spent)
	}
}
