package policy

import (
	"math"
	"time"
)

// curve is a Curve in backoff/v4's terms: the middle intervals and the
// fraction of an interval by which a draw may miss it.
type curve struct {
	at     []time.Duration // interval by place; the last one stays
	factor float64
}

// places bounds a curve's table: the counters that index it are bytes.
const places = 256

// Terms returns the configuration with which backoff/v4's ExponentialBackOff
// (InitialInterval, MaxInterval, Multiplier, RandomizationFactor) draws what
// this curve draws, bit for bit on machines without fused multiply-add.
// backoff spreads an interval to both sides; a Curve's Base and Cap are the
// upper ends, so full jitter from 0 to Cap is a factor of 1 around Cap/2.
func (c Curve) Terms() (initial, maximum time.Duration, multiplier, factor float64) {
	factor = c.Jitter / (2 - c.Jitter)
	middle := 1 - c.Jitter/2
	initial = max(time.Duration(float64(c.Base)*middle), 1)
	return initial, max(time.Duration(float64(c.Cap)*middle), initial), c.Growth, factor
}

func (c Curve) compile() curve {
	initial, maximum, multiplier, factor := c.Terms()
	return curve{intervals(initial, maximum, multiplier), factor}
}

// intervals tabulates backoff/v4's incrementCurrentInterval. The closed form
// initial*multiplier^n differs: backoff truncates to whole nanoseconds at each step.
func intervals(initial, maximum time.Duration, multiplier float64) []time.Duration {
	at := append(make([]time.Duration, 0, 8), initial)
	for i := initial; i < maximum && len(at) < places; at = append(at, i) {
		if next := float64(i) * multiplier; float64(i) >= float64(maximum)/multiplier {
			i = maximum
		} else {
			i = time.Duration(next)
		}
		if i == at[len(at)-1] { // it grows no more
			break
		}
	}
	return at
}

// draw is backoff/v4's getRandomValueFromInterval at one place. The explicit
// conversions forbid fused multiply-add, so that every machine draws the same.
func (c *curve) draw(place int, u float64) time.Duration {
	i := c.at[min(max(place, 0), len(c.at)-1)]
	if c.factor == 0 {
		return i
	}
	delta := float64(c.factor * float64(i))
	lo, hi := float64(i)-delta, float64(i)+delta
	return time.Duration(lo + float64(unit(u)*(hi-lo+1)))
}

// spread is d times 1 ± jitter.
func spread(d time.Duration, jitter, u float64) time.Duration {
	s := float64(d) * (1 + float64(jitter*(2*unit(u)-1)))
	if s >= math.MaxInt64 {
		return math.MaxInt64
	}
	return max(time.Duration(s), 1)
}
