package policy

import "math"

// hintJitter is the share of a Retry-After by which a wait may exceed it, so
// that a constant hint does not send a herd back in step.
const hintJitter = 0.25

// capped is a server's Retry-After within [0, hint_max].
func (p *Plan) capped(hint int64) int64 { return min(max(hint, 0), p.hintMax) }

// due is when a call may go on that has to wait own, and hint if the server
// asked for it. It is ok if that is within the call's patience. Jitter is added
// to a hint upwards only, and never carries the call past its last try.
func (p *Plan) due(now Time, c *Call, own, hint int64, u float64) (at Time, ok bool) {
	hint = p.capped(hint)
	at = later(now, max(own, hint))
	if at > c.End {
		return at, false
	}
	if hint > 0 {
		jitter := int64(float64(hint) * float64(hintJitter*unit(u)))
		at = max(at, min(later(at, jitter), later(now, p.room(now, c))))
	}
	return at, true
}

// room is the time from now to the call's last try; not positive: none is left.
func (p *Plan) room(now Time, c *Call) int64 {
	if now > c.End {
		return -1
	}
	left := uint64(c.End) - uint64(now) // right even where the signed difference overflows
	return int64(min(left, math.MaxInt64)) - p.lastTry
}
