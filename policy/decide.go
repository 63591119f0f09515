package policy

import (
	"math"

	"github.com/mcprecover/mcprecover/classify"
)

// Decide says what becomes of a call whose send has ended, or whose session's
// handshake has failed. u is in [0,1). It returns what it has counted.
func (p *Plan) Decide(now Time, e Endpoint, s Session, c Call, x Outcome, u float64) (Endpoint, Session, Call, Decision) {
	d := p.decide(now, &e, &s, &c, &x, u)
	return e, s, c, d
}

// decide is Decide on its own copies: what is handed from step to step by value
// costs more than the steps.
func (p *Plan) decide(now Time, e *Endpoint, s *Session, c *Call, x *Outcome, u float64) Decision {
	if x.Sent {
		c.Sends = up(c.Sends)
	} else {
		c.Dials = up(c.Dials)
	}
	switch x.Class {
	case classify.OK:
		p.credit(e, s, 1)
		return Decision{Return, Served, now}
	case classify.Auth:
		s.answered(c)
		return Decision{Return, AuthRequired, now}
	case classify.Fatal:
		if x.Reason == classify.Cancelled {
			return Decision{Fail, CallerGone, now}
		}
		if x.Reason == classify.VersionRefused && x.Sent && c.Flags.Has(Negotiated) {
			return p.lost(now, s, c, x, u, VersionLost)
		}
		s.answered(c)
		return Decision{Return, RefusedForGood, now}
	case classify.Stale:
		if x.Sent {
			return p.lost(now, s, c, x, u, SessionLost)
		}
		return p.unsent(now, s, c, x, u) // a handshake's: the call itself lost nothing
	case classify.Transient:
		if x.Sent {
			return p.retry(now, e, s, c, x, u)
		}
		return p.unsent(now, s, c, x, u)
	}
	return Decision{Fail, Unclassified, now}
}

// lost decides after an answer that says that the session is gone.
func (p *Plan) lost(now Time, s *Session, c *Call, x *Outcome, u float64, why Why) Decision {
	c.Lost = up(c.Lost)
	s.answered(c)
	at, inTime := p.due(now, c, 0, int64(x.Hint), u)
	switch {
	case c.Lost > 1:
		return Decision{Fail, LostTwice, s.notBefore(at)}
	case !mayRepeat(c, x):
		return Decision{Renew, OutcomeUnknown, at}
	case !c.Flags.Has(Replayable):
		return Decision{Renew, NotReplayable, at}
	case c.Sends > p.sends:
		return Decision{Fail, RetriesSpent, at}
	case now > c.End:
		return Decision{Fail, PatienceSpent, at}
	case !inTime:
		return Decision{Fail, HintTooFar, at}
	}
	return Decision{Recover, why, at}
}

// retry decides after a transient answer, or none, to a request that may have
// reached the server.
func (p *Plan) retry(now Time, e *Endpoint, s *Session, c *Call, x *Outcome, u float64) Decision {
	suspect := p.suspect(s, c, x)
	at, spent := p.wait(now, c, x, u)
	switch {
	case !mayRepeat(c, x):
		spent = OutcomeUnknown
	case !c.Flags.Has(Replayable):
		spent = NotReplayable
	case c.Sends >= p.sends+min(c.Lost, 1):
		spent = RetriesSpent
	case spent == 0 && !p.affords(e):
		spent = TokensSpent
	}
	switch {
	case spent != 0 && suspect:
		return Decision{Renew, HiddenLoss, at}
	case spent != 0:
		return Decision{Fail, spent, at}
	}
	p.pay(e)
	switch {
	case suspect:
		return Decision{Recover, HiddenLoss, at}
	case x.Executed == classify.No:
		return Decision{Resend, NotExecuted, at}
	}
	return Decision{Resend, AssumedSafe, at}
}

// unsent decides for a call that never left: its dial was refused, or the
// handshake that it waited for failed.
func (p *Plan) unsent(now Time, s *Session, c *Call, x *Outcome, u float64) Decision {
	at, spent := p.wait(now, c, x, u)
	waiting := s.Phase.Has(Gone) && c.Epoch == s.Epoch
	switch {
	case !c.Flags.Has(Replayable):
		return Decision{Fail, NotReplayable, at}
	case int(c.Dials) >= p.maxDials && !c.Flags.Has(Background):
		return Decision{Fail, RetriesSpent, at}
	case spent != 0:
		return Decision{Fail, spent, at}
	case !waiting:
		return Decision{Resend, NeverSent, at}
	}
	if at = s.notBefore(at); at > c.End {
		return Decision{Fail, BackingOff, at}
	}
	return Decision{Recover, StillLost, at}
}

// wait is when the call may try again, by its own curve and the server's
// hint, or why it may not.
func (p *Plan) wait(now Time, c *Call, x *Outcome, u float64) (at Time, spent Why) {
	room := p.room(now, c)
	own := p.own(c, x, u)
	if room <= 0 {
		at, _ = p.due(now, c, own, int64(x.Hint), u)
		return at, PatienceSpent
	}
	at, ok := p.due(now, c, min(own, room), int64(x.Hint), u)
	if !ok {
		return at, HintTooFar
	}
	return at, 0
}

// own is the wait that the curve asks for. A call that waited for a handshake
// which was answered, or timed out, leaves the spacing to Session.Due.
func (p *Plan) own(c *Call, x *Outcome, u float64) int64 {
	curve := &p.refused
	switch {
	case c.Flags.Has(Background):
		curve = &p.handshake
	case !x.Sent && x.Reason != classify.NeverSent && x.Reason != 0:
		return p.least
	}
	place := int(c.Dials) + int(c.Sends) - int(c.Lost) - 1
	return max(int64(curve.draw(place, u)), p.least)
}

// suspect counts transient answers in a row on the present epoch. An answer
// with a Retry-After explains itself: that is load, not a loss.
func (p *Plan) suspect(s *Session, c *Call, x *Outcome) bool {
	answered := x.Reason != classify.MaybeSent && x.Reason != classify.TimedOut
	if p.hidden == 0 || !answered || x.Hint > 0 || !c.Flags.Has(HasID) || c.Epoch != s.Epoch || s.Phase.Stage() != Idle {
		return false
	}
	if s.Odd = up(s.Odd); s.Odd < p.hidden {
		return false
	}
	s.Odd = 0
	return true
}

// answered ends a row of transient answers: the server spoke of this session.
func (s *Session) answered(c *Call) {
	if c.Epoch == s.Epoch {
		s.Odd = 0
	}
}

// notBefore is t, or the session's place on the handshake curve if that is later.
func (s *Session) notBefore(t Time) Time {
	if s.Try < firstSpaced {
		return t
	}
	return max(t, s.Due)
}

// mayRepeat reports whether sending the request again cannot run it twice, or
// does no harm if it does.
func mayRepeat(c *Call, x *Outcome) bool { return x.Executed == classify.No || c.Flags.Has(Safe) }

// up counts to 255 and stays there.
func up(n uint8) uint8 {
	if n < math.MaxUint8 {
		n++
	}
	return n
}
