package policy

import (
	"math"
	"time"
)

// Plan is a valid Policy, compiled. It is read-only, safe for concurrent use
// and shared by pointer; only Compile makes one.
type Plan struct {
	policy Policy

	patience, lastTry, least  int64
	hintMax, holdReset, splay int64
	every, tolerance, slack   int64
	refused, handshake        curve
	opens                     []time.Duration // open time by reopens, before the spread
	openJitter                float64
	full, cost, earn          int16 // tenths of a token
	maxDials                  int   // law 1's bound on tries that never left; > 255: patience alone bounds them
	trip                      uint32
	sends, hidden, probes     uint8
}

// Compile checks the policy and prepares it for use. The error joins one
// *FieldError for each field that Validate finds fault with.
func (p Policy) Compile() (*Plan, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	every := int64(p.Pacing.Every)
	return &Plan{
		policy:     p,
		patience:   int64(p.Patience),
		lastTry:    int64(p.Refused.LastTry),
		least:      int64(p.Refused.Min),
		hintMax:    int64(p.HintMax),
		holdReset:  int64(p.HoldReset),
		splay:      int64(p.Splay),
		every:      every,
		tolerance:  int64(p.Pacing.Burst-1) * every,
		slack:      int64(p.Pacing.Slack),
		refused:    p.Refused.compile(),
		handshake:  p.Handshake.compile(),
		opens:      intervals(time.Duration(p.Breaker.Open), time.Duration(p.Breaker.MaxOpen), p.Breaker.Growth),
		openJitter: p.Breaker.Jitter,
		full:       tenths(p.Tokens.Full),
		cost:       tenths(p.Tokens.Cost),
		earn:       tenths(p.Tokens.Earn),
		maxDials:   1 + int((p.Patience+p.Refused.Min-1)/p.Refused.Min),
		trip:       uint32(p.Breaker.Trip),
		sends:      uint8(1 + p.Retries),
		hidden:     uint8(p.HiddenLossAfter),
		probes:     uint8(p.Breaker.Probes),
	}, nil
}

func tenths(tokens float64) int16 { return int16(math.Round(tokens * 10)) }

// Policy returns the policy that the Plan was compiled from.
func (p *Plan) Policy() Policy { return p.policy }

// End is the end of a call's patience: start + patience + the time it has
// spent sending, at most its deadline (0: it has none).
func (p *Plan) End(start Time, sending time.Duration, deadline Time) Time {
	end := later(later(start, p.patience), max(int64(sending), 0))
	if deadline != 0 {
		end = min(end, deadline)
	}
	return end
}

// Probes is how many probes a half-open breaker gives (gobreaker's MaxRequests).
func (p *Plan) Probes() uint32 { return uint32(p.probes) }

// HandshakeTimeout bounds one handshake, from initialize to restored.
func (p *Plan) HandshakeTimeout() time.Duration { return time.Duration(p.policy.HandshakeTimeout) }

// HoldWithin is how long after Opened a session without any answer is settled as Held.
func (p *Plan) HoldWithin() time.Duration { return time.Duration(p.policy.HoldWithin) }

// OrphanGrace is how long a call on a replaced epoch may be silent.
func (p *Plan) OrphanGrace() time.Duration { return time.Duration(p.policy.OrphanGrace) }

// HeaderLimit bounds the wait for headers of a call that has no deadline and
// whose epoch is replaced.
func (p *Plan) HeaderLimit() time.Duration { return time.Duration(p.policy.HeaderLimit) }

// Retries is how often one call is repeated after it may have been sent.
func (p *Plan) Retries() int { return p.policy.Retries }

// Patience is the time that one call may spend waiting.
func (p *Plan) Patience() time.Duration { return time.Duration(p.patience) }

// Splay is the delay of a recovery that nobody waits for: uniform up to the
// policy's splay. u is in [0,1).
func (p *Plan) Splay(u float64) time.Duration {
	return time.Duration(float64(p.splay) * unit(u))
}

// later is t+d, held at the last instant instead of wrapping round.
func later(t Time, d int64) Time {
	if s := t + d; d < 0 || s >= t {
		return s
	}
	return math.MaxInt64
}

// unit holds a caller's random number in [0,1).
func unit(u float64) float64 {
	switch {
	case !(u >= 0): // also NaN
		return 0
	case u >= 1:
		return 1 - 0x1p-53
	}
	return u
}
