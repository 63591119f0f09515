package tune

import (
	"time"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
)

// Closed is the policy that the closed forms of a scenario give: streams are
// spread over 1.25 times the time in which the server can open all sessions
// beside its calls, a handshake may take as long as two full queues, and the
// curve's top is the time to open all sessions. It is a start for a search.
func Closed(s simulate.Scenario, from policy.Policy) policy.Policy {
	v := s.Server
	calls := float64(s.Clients.Number) / time.Duration(s.Clients.Think).Seconds() * v.Cost.Call
	spare := v.Capacity - calls
	if spare <= 0 {
		return from
	}
	seconds := func(x float64) policy.Duration {
		return policy.Duration(rounded(min(max(x, 1), 3600)) * float64(time.Second))
	}
	drain := float64(s.Clients.Number) * (v.Cost.Initialize + v.Cost.Initialized) / spare
	from.Splay = seconds(1.25 * drain)
	from.HandshakeTimeout = max(from.HandshakeTimeout, seconds(2.2*time.Duration(v.Queue).Seconds()))
	from.Handshake.Cap = max(from.Handshake.Cap, seconds(drain))
	return consistent(from)
}
