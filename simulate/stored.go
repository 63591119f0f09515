package simulate

import "github.com/mcprecover/mcprecover/policy"

// stored is a client as it lies in a pile: 112 bytes. Its instants have 48
// bits, three days, which is beyond all that a run and a policy can make.
type stored struct {
	low  [instants]uint32
	high [instants]uint16

	epoch, lastEpoch    uint32
	id                  uint32
	token, next         Token
	begun, flown, calls uint32
	spent               int16
	fails, breaker      uint16
	draws, gen          uint16
	got, came, heard    answer
	try, odd            uint8
	reopens, half       uint8
	sends, dials, lost  uint8
	drawn, tries        uint8
	phase               policy.Phase
	flags               policy.Flags
	doing               doing
	flying              flying
	stream              streaming
	marks               marks
}

// The instants of a client.
const (
	callAt = iota
	flightAt
	streamAt
	sessionDue
	sessionSince
	turn
	breakerDue
	callEnd

	instants = iota
)

const farthest = 1<<48 - 1

func (s *stored) put(which int, t Time) {
	t = min(t, farthest)
	s.low[which], s.high[which] = uint32(t), uint16(t>>32)
}

func (s *stored) time(which int) Time { return Time(s.high[which])<<32 | Time(s.low[which]) }

// store makes a client its stored form.
func (s *stored) store(c *client) {
	s.put(callAt, c.callAt)
	s.put(flightAt, c.flightAt)
	s.put(streamAt, c.streamAt)
	s.put(sessionDue, c.session.Due)
	s.put(sessionSince, c.session.Since)
	s.put(turn, c.endpoint.Turn)
	s.put(breakerDue, c.endpoint.Due)
	s.put(callEnd, c.call.End)
	s.epoch, s.try, s.odd, s.phase = c.session.Epoch, c.session.Try, c.session.Odd, c.session.Phase
	s.spent, s.fails, s.breaker, s.reopens, s.half = c.endpoint.Spent, c.endpoint.Fails, c.endpoint.Gen, c.endpoint.Reopens, c.endpoint.Half
	s.lastEpoch, s.sends, s.dials, s.lost, s.flags = c.call.Epoch, c.call.Sends, c.call.Dials, c.call.Lost, c.call.Flags
	s.id, s.token, s.next, s.begun, s.flown, s.calls = c.id, c.token, c.next, c.begun, c.flown, c.calls
	s.draws, s.drawn, s.tries, s.gen = c.draws, c.drawn, c.tries, c.gen
	s.got, s.came, s.heard = c.got, c.came, c.heard
	s.doing, s.flying, s.stream, s.marks = c.doing, c.flying, c.stream, c.marks
}

// load is the client of a stored form.
func (s *stored) load(c *client) {
	c.callAt, c.flightAt, c.streamAt = s.time(callAt), s.time(flightAt), s.time(streamAt)
	if c.flightAt == farthest {
		c.flightAt = never
	}
	if c.streamAt == farthest {
		c.streamAt = never
	}
	c.session = policy.Session{Due: s.time(sessionDue), Since: s.time(sessionSince), Epoch: s.epoch, Try: s.try, Odd: s.odd, Phase: s.phase}
	c.endpoint = policy.Endpoint{Turn: s.time(turn), Due: s.time(breakerDue), Spent: s.spent, Fails: s.fails, Gen: s.breaker, Reopens: s.reopens, Half: s.half}
	c.call = policy.Call{End: s.time(callEnd), Epoch: s.lastEpoch, Sends: s.sends, Dials: s.dials, Lost: s.lost, Flags: s.flags}
	c.id, c.token, c.next, c.begun, c.flown, c.calls = s.id, s.token, s.next, s.begun, s.flown, s.calls
	c.draws, c.drawn, c.tries, c.gen = s.draws, s.drawn, s.tries, s.gen
	c.got, c.came, c.heard = s.got, s.came, s.heard
	c.doing, c.flying, c.stream, c.marks = s.doing, s.flying, s.stream, s.marks
}
