package simulate

import (
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

// Margins are closed forms for what simulation can only try: how far a fleet
// is from keeping its server down by itself. Each is a load over what it
// meets: well below 1 a storm dies out, well above 1 it sustains itself, and
// near 1 only a run can tell. 0 means that the scenario cannot have that storm.
type Margins struct {
	// Queue is the load of handshakes that are given up while they are
	// queued, and so are sent again, with all other work. 0 where the
	// handshake's timeout is longer than the two waits, for initialize and for
	// initialized, that the queue may ask for: then nothing is given up there.
	Queue float64
	// Rejects is the work of turning handshakes away, when every client that
	// has no session tries as often as its policy lets it at last.
	Rejects float64
	// Login is the same of credentials that a provider does not give out, when
	// every user calls as usual and each call asks for one.
	Login float64
	// Table is the sessions in use over the sessions that the server
	// remembers: beyond 1 each one opened pushes another client's out.
	Table float64
	// Strays is the stale answers for each good one, without affinity: a call
	// outlives one, so beyond 1 most calls fail.
	Strays float64
	// Floor is when a server that is never idle has opened all sessions:
	// the outage, then clients x cost over the capacity that calls leave.
	Floor time.Duration
}

// Margins computes them for the policy of the clients that are governed; the
// others are taken to run policy.Named("naive-fixed").
func (s Scenario) Margins(p policy.Policy) Margins {
	v := s.Server
	naive, _ := policy.Named("naive-fixed")
	both := func(rate func(p policy.Policy) float64) float64 {
		share := s.Clients.Naive
		return float64(s.sessions() * (float64((1-share)*rate(p)) + float64(share*rate(naive))))
	}
	m := Margins{Floor: s.floor(), Table: over(s.sessions(), float64(v.Table))}
	abandoned := both(func(p policy.Policy) float64 {
		timeout := time.Duration(p.HandshakeTimeout).Seconds()
		if 2*time.Duration(v.Queue).Seconds() <= timeout {
			return 0
		}
		return 1 / (timeout + longestWait(p))
	})
	if abandoned > 0 {
		m.Queue = (float64(abandoned*v.Cost.handshake()) + s.base()) / v.Capacity
	}
	rejected := both(func(p policy.Policy) float64 { return 1 / (longestWait(p) + time.Duration(s.Clients.RTT).Seconds()) })
	m.Rejects = rejected * v.Cost.Reject / v.Capacity
	if v.Login.Capacity > 0 {
		m.Login = float64(s.Clients.Number) / time.Duration(s.Clients.Think).Seconds() * v.Login.Reject / v.Login.Capacity
	}
	if !v.Affinity {
		m.Strays = float64(v.Replicas - 1)
	}
	return m
}

// longestWait is the mean wait before a handshake that has failed for long:
// the end of the curve, or the breaker's longest open time if that is longer.
func longestWait(p policy.Policy) float64 {
	wait := time.Duration(p.Handshake.Cap).Seconds() * (1 - p.Handshake.Jitter/2)
	if p.Breaker.Trip > 0 {
		wait = max(wait, time.Duration(p.Breaker.MaxOpen).Seconds())
	}
	return wait
}

// sessions is how many the fleet has.
func (s Scenario) sessions() float64 { return float64(s.Clients.Number) * (1 - s.Clients.Modern) }

// base is the work of the fleet's calls, in units a second.
func (s Scenario) base() float64 {
	return float64(s.Clients.Number) / time.Duration(s.Clients.Think).Seconds() * s.Server.Cost.Call
}

// floor is the work-conserving bound on recovery; Never without spare capacity.
func (s Scenario) floor() time.Duration {
	w := s.Window()
	spare := s.Server.Capacity - s.base()
	if spare <= 0 {
		return Never
	}
	var share, login float64
	var down Time
	if s.Clients.Start.Lost {
		share = 1
	}
	for _, e := range s.Events {
		switch {
		case e.Every > 0: // the last replica's sessions go at the end
			return time.Duration(w.Ended-w.Trigger) - time.Duration(e.For+e.Spread)
		case e.Kind == Expire:
			login = float64(s.Clients.Number) / s.Server.Login.Capacity
		case e.Kind == Restart || e.Share == 0 && e.Kind != Mute:
			share = 1
		case e.Kind != Mute:
			share = max(share, e.Share)
		}
		if e.Kind != Forget && e.Kind != Expire {
			down = max(down, Time(e.At+e.For)-w.Trigger)
		}
	}
	work := share * s.sessions() * s.Server.Cost.handshake() / spare
	return time.Duration(down) + time.Duration(max(work, login)*float64(time.Second))
}
