package simulate

import (
	"hash/fnv"
	"math"
	"testing"
)

// The moments of n draws miss those of the law by no more than 5 standard
// errors: the mean of a unit exponential has the standard deviation 1/sqrt n,
// its square (mean 2, variance 24 - 4 = 20) has sqrt(20/n).
func TestExponential(t *testing.T) {
	const n, mean = 1 << 20, int64(1e9)
	var sum, squares, worst float64
	for i := range uint64(n) {
		r := Chance(7).bits(forThinking, 3, i)
		x := float64(exponential(r, mean)) / float64(mean)
		sum += x
		squares += x * x
		if r > 1<<40 {
			worst = max(worst, math.Abs(x+math.Log(float64(r)/0x1p64)))
		}
	}
	if off := math.Abs(sum/n - 1); off > 5/math.Sqrt(n) {
		t.Errorf("the mean is off by %v", off)
	}
	if off := math.Abs(squares/n - 2); off > 5*math.Sqrt(20./n) {
		t.Errorf("the second moment is off by %v", off)
	}
	if worst > 0x1p-23+2e-9 { // interpolation, and the whole nanosecond
		t.Errorf("a draw is off from -ln u by %v", worst)
	}
	for _, r := range []uint64{0, 1, math.MaxUint64} {
		if x := exponential(r, mean); x < 0 || x > 45*mean {
			t.Errorf("exponential(%#x) is %d", r, x)
		}
	}
}

// Numbers for different ends, clients and places are independent: no
// correlation beyond 5 standard errors, and a uniform mean.
func TestChanceIsUniform(t *testing.T) {
	const n = 1 << 18
	c := Chance(1)
	pairs := map[string]func(i uint32) (float64, float64){
		"neighbouring draws":   func(i uint32) (float64, float64) { return c.OfCall(9, 4, i), c.OfCall(9, 4, i+1) },
		"neighbouring calls":   func(i uint32) (float64, float64) { return c.OfCall(9, i, 0), c.OfCall(9, i+1, 0) },
		"neighbouring clients": func(i uint32) (float64, float64) { return c.OfCall(i, 1, 0), c.OfCall(i+1, 1, 0) },
		"neighbouring seeds":   func(i uint32) (float64, float64) { return Chance(i).OfCall(5, 0, 0), Chance(i+1).OfCall(5, 0, 0) },
		"call and session":     func(i uint32) (float64, float64) { return c.OfCall(i%65536, 0, i/65536), c.OfSession(i%65536, i/65536) },
	}
	for name, pair := range pairs {
		var sum, product float64
		for i := range uint32(n) {
			a, b := pair(i)
			sum += a
			product += (a - 0.5) * (b - 0.5)
		}
		if off := math.Abs(sum/n - 0.5); off > 5*math.Sqrt(1./12/n) {
			t.Errorf("%s: the mean is off by %v", name, off)
		}
		if off := math.Abs(product / n); off > 5*(1./12)/math.Sqrt(n) {
			t.Errorf("%s: the covariance is %v", name, off)
		}
	}
}

// Worlds of neighbouring seeds have no client in common: what is told of their
// differences would else be told of one fleet.
func TestSeedsShareNoClient(t *testing.T) {
	const clients, seeds = 1000, 50
	seen := map[uint64][2]uint32{}
	for seed := range uint32(seeds) {
		for id := range uint32(clients) {
			x := Chance(seed).bits(forThinking, id, 0)
			if other, twice := seen[x]; twice {
				t.Fatalf("client %d of seed %d is client %d of seed %d", id, seed, other[1], other[0])
			}
			seen[x] = [2]uint32{seed, id}
		}
	}
}

// The numbers are part of the contract: a seed means the same world on every
// machine and in every version.
func TestRandomNumbersStay(t *testing.T) {
	h := fnv.New64a()
	var b [8]byte
	add := func(x uint64) {
		for i := range b {
			b[i] = byte(x >> (8 * i))
		}
		h.Write(b[:])
	}
	for _, x := range logs {
		add(x)
	}
	for i := range uint32(1000) {
		add(math.Float64bits(Chance(i).OfCall(i, 2*i, 3*i)))
		add(uint64(exponential(Chance(i).bits(forThinking, i, 0), 1e10)))
	}
	if got, want := h.Sum64(), uint64(0x315774f30f27b653); got != want {
		t.Errorf("the hash of the numbers is %#x, want %#x", got, want)
	}
}
