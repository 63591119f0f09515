package simulate

import (
	"cmp"
	"slices"
)

// change is one step of a server's fate.
type change struct {
	at   Time
	does func(s *Server, now Time)
}

// stop is one restart: of one replica, or of all.
type stop struct {
	event    uint32
	node     int // -1: all
	from, to Time
	spread   int64
}

// loss takes the sessions of some clients, each at its own time.
type loss struct {
	event  uint32
	at     Time
	spread int64
	share  float64
}

// window is a time in which some clients get no answer.
type window struct {
	event    uint32
	from, to Time
	share    float64
}

// hits reports whether an event befalls a client. Whom it befalls is the same
// in every run of a seed.
func (c Chance) hits(event uint32, client uint32, share float64) bool {
	return share == 0 || share >= 1 || below(c.bits(forEvent, client, uint64(event)<<1), share)
}

// notices is how long after an event the client notices it.
func (c Chance) notices(event uint32, client uint32, spread int64) int64 {
	if spread == 0 {
		return 0
	}
	return within(c.bits(forEvent, client, uint64(event)<<1|1), spread)
}

// when is the time at which the loss hits the client; never if it does not.
func (l *loss) when(c Chance, client uint32) Time {
	if !c.hits(l.event, client, l.share) {
		return never
	}
	return l.at + c.notices(l.event, client, l.spread)
}

func (w *window) covers(c Chance, client uint32, now Time) bool {
	return w.from <= now && now < w.to && c.hits(w.event, client, w.share)
}

// plan turns a scenario's events into the server's schedule.
func (s *Server) plan(events []Event) {
	for i, e := range events {
		event, at, spread := uint32(i), Time(e.At), int64(e.Spread)
		w := window{event, at, at + int64(e.For), e.Share}
		switch e.Kind {
		case Restart:
			if e.Every == 0 {
				s.stops = append(s.stops, stop{event, -1, w.from, w.to, spread})
				break
			}
			for k := range s.nodes {
				from := at + int64(k)*int64(e.Every)
				s.stops = append(s.stops, stop{event, k, from, from + int64(e.For), spread})
			}
		case Forget:
			s.losses = append(s.losses, loss{event, at, spread, e.Share})
		case Cut:
			s.cuts = append(s.cuts, w)
			s.losses = append(s.losses, loss{event, w.to, spread, e.Share})
		case Mute:
			s.mutes = append(s.mutes, w)
		case Expire:
			s.expired = min(s.expired, at)
			s.refreshed = newBitset(s.clients)
		}
	}
	for _, x := range s.stops {
		s.changes = append(s.changes, change{x.from, func(s *Server, now Time) { s.stop(x) }}, change{x.to, func(s *Server, now Time) { s.resume(x, now) }})
	}
	for _, l := range s.losses {
		s.changes = append(s.changes, change{l.at, func(s *Server, now Time) { s.partial = append(s.partial, l) }})
		if l.share == 0 || l.share >= 1 { // all are hit by then
			s.changes = append(s.changes, change{l.at + l.spread, func(s *Server, now Time) { s.forgotten(l) }})
		}
	}
	slices.SortStableFunc(s.changes, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	for k := range s.nodes {
		s.nodes[k].nextDown = s.nextDown(k, -1)
	}
	s.due = s.dueNext()
}

// advance makes the changes that are due by now.
func (s *Server) advance(now Time) {
	for s.due <= now {
		c := s.changes[s.changed]
		s.changed++
		c.does(s, c.at)
		s.due = s.dueNext()
	}
}

func (s *Server) dueNext() Time {
	if s.changed == len(s.changes) {
		return never
	}
	return s.changes[s.changed].at
}

func (s *Server) nextDown(node int, after Time) Time {
	next := never
	for _, x := range s.stops {
		if x.from > after && (x.node < 0 || x.node == node) {
			next = min(next, x.from)
		}
	}
	return next
}

func (s *Server) stop(x stop) {
	for k := range s.nodes {
		if x.node < 0 || x.node == k {
			s.nodes[k].stop()
		}
	}
	s.table.clear()
	s.listUp()
}

func (s *Server) resume(x stop, now Time) {
	for k := range s.nodes {
		if x.node < 0 || x.node == k {
			s.nodes[k].resume(now*ticks, s.spec.ColdShare, int64(s.spec.ColdRamp)*ticks, s.nextDown(k, now))
			s.anyFresh = true
		}
	}
	s.listUp()
}

func (s *Server) listUp() {
	s.up = s.up[:0]
	for k := range s.nodes {
		if !s.nodes[k].down {
			s.up = append(s.up, uint16(k))
		}
	}
}

// forgotten ends a loss that has hit everybody.
func (s *Server) forgotten(l loss) {
	s.partial = slices.DeleteFunc(s.partial, func(p loss) bool { return p.event == l.event })
	for k := range s.nodes {
		s.nodes[k].generation++
	}
	s.table.clear()
}

// outage is the time, from an instant on, for which no replica is up; 0: one is.
func (s *Server) outage(at Time) int64 {
	for _, x := range s.stops {
		if (x.node < 0 || len(s.nodes) == 1) && x.from <= at && at < x.to {
			return x.to - at
		}
	}
	return 0
}

// Accepts reports whether somebody accepts connections now: a replica, or the
// proxy in front of them. A real server on this value refuses connections
// while it is false.
func (s *Server) Accepts(now Time) bool {
	s.advance(now)
	return len(s.up) > 0 || s.spec.Down != "refused"
}

// Breaks is the first instant after another at which a listening stream on a
// session breaks, from the schedule alone; the last instant there is, if none.
func (s *Server) Breaks(client uint32, token Token, after Time) Time {
	first := never
	note := func(t Time) {
		if t > after {
			first = min(first, t)
		}
	}
	node := s.nodeOf(token)
	for _, x := range s.stops {
		if x.node < 0 || x.node == node {
			note(x.from + s.chance.notices(x.event, client, x.spread))
		}
	}
	for _, l := range s.losses {
		note(l.when(s.chance, client))
	}
	return first
}
