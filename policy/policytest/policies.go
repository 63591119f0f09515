package policytest

import (
	"time"

	"pgregory.net/rapid"

	"github.com/mcprecover/mcprecover/policy"
)

// Policies generates valid policies: some named, most of them drawn field by
// field between extremes that are far apart but let a history be short.
func Policies() *rapid.Generator[policy.Policy] {
	return rapid.Custom(func(t *rapid.T) policy.Policy {
		p := policy.Default()
		if rapid.IntRange(0, 7).Draw(t, "default") == 0 {
			return p
		}
		between := func(name string, lo, hi time.Duration) policy.Duration {
			return policy.Duration(rapid.Int64Range(int64(lo), int64(hi)).Draw(t, name))
		}
		p.Patience = policy.Duration(rapid.SampledFrom(patience).Draw(t, "patience"))
		p.Retries = rapid.IntRange(0, 4).Draw(t, "retries")
		p.Refused.Curve = curves(t, "refused", 50*time.Millisecond)
		p.Refused.Min = between("min", max(20*time.Millisecond, time.Duration(p.Patience)/maxTries), time.Second)
		p.Refused.LastTry = between("last_try", 0, time.Second)
		p.Handshake = curves(t, "handshake", 100*time.Millisecond)
		p.HoldReset = between("hold_reset", time.Millisecond, 5*time.Minute)
		p.HiddenLossAfter = rapid.IntRange(0, 4).Draw(t, "hidden")
		p.HintMax = between("hint_max", 0, 2*time.Minute)
		p.Breaker = policy.Breaker{
			Trip:   rapid.SampledFrom([]int{1, 2, 1, 3, 0}).Draw(t, "trip"),
			Open:   between("open", 10*time.Millisecond, 20*time.Second),
			Growth: rapid.Float64Range(1, 3).Draw(t, "open_growth"),
			Jitter: rapid.SampledFrom([]float64{0, 0.2, 0.35, 0.5}).Draw(t, "open_jitter"),
			Probes: rapid.SampledFrom([]int{1, 2, 3, 7}).Draw(t, "probes"),
		}
		p.Breaker.MaxOpen = p.Breaker.Open + between("max_open", 0, time.Minute)
		p.Pacing = policy.Pacing{
			Every: policy.Duration(rapid.SampledFrom(every).Draw(t, "every")),
			Burst: rapid.IntRange(1, 3).Draw(t, "burst"),
			Slack: between("slack", 0, 2*time.Second),
		}
		p.Tokens = policy.Tokens{
			Full: float64(rapid.IntRange(0, 40).Draw(t, "full")) / 10,
			Cost: float64(rapid.IntRange(0, 20).Draw(t, "cost")) / 10,
			Earn: float64(rapid.IntRange(0, 20).Draw(t, "earn")) / 10,
		}
		return p
	})
}

// maxTries bounds the tries of one call that never leave: a history that is
// played to its end stays short.
const maxTries = 150

var (
	patience = []time.Duration{30 * time.Second, 10 * time.Second, time.Minute, time.Second, 3, 0}
	every    = []time.Duration{2 * time.Second, 300 * time.Millisecond, 5 * time.Millisecond, 1, 0}
)

func curves(t *rapid.T, name string, least time.Duration) policy.Curve {
	base := rapid.Int64Range(int64(least), int64(5*time.Second)).Draw(t, name+".base")
	return policy.Curve{
		Base:   policy.Duration(base),
		Cap:    policy.Duration(base + rapid.Int64Range(0, int64(time.Minute)).Draw(t, name+".cap")),
		Growth: rapid.Float64Range(1, 4).Draw(t, name+".growth"),
		Jitter: rapid.Float64Range(0, 1).Draw(t, name+".jitter"),
	}
}
