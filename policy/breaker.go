package policy

import "time"

// The pure breaker is sony/gobreaker's with its clock and its randomness
// handed in: Interval 0, MaxRequests the probes, ReadyToTrip Trip, and a gate
// (not before now + OpenFor) in the place of its fixed Timeout.

// Endpoint.Half holds a flag, the probes given and the probes good in a row.
const (
	halfOpen    = 1 << 6
	maxProbes   = 7
	probesGiven = maxProbes
	goodShift   = 3
)

// Trip reports whether a closed breaker opens after so many failed handshakes
// in a row. It is the one rule: a live gobreaker's ReadyToTrip calls it with
// Counts.ConsecutiveFailures.
func (p *Plan) Trip(fails uint32) bool { return p.trip > 0 && fails >= p.trip }

// OpenFor is how long the breaker stays open when it has opened reopens times
// since it was last closed: open * growth^reopens, at most max_open, spread by
// 1 ± jitter. A live gate uses the same rule.
func (p *Plan) OpenFor(reopens uint8, u float64) time.Duration {
	return spread(p.opens[min(int(reopens), len(p.opens)-1)], p.openJitter, u)
}

// PureBreaker is the word of the endpoint's own breaker at now. It looks, and
// takes nothing.
func (p *Plan) PureBreaker(now Time, e Endpoint) Breaking { return p.word(now, &e) }

func (p *Plan) word(now Time, e *Endpoint) Breaking {
	switch {
	case e.Half&halfOpen != 0:
		return Breaking{State: HalfOpen, Due: e.Due, Gen: e.Gen, Free: p.probes - min(e.Half&probesGiven, p.probes)}
	case e.Due == 0:
		return Breaking{State: Closed, Gen: e.Gen}
	case now < e.Due:
		return Breaking{State: Open, Due: e.Due, Gen: e.Gen}
	}
	return Breaking{State: HalfOpen, Due: e.Due, Gen: e.Gen + 1, Free: p.probes}
}

// passes counts a handshake that the breaker lets pass.
func (p *Plan) passes(e *Endpoint, b *Breaking) {
	if b.State == Closed {
		return
	}
	half(e)
	if e.Half&probesGiven < maxProbes {
		e.Half++
	}
}

// half makes an open breaker half-open.
func half(e *Endpoint) {
	if e.Half&halfOpen == 0 {
		e.Half = halfOpen
		e.Gen++
	}
}

// judge counts a verdict of the generation that it belongs to.
func (p *Plan) judge(now Time, e *Endpoint, b *Breaking, end Ending, u float64) {
	if e.Half&halfOpen == 0 && e.Due != 0 && now >= e.Due {
		half(e)
	}
	if b.State != 0 && b.Gen != e.Gen {
		return
	}
	good := end == Held || end == Alive
	switch {
	case e.Half&halfOpen != 0:
		if !good {
			e.Reopens = up(e.Reopens)
			p.open(now, e, u)
			return
		}
		if e.Half += 1 << goodShift; e.Half>>goodShift&maxProbes >= p.probes {
			*e = Endpoint{Turn: e.Turn, Spent: e.Spent, Gen: e.Gen + 1}
		}
	case e.Due != 0: // open: nothing to count
	case good:
		e.Fails = 0
	case end == Failed || end == Lost:
		if e.Fails++; p.Trip(uint32(e.Fails)) {
			p.open(now, e, u)
		}
	}
}

func (p *Plan) open(now Time, e *Endpoint, u float64) {
	e.Due = later(now, int64(p.OpenFor(e.Reopens, u)))
	e.Fails, e.Half = 0, 0
	e.Gen++
}

// follow keeps the time of a live breaker, which counts for itself.
func (p *Plan) follow(now Time, e *Endpoint, b *Breaking, u float64) {
	switch {
	case b.State == Closed:
		e.Due, e.Reopens = 0, 0
	case b.State == Open && e.Due == 0:
		e.Due = later(now, int64(p.OpenFor(0, u)))
	case b.State == Open && b.Gen != e.Gen:
		e.Reopens = up(e.Reopens)
		e.Due = later(now, int64(p.OpenFor(e.Reopens, u)))
	}
	e.Gen = b.Gen
}
