package tune

import (
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

// knob is one number of a policy that is tuned: between lo and hi, in
// proportion, and at times off (0), where that means something. What a user
// decides (patience, retries) is not tuned, nor what a storm does not depend on.
type knob struct {
	lo, hi float64
	off    bool
	get    func(p *policy.Policy) float64
	set    func(p *policy.Policy, v float64)
}

// span is a knob that is a time; it counts in seconds.
func span(lo, hi float64, off bool, field func(p *policy.Policy) *policy.Duration) knob {
	return knob{
		lo, hi, off,
		func(p *policy.Policy) float64 { return time.Duration(*field(p)).Seconds() },
		func(p *policy.Policy, v float64) {
			*field(p) = policy.Duration(math.Round(v*1000)) * policy.Duration(time.Millisecond)
		},
	}
}

func number(lo, hi float64, field func(p *policy.Policy) *float64) knob {
	return knob{
		lo, hi, false,
		func(p *policy.Policy) float64 { return *field(p) },
		func(p *policy.Policy, v float64) { *field(p) = v },
	}
}

func count(lo, hi float64, off bool, field func(p *policy.Policy) *int) knob {
	return knob{
		lo, hi, off,
		func(p *policy.Policy) float64 { return float64(*field(p)) },
		func(p *policy.Policy, v float64) { *field(p) = int(math.Round(v)) },
	}
}

// The ranges go beyond what was ever found best (simulation.md, 4: splay up to
// 156 s, caps up to 474 s, handshake timeouts up to 62 s).
var knobs = []knob{
	span(1, 600, true, func(p *policy.Policy) *policy.Duration { return &p.Splay }),
	span(0.5, 30, false, func(p *policy.Policy) *policy.Duration { return &p.Handshake.Base }),
	span(5, 600, false, func(p *policy.Policy) *policy.Duration { return &p.Handshake.Cap }),
	number(1.2, 4, func(p *policy.Policy) *float64 { return &p.Handshake.Growth }),
	number(0.3, 1, func(p *policy.Policy) *float64 { return &p.Handshake.Jitter }),
	span(5, 180, false, func(p *policy.Policy) *policy.Duration { return &p.HandshakeTimeout }),
	span(0.2, 5, false, func(p *policy.Policy) *policy.Duration { return &p.Refused.Base }),
	span(1, 30, false, func(p *policy.Policy) *policy.Duration { return &p.Refused.Cap }),
	count(3, 30, true, func(p *policy.Policy) *int { return &p.Breaker.Trip }),
	span(1, 60, false, func(p *policy.Policy) *policy.Duration { return &p.Breaker.Open }),
	number(1, 2, func(p *policy.Policy) *float64 { return &p.Breaker.Growth }),
	number(0.2, 0.5, func(p *policy.Policy) *float64 { return &p.Breaker.Jitter }),
	count(1, 7, false, func(p *policy.Policy) *int { return &p.Breaker.Probes }),
}

// shared are the knobs of what a process's sessions share: they matter only
// where it has many.
var shared = []knob{
	span(0.001, 0.5, false, func(p *policy.Policy) *policy.Duration { return &p.Pacing.Every }),
	count(1, 100, false, func(p *policy.Policy) *int { return &p.Pacing.Burst }),
}

// at turns the knob to the share u of its range, which is in [0,1).
func (k knob) at(p *policy.Policy, u float64) {
	const offShare = 0.1
	if k.off {
		if u < offShare {
			k.set(p, 0)
			return
		}
		u = (u - offShare) / (1 - offShare)
	}
	k.set(p, rounded(k.lo*math.Pow(k.hi/k.lo, u)))
}

// nudge turns the knob a little: by up to a factor of e, or from off to on.
func (k knob) nudge(p *policy.Policy, u float64) {
	v := k.get(p)
	if v == 0 {
		k.at(p, u)
		return
	}
	k.set(p, rounded(min(max(v*math.Exp(2*u-1), k.lo), k.hi)))
}

// rounded keeps two digits, so that a file reads well and the last bit of a
// machine's logarithm decides nothing.
func rounded(v float64) float64 {
	r, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 2, 64), 64)
	return r
}

// consistent mends what two knobs made impossible together.
func consistent(p policy.Policy) policy.Policy {
	p.Handshake.Cap = max(p.Handshake.Cap, p.Handshake.Base)
	p.Refused.Cap = max(p.Refused.Cap, p.Refused.Base)
	p.Breaker.MaxOpen = max(p.Breaker.MaxOpen, p.Breaker.Open)
	return p
}

// spread draws n policies so that every knob takes each nth of its range once
// (a Latin hypercube).
func spread(random *rand.Rand, from policy.Policy, turned []knob, n int) []policy.Policy {
	all := make([]policy.Policy, n)
	for i := range all {
		all[i] = from
	}
	for _, k := range turned {
		for i, stratum := range random.Perm(n) {
			k.at(&all[i], (float64(stratum)+random.Float64())/float64(n))
		}
	}
	for i := range all {
		all[i] = consistent(all[i])
	}
	return all
}

// mutant is a policy with about a third of its knobs nudged.
func mutant(random *rand.Rand, p policy.Policy, turned []knob) policy.Policy {
	sure := random.IntN(len(turned))
	for i, k := range turned {
		if u := random.Float64(); i == sure || random.IntN(3) == 0 {
			k.nudge(&p, u)
		}
	}
	return consistent(p)
}

// tunedLike has the knobs where another policy has them, and the rest as it was.
func tunedLike(from, other policy.Policy, turned []knob) policy.Policy {
	for _, k := range turned {
		k.set(&from, k.get(&other))
	}
	return consistent(from)
}
