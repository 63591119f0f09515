package paired_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/mcprecover/mcprecover/simulate/paired"
)

// By hand: the differences are 1, 2, 3, with the mean 2 and the standard error
// 1/sqrt(3); Student's t of 2 degrees of freedom is 4.303.
func TestDifference(t *testing.T) {
	i := paired.Difference([]float64{10, 20, 30}, []float64{11, 22, 33})
	if half := 4.303 / math.Sqrt(3); i.Mean != 2 || math.Abs(i.Low-(2-half)) > 1e-9 || math.Abs(i.High-(2+half)) > 1e-9 || i.N != 3 {
		t.Errorf("%+v", i)
	}
	if i.Excludes(0) || !i.Excludes(5) {
		t.Errorf("%+v holds 0, and does not hold 5", i)
	}
}

// What cannot be told is not told.
func TestUnknown(t *testing.T) {
	never := math.Inf(1)
	for name, c := range map[string]struct {
		a, b []float64
		mean float64
	}{
		"one world":         {[]float64{1}, []float64{3}, 2},
		"never and at last": {[]float64{never, never}, []float64{1, 2}, math.Inf(-1)},
		"at last and never": {[]float64{1, 2}, []float64{never, 2}, never},
	} {
		if i := paired.Difference(c.a, c.b); i.Mean != c.mean || !math.IsNaN(i.Low) || !math.IsNaN(i.High) || i.Excludes(0) {
			t.Errorf("%s: %+v", name, i)
		}
	}
	if i := paired.Difference([]float64{never, never}, []float64{never, never}); i.Mean != 0 || i.Excludes(0) {
		t.Errorf("never and never: %+v", i)
	}
}

// Of 95 % intervals of a mean that is known, 95 % hold it: for every number of
// worlds within four standard errors of the count.
func TestCoverage(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const tries = 4000
	for _, n := range []int{2, 4, 8, 31, 40} {
		held := 0
		for range tries {
			values := make([]float64, n)
			for i := range values {
				values[i] = 3 + random.NormFloat64()
			}
			if !paired.Mean(values).Excludes(3) {
				held++
			}
		}
		if off := math.Abs(float64(held) - 0.95*tries); off > 4*math.Sqrt(tries*0.95*0.05) {
			t.Errorf("%d values: %d of %d intervals hold the mean", n, held, tries)
		}
	}
}
