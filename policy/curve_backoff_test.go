//go:debug randseednop=0

package policy

import (
	"math/rand"
	"runtime"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// TestCurveEqualsBackoff compares 20,000 random curves of 20 places each with
// backoff/v4 at the same random numbers, bit for bit. backoff draws from
// math/rand's global source: seeding that is what the directive above allows.
func TestCurveEqualsBackoff(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("backoff's own expressions may be fused here; ours are not")
	}
	const configurations, places = 20000, 20
	r := rand.New(rand.NewSource(1))
	for n := range configurations {
		c := Curve{
			Base:   Duration(1 + r.Int63n(int64(time.Second)<<r.Intn(12))),
			Growth: 1 + 4*r.Float64(),
			Jitter: []float64{0, 1, 0.5, r.Float64()}[r.Intn(4)],
		}
		c.Cap = c.Base + Duration(r.Int63n(int64(time.Second)<<r.Intn(12)))
		compiled := c.compile()

		seed := r.Int63()
		//lint:ignore SA1019 the only way to know what backoff/v4 draws
		rand.Seed(seed)
		u := rand.New(rand.NewSource(seed))
		initial, maximum, multiplier, factor := c.Terms()
		b := backoff.NewExponentialBackOff(
			backoff.WithInitialInterval(initial), backoff.WithMaxInterval(maximum), backoff.WithMultiplier(multiplier),
			backoff.WithRandomizationFactor(factor), backoff.WithMaxElapsedTime(0))
		for place := range places {
			draw := u.Float64()
			if got, want := compiled.draw(place, draw), b.NextBackOff(); got != want {
				t.Fatalf("curve %d %+v, place %d, u %v: %v, backoff draws %v", n, c, place, draw, int64(got), int64(want))
			}
		}
	}
}

// TestCurveTops checks what Base, Cap and Jitter promise: draws in
// [(1-Jitter)*top, top], to the nanosecond that backoff's rounding leaves.
func TestCurveTops(t *testing.T) {
	for _, c := range []struct {
		curve  Curve
		bottom time.Duration
		tops   []time.Duration
	}{
		{Default().Refused.Curve, 0, []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 5 * time.Second, 5 * time.Second}},
		{Default().Handshake, 0, []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute, time.Minute}},
		{Curve{Base: Duration(time.Second), Cap: Duration(4 * time.Second), Growth: 2, Jitter: 0.5}, 500 * time.Millisecond, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}},
	} {
		compiled := c.curve.compile()
		if got := compiled.draw(0, 0); got != c.bottom {
			t.Errorf("%+v: least draw %v, want %v", c.curve, got, c.bottom)
		}
		for place, top := range c.tops {
			if got := compiled.draw(place, 1); got < top-1 || got > top+1 {
				t.Errorf("%+v, place %d: top draw %v, want %v ± 1ns", c.curve, place, got, top)
			}
		}
	}
}
