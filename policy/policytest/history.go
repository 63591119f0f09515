package policytest

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// History is what happens to a few calls of a few sessions of one endpoint.
type History struct {
	Sessions int
	Calls    int
	Events   []Event
}

// Event is the next thing that happens to one call: its send ends, it asks to
// be admitted, or its handshake goes on, whichever is the call's turn.
type Event struct {
	Who      uint8         // the call, modulo the number of calls
	Step     time.Duration // time since the event before; below 0: the clock steps back
	Jump     bool          // if the call still waits, time goes on to the end of its wait
	Outcome  policy.Outcome
	Ending   policy.Ending // of a handshake, where the event ends one
	Opens    bool          // a handshake under way is answered
	Verdict  bool          // a good or stale answer is the new epoch's verdict
	U        float64
	Flags    policy.Flags  // of the call, if it starts here
	Deadline time.Duration // of the call, if it starts here; 0: none
}

// Histories generates histories on a clock that only goes forward.
func Histories() *rapid.Generator[History] { return histories(false) }

// SteppingBack generates histories whose clock steps back now and then, as
// clocks read by different goroutines before they take a lock do.
func SteppingBack() *rapid.Generator[History] { return histories(true) }

func histories(back bool) *rapid.Generator[History] {
	return rapid.Custom(func(t *rapid.T) History {
		times := steps
		if rapid.Bool().Draw(t, "busy") { // else pacing and breaker are seldom in the way
			times = busy
		}
		if back {
			times = slices.Concat(stepsBack, times)
		}
		return History{
			Sessions: rapid.IntRange(1, 5).Draw(t, "sessions"),
			Calls:    rapid.IntRange(1, 6).Draw(t, "calls"),
			// a least length, since slices are short otherwise and reach little
			Events: rapid.SliceOfN(events(times), rapid.SampledFrom([]int{40, 16, 4, 0}).Draw(t, "least"), 64).Draw(t, "events"),
		}
	})
}

// steps are the times between events that matter: nothing, the clock's
// resolution, the pacing's, the curves', the breaker's and the patience's.
var steps = []time.Duration{
	0, 0, 0, 0, 1, time.Millisecond, 5 * time.Millisecond, 50 * time.Millisecond,
	time.Second, 3 * time.Second, 12 * time.Second, 29750 * time.Millisecond, 5 * time.Minute,
}

var (
	busy      = []time.Duration{0, 0, 0, 1, time.Millisecond, 20 * time.Millisecond, 400 * time.Millisecond, 2 * time.Second}
	stepsBack = []time.Duration{0, -1, -time.Millisecond, -50 * time.Millisecond, -2 * time.Second, -time.Minute}
)

func events(times []time.Duration) *rapid.Generator[Event] {
	outcomes := Outcomes()
	return rapid.Custom(func(t *rapid.T) Event {
		does := rapid.Uint8Range(0, 31).Draw(t, "does")
		e := Event{
			Who:     rapid.Uint8Range(0, 5).Draw(t, "who"),
			Jump:    does&3 != 3,
			Opens:   does&(1<<2) == 0,
			Verdict: does&(1<<3) == 0,
			Flags:   usual ^ rapid.SampledFrom(unusual).Draw(t, "unusual"),
			Ending:  policy.Ending(1 + rapid.IntRange(0, 5).Draw(t, "ending")),
			Step:    times[rapid.IntRange(0, len(times)-1).Draw(t, "step")],
			Outcome: outcomes.Draw(t, "outcome"),
			U:       U().Draw(t, "u"),
		}
		if does&(1<<4) != 0 {
			e.Deadline = times[rapid.IntRange(0, len(times)-1).Draw(t, "deadline")]
		}
		return e
	})
}

// usual are the flags of most calls; unusual are those that differ.
const usual = policy.Safe | policy.Replayable | policy.HasID | policy.NewCredential

var unusual = []policy.Flags{
	0, 0, 0, policy.Safe, policy.Safe, policy.NewCredential, policy.Negotiated, policy.Background,
	policy.Replayable, policy.HasID, policy.Safe | policy.Negotiated, policy.Replayable | policy.Negotiated,
}

// U generates random numbers in [0,1), its ends often.
func U() *rapid.Generator[float64] {
	return rapid.Custom(func(t *rapid.T) float64 {
		switch n := rapid.Uint32().Draw(t, "u"); n % 8 {
		case 0:
			return 0
		case 1:
			return 1 - 0x1p-53
		default:
			return float64(n) / (1 << 32)
		}
	})
}

// answers are outcomes as the classifier gives them, each with its weight.
var answers = []policy.Outcome{
	{Class: classify.Stale, Executed: classify.No, Sent: true},
	{Class: classify.Stale, Executed: classify.No, Sent: true},
	{Class: classify.Stale, Executed: classify.No, Sent: true},
	{Class: classify.Transient, Sent: true}, // 503
	{Class: classify.Transient, Sent: true},
	{Class: classify.Transient, Reason: classify.NeverSent, Executed: classify.No},
	{Class: classify.OK, Executed: classify.Yes, Sent: true},
	{Class: classify.Stale, Sent: true}, // inside a 2xx or a 5xx
	{Class: classify.Stale},             // a handshake's
	{Class: classify.Auth, Executed: classify.No, Sent: true},
	{Class: classify.Auth, Executed: classify.No},
	{Class: classify.Fatal, Executed: classify.No, Sent: true},
	{Class: classify.Fatal, Reason: classify.VersionRefused, Executed: classify.No, Sent: true},
	{Class: classify.Fatal, Reason: classify.VersionRefused, Executed: classify.No},
	{Class: classify.Fatal, Reason: classify.Cancelled, Sent: true},
	{Class: classify.Transient, Reason: classify.NeverSent, Executed: classify.No},
	{Class: classify.Transient, Reason: classify.NeverSent, Executed: classify.No},
	{Class: classify.Transient, Reason: classify.MaybeSent, Sent: true},
	{Class: classify.Transient, Reason: classify.TimedOut, Sent: true},
	{Class: classify.Transient, Reason: classify.TimedOut},
	{Class: classify.Transient, Executed: classify.No, Sent: true}, // 429
	{Class: classify.Transient},
}

var hints = []time.Duration{0, 0, 0, 0, 1, time.Second, 29 * time.Second, time.Hour, -time.Second, 1<<63 - 1}

// Outcomes generates the outcomes of sends and of handshakes.
func Outcomes() *rapid.Generator[policy.Outcome] {
	return rapid.Custom(func(t *rapid.T) policy.Outcome {
		x := answers[rapid.IntRange(0, len(answers)-1).Draw(t, "answer")]
		x.Hint = hints[rapid.IntRange(0, len(hints)-1).Draw(t, "hint")]
		return x
	})
}
