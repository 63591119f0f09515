// Package policy decides what to do about a failed MCP call and when a lost
// session may be opened again. It is pure: time and randomness are arguments,
// values go in and values come out, and nothing here locks, waits or sleeps.
//
// # Who calls what, when
//
// The caller owns one Endpoint for each MCP URL, one Session for each
// Mcp-Session-Id and one Call for each request, and keeps the lock around
// each step (one lock per endpoint is enough). A Plan is read-only and shared.
//
//	a send of a call ended             Decide   Return, Fail: the call is over.
//	                                            Resend: wait until Due, send again.
//	                                            Recover: wait until Due, then Admit.
//	                                            Renew: the call is over; Admit for it in the background.
//	the session must be opened again   Admit    Lead: start the handshake, settle it exactly once.
//	                                            Follow: wait for the flight under way.
//	                                            Already: send on the session's present epoch.
//	                                            Later: wait until At, then Admit again.
//	                                            Refuse: the call is over; a new one may succeed at At.
//	the handshake was answered         Opened   Publish the new epoch, wake the waiting calls.
//	  and its state restored
//	the handshake failed, or           Settle   With Held, Alive or Lost after Opened; without Opened
//	  its first call was answered,              every waiting call goes through Decide with the
//	  or HoldWithin passed                      handshake's outcome (Sent false).
//
// Every step returns the values that replace the ones passed in. A step whose
// result is not wanted (a live breaker refused the Lead) is undone by
// dropping them. A Policy is the plain data behind a Plan: Compile checks it.
package policy

// Time is an instant in nanoseconds on the caller's clock, any epoch, later
// than 0. It may step back between two steps: nothing is granted twice by that.
type Time = int64

// Policy says how calls wait and how sessions are opened again. It is plain
// data: copy it, change a field, Compile it. The zero value is not valid;
// start from Default or Decode. Durations are written "250ms" in JSON.
type Policy struct {
	// Patience is the time that one call may spend waiting, not sending.
	Patience Duration `json:"patience"`
	// Retries is how often one call is repeated after it may have reached the
	// server, if that is proven or assumed safe. The one repetition after a
	// stale answer comes on top.
	Retries int `json:"retries"`
	// Refused spaces the tries of a call that somebody waits for.
	Refused RefusedCurve `json:"refused"`
	// Handshake spaces the handshakes of one session after failures and
	// quick losses. It belongs to the session and survives the call.
	Handshake Curve `json:"handshake"`
	// HandshakeTimeout bounds one handshake, from initialize to restored.
	HandshakeTimeout Duration `json:"handshake_timeout"`
	// HoldWithin is how long after its handshake a session without any answer
	// counts as held.
	HoldWithin Duration `json:"hold_within"`
	// HoldReset is how long a session must hold to go back one place on the
	// handshake curve.
	HoldReset Duration `json:"hold_reset"`
	// HiddenLossAfter is how many transient answers in a row, without a
	// Retry-After, make a session with an id suspect; 0: never.
	HiddenLossAfter int `json:"hidden_loss_after"`
	// OrphanGrace is how long a call on a replaced epoch may be silent.
	OrphanGrace Duration `json:"orphan_grace"`
	// HeaderLimit bounds the wait for response headers of a call that has no
	// deadline of its own, once its epoch is replaced.
	HeaderLimit Duration `json:"header_limit"`
	// HintMax caps a server's Retry-After.
	HintMax Duration `json:"hint_max"`
	// Splay spreads recoveries that nobody waits for.
	Splay Duration `json:"splay"`
	// Breaker guards an endpoint's handshakes.
	Breaker Breaker `json:"breaker"`
	// Pacing is the recovery budget of an endpoint: handshakes over time.
	Pacing Pacing `json:"pacing"`
	// Tokens is the retry budget of an endpoint: repetitions over successes.
	Tokens Tokens `json:"tokens"`
}

// Curve is an exponential curve with jitter. Place n (from 0) has the top
// min(Cap, Base*Growth^n); a draw is uniform in [(1-Jitter)*top, top]. Jitter
// 1 is AWS's "full jitter", 0.5 its "equal jitter", 0 none (AWS Architecture
// Blog, Exponential Backoff And Jitter). Terms says which backoff/v4
// configuration draws the same.
type Curve struct {
	Base   Duration `json:"base"`
	Cap    Duration `json:"cap"`
	Growth float64  `json:"growth"`
	Jitter float64  `json:"jitter"`
}

// RefusedCurve is the curve of tries that somebody waits for, with its clips: a
// wait is never shorter than Min, and a last try stands LastTry before the
// end of the call's patience, so that it outlasts an ordinary restart.
type RefusedCurve struct {
	Curve
	Min     Duration `json:"min"`
	LastTry Duration `json:"last_try"`
}

// Breaker holds the rules of the circuit breaker in front of handshakes. It
// guards reachability: an auth answer is proof of life, a refused dial is no
// failure.
type Breaker struct {
	// Trip is how many failed handshakes in a row open it; 0: it never opens.
	Trip int `json:"trip"`
	// Open is the first open time. Each reopening multiplies it by Growth, up
	// to MaxOpen; each open time is then spread by 1 ± Jitter. A jitter below
	// 0.2 makes a herd probe in step; 0 is accepted for comparisons only.
	Open    Duration `json:"open"`
	Growth  float64  `json:"growth"`
	MaxOpen Duration `json:"max_open"`
	Jitter  float64  `json:"jitter"`
	// Probes is how many handshakes a half-open breaker admits, and how many
	// of them must succeed in a row to close it.
	Probes int `json:"probes"`
}

// Pacing is a GCRA (ITU-T I.371): one handshake each Every, Burst of them at
// once after a pause. A turn reserved for a waiting session is void Slack
// after it was due. Every 0 turns pacing off.
type Pacing struct {
	Every Duration `json:"every"`
	Burst int      `json:"burst"`
	Slack Duration `json:"slack"`
}

// Tokens is gRPC's retry throttling (gRFC A6) with AWS's prices: a retry takes
// Cost from a bucket of Full, a success earns Earn. All three are multiples
// of 0.1. Cost 0 turns the budget off.
type Tokens struct {
	Full float64 `json:"full"`
	Cost float64 `json:"cost"`
	Earn float64 `json:"earn"`
}

// Default returns the policy that Transport uses when it is given none. It
// knows neither the size of the fleet nor the server's capacity: it is the
// setting that never made a storm sustain itself in eight scenarios from a
// plain restart to a queue deeper than the clients' timeout.
func Default() Policy {
	return Policy{
		Patience: 30 * second,
		Retries:  2,
		Refused: RefusedCurve{
			Curve:   Curve{Base: 500 * millisecond, Cap: 5 * second, Growth: 2, Jitter: 1},
			Min:     50 * millisecond,
			LastTry: 250 * millisecond,
		},
		Handshake:        Curve{Base: 2 * second, Cap: 60 * second, Growth: 2, Jitter: 1},
		HandshakeTimeout: 30 * second,
		HoldWithin:       2 * second,
		HoldReset:        60 * second,
		HiddenLossAfter:  3,
		OrphanGrace:      30 * second,
		HeaderLimit:      10 * minute,
		HintMax:          60 * second,
		Splay:            30 * second,
		Breaker:          Breaker{Trip: 8, Open: 10 * second, Growth: 1.5, MaxOpen: 120 * second, Jitter: 0.5, Probes: 1},
		Pacing:           Pacing{Every: 5 * millisecond, Burst: 20, Slack: 1 * second},
		Tokens:           Tokens{Full: 10, Cost: 1, Earn: 0.1},
	}
}
