package nethttp

import (
	"time"

	"github.com/sony/gobreaker"

	"github.com/mcprecover/mcprecover/policy"
)

// breaker is gobreaker behind the policy's gate. gobreaker counts failures and
// hands out probes; when an open breaker may be tried is the gate's matter,
// which Settle keeps in policy.Endpoint.Due. It is used under the endpoint's
// lock alone.
//
// gobreaker's State is never called: with the smallest Timeout it would turn
// an open breaker half-open by being looked at.
type breaker struct {
	two   *gobreaker.TwoStepCircuitBreaker
	state policy.BreakerState
	gen   uint16 // counts the changes of state
	told  uint16 // gen when news was asked for last
}

func newBreaker(plan *policy.Plan) *breaker {
	b := &breaker{state: policy.Closed}
	b.two = gobreaker.NewTwoStepCircuitBreaker(gobreaker.Settings{
		MaxRequests:   plan.Probes(),
		Interval:      0, // only a success resets the count
		Timeout:       time.Nanosecond,
		ReadyToTrip:   func(c gobreaker.Counts) bool { return plan.Trip(c.ConsecutiveFailures) },
		OnStateChange: func(_ string, _, to gobreaker.State) { b.moved(to) },
	})
	return b
}

// moved runs inside gobreaker's own lock: it may only note the state.
func (b *breaker) moved(to gobreaker.State) {
	b.gen++
	switch to {
	case gobreaker.StateOpen:
		b.state = policy.Open
	case gobreaker.StateHalfOpen:
		b.state = policy.HalfOpen
	default:
		b.state = policy.Closed
	}
}

// news is the state now, and whether it changed since news was asked for last.
func (b *breaker) news() (state policy.BreakerState, moved bool) {
	moved = b.told != b.gen
	b.told = b.gen
	return b.state, moved
}

// word is what Admit and Settle are told: free is 0 once Allow has refused.
func (b *breaker) word(free uint8) policy.Breaking {
	return policy.Breaking{State: b.state, Gen: b.gen, Free: free, Live: true}
}

// report gives a handshake's verdict to gobreaker: what Breaking's
// documentation asks for. A refused dial and a handshake given up say nothing
// about the server, but a probe must be given back.
func report(done func(success bool), ending policy.Ending, probe bool) {
	switch ending {
	case policy.Held, policy.Alive:
		done(true)
	case policy.Failed, policy.Lost:
		done(false)
	default:
		if probe {
			done(false)
		}
	}
}
