package simulate

import (
	"math/bits"
	"time"
)

// Histogram counts spans of time in buckets whose width is 1/64 of their
// value, from 1 µs to 71 minutes; what is longer counts as the longest. Its
// size is fixed, two of them add up bucket by bucket, and it does not depend
// on the order in which values came.
type Histogram struct {
	Count   uint64
	Buckets [buckets]uint32
}

const (
	halfOctave = 64
	buckets    = 27 * halfOctave // of 2^32 µs
)

func (h *Histogram) add(ns int64) {
	h.Count++
	h.Buckets[bucketOf(uint64(ns)/1000)]++
}

// bucketOf: below 64 µs a bucket is one microsecond; each octave above has 64.
func bucketOf(us uint64) int {
	if us < halfOctave {
		return int(us)
	}
	e := bits.Len64(us) - 7
	return min(halfOctave*e+int(us>>e), buckets-1)
}

// middle is the middle of a bucket.
func middle(bucket int) time.Duration {
	if bucket < 2*halfOctave {
		return time.Duration(bucket)*time.Microsecond + 500
	}
	e := bucket/halfOctave - 1
	low := time.Duration(bucket-halfOctave*e) << e
	return (low + 1<<e/2) * time.Microsecond
}

// Quantile is the value below which the share q of all values lies, to 1/128
// of itself; 0 if there are none.
func (h *Histogram) Quantile(q float64) time.Duration {
	if h.Count == 0 {
		return 0
	}
	rank := min(uint64(float64(q*float64(h.Count))), h.Count-1)
	for i, n := range h.Buckets {
		if uint64(n) > rank {
			return middle(i)
		}
		rank -= uint64(n)
	}
	return middle(buckets - 1)
}

// Mean is the mean of the buckets' middles.
func (h *Histogram) Mean() time.Duration {
	if h.Count == 0 {
		return 0
	}
	sum := 0.0
	for i, n := range h.Buckets {
		sum += float64(float64(n) * float64(middle(i)))
	}
	return time.Duration(sum / float64(h.Count))
}
