package policy

// firstSpaced is the Try from which Session.Due spaces handshakes: the first
// loss recovers at once.
const firstSpaced = 2

// Admit says whether a call may start a handshake for its session now, or
// what it does instead. b is the breaker's word; see Breaking. On Refuse
// nothing has changed. On Later a turn may be reserved: it is the session's,
// whichever of its calls comes first. Law 10 counts the Leads.
func (p *Plan) Admit(now Time, e Endpoint, s Session, c Call, b Breaking) (Endpoint, Session, Admission) {
	if int32(s.Epoch-c.Epoch) > 0 {
		return e, s, Admission{Role: Already, Why: EpochOpened, At: now}
	}
	stage := s.Phase.Stage()
	if stage == Flying || stage == Settling {
		return e, s, Admission{Role: Follow, Why: InFlight, At: now}
	}
	if s.Phase.Has(AuthRefused) && !c.Flags.Has(NewCredential) {
		return e, s, Admission{Role: Refuse, Why: CredentialRefused, At: now}
	}
	gone := p.lose(now, s)
	if now < s.Due {
		switch {
		case stage == Reserved:
			return wait(e, s, gone, c, Paced, s.Due)
		case gone.Try >= firstSpaced:
			return wait(e, s, gone, c, BackingOff, s.Due)
		}
	}
	if b.State == 0 {
		b = p.PureBreaker(now, e)
	}
	if from, why := p.blocked(now, e, b); why != 0 {
		return p.reserve(e, s, gone, c, from, why)
	}
	why := TurnCame
	if stage != Reserved || now > later(s.Due, p.slack) {
		due, taken := p.turn(e, now)
		if due > now {
			return p.reserve(e, s, gone, c, now, Paced)
		}
		e.Turn, why = taken, WayFree
	}
	return p.lead(now, e, gone, b, why)
}

// lead gives the Lead, and a probe with it if the breaker is not closed.
func (p *Plan) lead(now Time, e Endpoint, s Session, b Breaking, why Why) (Endpoint, Session, Admission) {
	s.Phase = s.Phase&^stages | Flying
	if b.State != Closed {
		why = Probe
	}
	if b.Live {
		return e, s, Admission{Role: Lead, Why: why, At: now, Gen: b.Gen}
	}
	e = p.passes(e, b)
	return e, s, Admission{Role: Lead, Why: why, At: now, Gen: e.Gen}
}

// reserve takes a turn not before from, unless it comes after the call's end.
func (p *Plan) reserve(e Endpoint, s, gone Session, c Call, from Time, why Why) (Endpoint, Session, Admission) {
	due, taken := p.turn(e, from)
	if due > c.End {
		return e, s, Admission{Role: Refuse, Why: why, At: due}
	}
	e.Turn = taken
	gone.Phase = gone.Phase&^stages | Reserved
	gone.Due = due
	return e, gone, Admission{Role: Later, Why: why, At: due}
}

func wait(e Endpoint, s, gone Session, c Call, why Why, at Time) (Endpoint, Session, Admission) {
	if at > c.End {
		return e, s, Admission{Role: Refuse, Why: why, At: at}
	}
	return e, gone, Admission{Role: Later, Why: why, At: at}
}

// blocked says from when on the breaker may let a handshake pass, and why not now.
func (p *Plan) blocked(now Time, e Endpoint, b Breaking) (from Time, why Why) {
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

// lose notes that the present epoch is gone: once, whoever found it out. A
// session that held for a while has made up for earlier losses.
func (p *Plan) lose(now Time, s Session) Session {
	if s.Phase.Has(Gone) {
		return s
	}
	if held := now - s.Since; held >= p.holdReset && s.Try > 0 {
		s.Try -= uint8(min(int64(s.Try), held/p.holdReset))
	}
	s.Try = up(s.Try)
	s.Phase |= Gone
	return s
}
