package policy

// firstSpaced is the Try from which Session.Due spaces handshakes: the first
// loss recovers at once.
const firstSpaced = 2

// Admit says whether a call may start a handshake for its session now, or
// what it does instead. b is the breaker's word; see Breaking. On Refuse
// nothing has changed. On Later a turn may be reserved: it is the session's,
// whichever of its calls comes first. Law 10 counts the Leads.
func (p *Plan) Admit(now Time, e Endpoint, s Session, c Call, b Breaking) (Endpoint, Session, Admission) {
	a := p.admit(now, &e, &s, &c, &b)
	return e, s, a
}

// admit is Admit on its own copies.
func (p *Plan) admit(now Time, e *Endpoint, s *Session, c *Call, b *Breaking) Admission {
	if int32(s.Epoch-c.Epoch) > 0 {
		return Admission{Role: Already, Why: EpochOpened, At: now}
	}
	stage := s.Phase.Stage()
	if stage == Flying || stage == Settling {
		return Admission{Role: Follow, Why: InFlight, At: now}
	}
	if s.Phase.Has(AuthRefused) && !c.Flags.Has(NewCredential) {
		return Admission{Role: Refuse, Why: CredentialRefused, At: now}
	}
	try := p.tries(now, s)
	if now < s.Due {
		switch {
		case stage == Reserved:
			return s.wait(c, try, Paced)
		case try >= firstSpaced:
			return s.wait(c, try, BackingOff)
		}
	}
	if b.State == 0 {
		*b = p.word(now, e)
	}
	if from, why := p.blocked(now, e, b); why != 0 {
		return p.reserve(e, s, c, try, from, why)
	}
	why := TurnCame
	if stage != Reserved || now > later(s.Due, p.slack) {
		due, taken := p.turn(e, now)
		if due > now {
			return p.reserve(e, s, c, try, now, Paced)
		}
		e.Turn, why = taken, WayFree
	}
	s.lose(try)
	return p.lead(now, e, s, b, why)
}

// lead gives the Lead, and a probe with it if the breaker is not closed.
func (p *Plan) lead(now Time, e *Endpoint, s *Session, b *Breaking, why Why) Admission {
	s.Phase = s.Phase&^stages | Flying
	if b.State != Closed {
		why = Probe
	}
	if b.Live {
		return Admission{Role: Lead, Why: why, At: now, Gen: b.Gen}
	}
	p.passes(e, b)
	return Admission{Role: Lead, Why: why, At: now, Gen: e.Gen}
}

// reserve takes a turn not before from, unless it comes after the call's end.
func (p *Plan) reserve(e *Endpoint, s *Session, c *Call, try uint8, from Time, why Why) Admission {
	due, taken := p.turn(e, from)
	if due > c.End {
		return Admission{Role: Refuse, Why: why, At: due}
	}
	e.Turn = taken
	s.lose(try)
	s.Phase = s.Phase&^stages | Reserved
	s.Due = due
	return Admission{Role: Later, Why: why, At: due}
}

func (s *Session) wait(c *Call, try uint8, why Why) Admission {
	if s.Due > c.End {
		return Admission{Role: Refuse, Why: why, At: s.Due}
	}
	s.lose(try)
	return Admission{Role: Later, Why: why, At: s.Due}
}

// blocked says from when on the breaker may let a handshake pass, and why not now.
func (p *Plan) blocked(now Time, e *Endpoint, b *Breaking) (from Time, why Why) {
	if b.State == Closed {
		return 0, 0
	}
	due := b.Due
	if b.Live {
		due = max(due, e.Due)
	}
	switch {
	case now < due:
		return due, BreakerOpen
	case b.Free == 0:
		return later(now, p.poll()), ProbesOut
	}
	return 0, 0
}

// tries is the session's Try with the loss of its present epoch counted: once,
// whoever found it out. A session that held for a while has made up for
// earlier losses.
func (p *Plan) tries(now Time, s *Session) uint8 {
	if s.Phase.Has(Gone) {
		return s.Try
	}
	try := s.Try
	if held := now - s.Since; held >= p.holdReset && try > 0 {
		try -= uint8(min(int64(try), held/p.holdReset))
	}
	return up(try)
}

// lose notes that the present epoch is gone.
func (s *Session) lose(try uint8) {
	s.Try = try
	s.Phase |= Gone
}
