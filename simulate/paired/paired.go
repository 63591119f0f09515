// Package paired compares two policies that met the same worlds: the same seed
// makes the same clients think as long and lose the same sessions, so the
// difference within each world says more than the worlds' own spread hides.
package paired

import "math"

// Interval is a mean with its 95 % confidence interval by Student's t. With
// fewer than two values, or one that is not finite, Low and High are NaN.
type Interval struct {
	Mean, Low, High float64
	N               int
}

// Excludes reports whether the interval is known and v is outside.
func (i Interval) Excludes(v float64) bool { return v < i.Low || v > i.High }

// Mean is the interval of the mean of independent values.
func Mean(values []float64) Interval {
	n := float64(len(values))
	sum, squares := 0.0, 0.0
	for _, v := range values {
		sum += v
	}
	mean := sum / n
	for _, v := range values {
		squares += float64((v - mean) * (v - mean))
	}
	half := math.NaN()
	if len(values) > 1 && !math.IsInf(mean, 0) {
		half = quantile(len(values)-1) * math.Sqrt(squares/(n-1)/n)
	}
	return Interval{mean, mean - half, mean + half, len(values)}
}

// Difference is the interval of b - a, world by world; both have the same
// length. Where both are infinite they are equal; where one is, so is the mean.
func Difference(a, b []float64) Interval {
	d := make([]float64, len(a))
	for i := range a {
		if a[i] != b[i] {
			d[i] = b[i] - a[i]
		}
	}
	return Mean(d)
}

// quantiles are those of Student's t, two-sided 95 %, for 1 to 30 degrees of
// freedom (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2).
var quantiles = [...]float64{
	12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
	2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
	2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
}

// quantile beyond the table is Peizer and Pratt's expansion, to 0.001.
func quantile(freedom int) float64 {
	if freedom <= len(quantiles) {
		return quantiles[freedom-1]
	}
	const z = 1.959964
	return z + (z*z*z+z)/(4*float64(freedom))
}
