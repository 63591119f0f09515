package policy

import "time"

// Opened notes that the handshake was answered and the session's state is
// restored: waiting calls go on, on the next epoch. Whether that holds, Settle
// will say. Without a Lead before it nothing changes.
func (p *Plan) Opened(now Time, s Session) Session {
	if s.Phase.Stage() != Flying {
		return s
	}
	s.Epoch++
	s.Since = now
	s.Odd = 0
	s.Phase = Settling
	return s
}

// Settle notes how the handshake of a Lead ended; it is called once for each
// Lead, whatever happened. b carries the Lead's Admission.Gen, or the word of a
// live breaker after its done; see Breaking. hint is the Retry-After of the
// handshake's answer, u in [0,1) draws the session's and the breaker's waits.
func (p *Plan) Settle(now Time, e Endpoint, s Session, b Breaking, end Ending, hint time.Duration, u float64) (Endpoint, Session) {
	if b.Live {
		p.follow(now, &e, &b, u)
	} else {
		p.judge(now, &e, &b, end, u)
	}
	p.land(now, &s, end, hint, u)
	return e, s
}

// land takes the session out of its flight. The wait after a success is for
// the next loss, which raises Try to the place that the wait was drawn for.
func (p *Plan) land(now Time, s *Session, end Ending, hint time.Duration, u float64) {
	stage := s.Phase.Stage()
	if stage != Flying && stage != Settling {
		return
	}
	place := int(s.Try) - (firstSpaced - 1)
	own := int64(p.handshake.draw(place, u))
	s.Phase &^= stages
	switch end {
	case Failed, Lost:
		s.Try = up(s.Try)
		s.Phase |= Gone
		hint := p.capped(int64(hint))
		own = max(own, hint) + int64(float64(hint)*float64(hintJitter*unit(u)))
	case Held:
	case Alive:
		if stage == Flying {
			s.Phase |= AuthRefused
			return
		}
	default: // Refused, Abandoned: it says nothing about the session
		return
	}
	s.Due = later(now, own)
}
