package simulate

import "time"

// Birth is what the agreement test must know of a client that a run makes:
// when it calls first, its session, and whether it listens on a stream.
func (r Run) Birth(id uint32, s *Server) (first Time, token Token, listens bool) {
	w := &world{scenario: r.Scenario, chance: Chance(r.Seed), server: s}
	c := w.birth(id)
	return c.callAt, c.token, c.stream == attached
}

// After is when the user calls again after a call that ended.
func (r Run) After(id, call uint32, ended Time) Time {
	w := &world{scenario: r.Scenario, chance: Chance(r.Seed)}
	return w.after(id, call, ended)
}

// RTT is a client's round trip.
func (r Run) RTT(id uint32) time.Duration {
	w := &world{chance: Chance(r.Seed), rtt: int64(r.Scenario.Clients.RTT), spread: int64(r.Scenario.Clients.Spread)}
	return time.Duration(w.rttOf(id))
}
