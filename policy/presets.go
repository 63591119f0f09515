package policy

import "slices"

// Preset is a named policy with the source of its numbers.
type Preset struct {
	Name   string
	Source string // what it is, and where its numbers come from
	Policy Policy
}

// Presets lists the named policies, Default first. Those of other libraries
// are their numbers on our rules: one recovery per session, one resend after a
// loss, nothing run twice; what they have no rule for is off.
func Presets() []Preset { return slices.Clone(presets) }

// Named returns the policy of that name, and whether there is one.
func Named(name string) (Policy, bool) {
	for _, p := range presets {
		if p.Name == name {
			return p.Policy, true
		}
	}
	return Policy{}, false
}

var presets = []Preset{
	{"default", "for a fleet of unknown size and a server of unknown capacity", Default()},
	{"aggressive", "for one person and a server of one's own: quicker tries, a breaker that opens late", preset(func(p *Policy) {
		p.Refused.Curve = Curve{200 * millisecond, 2 * second, 2, 1}
		p.Handshake = Curve{500 * millisecond, 15 * second, 2, 1}
		p.Retries = 4
		p.Splay = 2 * second
		p.Breaker.Trip, p.Breaker.Open = 20, 3*second
		p.Tokens = Tokens{Full: 50, Cost: 1, Earn: 0.5}
	})},
	{"gentle", "for large fleets of one server: slower curves, wider splay, half the handshakes a second", preset(func(p *Policy) {
		p.Patience = 120 * second
		p.Refused.Curve = Curve{1 * second, 15 * second, 2, 1}
		p.Handshake = Curve{4 * second, 240 * second, 2, 1}
		p.HandshakeTimeout = 60 * second
		p.Splay = 150 * second
		p.Breaker.Trip = 5
		p.Pacing = Pacing{Every: 10 * millisecond, Burst: 5, Slack: 2 * second}
	})},
	{"aws-standard", "AWS SDKs, standard retry mode: 3 attempts, full jitter 1 s .. 20 s, token bucket 500, 5 a retry, 1 back a success", unguarded(func(p *Policy) {
		p.Retries = 2
		p.Refused.Curve = Curve{1 * second, 20 * second, 2, 1}
		p.Handshake = p.Refused.Curve
		p.Tokens = Tokens{Full: 500, Cost: 5, Earn: 1}
	})},
	{"grpc", "gRPC: connection backoff 1 s x 1.6 .. 120 s ± 20 %, gRFC A6 retries with maxTokens 10 (it stops at half) and tokenRatio 0.1", unguarded(func(p *Policy) {
		p.Retries = 3
		p.Refused.Curve = Curve{1200 * millisecond, 144 * second, 1.6, 1. / 3} // [0.8, 1.2] of 1 s .. 120 s
		p.Handshake = p.Refused.Curve
		p.HandshakeTimeout = 20 * second // MIN_CONNECT_TIMEOUT
		p.Tokens = Tokens{Full: 5, Cost: 1, Earn: 0.1}
	})},
	{"finagle", "Finagle: RetryBudget 20 % (its floor of 10/s for 10 s is the bucket), failure accrual 5 in a row, 5 s .. 300 s equal jitter", unguarded(func(p *Policy) {
		p.Retries = 2
		p.Tokens = Tokens{Full: 100, Cost: 1, Earn: 0.2}
		p.Breaker = Breaker{Trip: 5, Open: 5 * second, Growth: 2, MaxOpen: 300 * second, Jitter: 0.5, Probes: 1}
	})},
	{"envoy", "Envoy: retry back-off 25 ms .. 250 ms full jitter, 1 retry, outlier ejection 5 in a row, 30 s .. 300 s", unguarded(func(p *Policy) {
		p.Retries = 1
		p.Refused.Curve = Curve{25 * millisecond, 250 * millisecond, 2, 1}
		p.Refused.Min = 5 * millisecond
		p.Handshake = p.Refused.Curve
		p.Breaker = Breaker{Trip: 5, Open: 30 * second, Growth: 2, MaxOpen: 300 * second, Probes: 1}
	})},
	{"full-jitter", "the AWS Architecture Blog's full jitter, 0.5 s .. 30 s, and nothing else", unguarded(func(p *Policy) {
		p.Refused.Curve = Curve{500 * millisecond, 30 * second, 2, 1}
		p.Handshake = p.Refused.Curve
	})},
	{"fixed-breaker", "full-jitter behind a usual breaker: 5 failures, 30 s open, neither growth nor jitter", unguarded(func(p *Policy) {
		p.Refused.Curve = Curve{500 * millisecond, 30 * second, 2, 1}
		p.Handshake = p.Refused.Curve
		p.Breaker = Breaker{Trip: 5, Open: 30 * second, Growth: 1, MaxOpen: 30 * second, Probes: 1}
	})},
	{"naive-fixed", "what most clients do: every second, for ever the same, no limit but patience", unguarded(func(p *Policy) {
		p.Retries = 10
		p.Refused.Curve = Curve{1 * second, 1 * second, 1, 0}
		p.Handshake = p.Refused.Curve
	})},
}

// preset is Default with changes.
func preset(change func(*Policy)) Policy {
	p := Default()
	change(&p)
	return p
}

// unguarded is Default without its budgets, splay and breaker, with changes.
func unguarded(change func(*Policy)) Policy {
	return preset(func(p *Policy) {
		p.Splay = 0
		p.HiddenLossAfter = 0
		p.Breaker.Trip = 0
		p.Pacing.Every = 0
		p.Tokens = Tokens{}
		change(p)
	})
}
