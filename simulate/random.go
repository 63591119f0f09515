package simulate

import "math/bits"

// Chance is the seed of a world. Every random number is a function of the seed
// and of what it is for (whose, for what, the how manyth), never of the order
// in which numbers are asked for. So two policies meet the same world: the
// same clients think for as long, and the same sessions are lost.
type Chance uint64

// What a random number is for.
const (
	forThinking = iota + 1
	forStart
	forSafety
	forCall
	forSession
	forHome
	forRoute
	forService
	forEvent
	forTraits
)

// OfCall is the number in [0,1) that the policy is given for the draw-th
// decision, from 0, on the call-th call of a client, from 0.
func (c Chance) OfCall(client, call, draw uint32) float64 {
	return unit(c.bits(forCall, client, uint64(call)<<32|uint64(draw)))
}

// OfSession is the number in [0,1) that the policy is given for the draw-th
// decision, from 1, on a client's session. It repeats after 65,536 draws.
func (c Chance) OfSession(client, draw uint32) float64 {
	return unit(c.bits(forSession, client, uint64(uint16(draw))))
}

// bits hashes seed, purpose, client and number: two rounds of the finalizer of
// splitmix64 (Steele, Lea and Flood, 2014). Seeds are spread first: else the
// client i of one seed would be the client i+1 of the seed before, and worlds of
// neighbouring seeds one and the same fleet.
func (c Chance) bits(purpose uint64, client uint32, n uint64) uint64 {
	return mix(mix(uint64(c)*spread+purpose<<32+uint64(client)) ^ n)
}

// spread is 2^64 over the golden ratio: multiples of it that are small numbers
// apart are far from each other.
const spread = 0x9e3779b97f4a7c15

func mix(x uint64) uint64 {
	x += spread
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// unit is uniform in [0,1); the product is exact, since it scales by a power of 2.
func unit(r uint64) float64 { return float64(r>>11) * 0x1p-53 }

// below reports whether a number with the chance p in [0,1] came up.
func below(r uint64, p float64) bool { return unit(r) < p }

// among is uniform in [0,n).
func among(r uint64, n int) int {
	hi, _ := bits.Mul64(r, uint64(n))
	return int(hi)
}

// within is uniform in [0,d).
func within(r uint64, d int64) int64 {
	hi, _ := bits.Mul64(r, uint64(d))
	return int64(hi)
}

// exponential draws from the exponential distribution with the given mean. It
// is integer arithmetic, since math.Log differs between machines in the last
// bit. The interpolated logarithm is off by at most 2^-23 (h²/8 for a step of
// h = 1/1024), a tenth of a millionth of the mean.
func exponential(r uint64, mean int64) int64 {
	zeros := bits.LeadingZeros64(r | 1)
	r <<= zeros // its first bit is set: r/2^63 is in [1,2)
	place, rest := r<<1>>54, r<<11>>32
	ln := logs[place] + (logs[place+1]-logs[place])*rest>>32
	hi, lo := bits.Mul64(uint64(zeros+1)*ln2-ln, uint64(mean))
	return int64(hi<<32 | lo>>32)
}

// ln2 is the natural logarithm of 2 in 2^-32.
const ln2 = 2977044472

// logs holds ln(1+i/1024) in 2^-32.
var logs = func() (table [1025]uint64) {
	for i := range table {
		y := 1 + float64(i)/1024
		z := (y - 1) / (y + 1) // ln y = 2 artanh z
		square, power, sum := float64(z*z), z, 0.0
		for k := 1; k < 60; k += 2 {
			sum = float64(sum + power/float64(k))
			power = float64(power * square)
		}
		table[i] = uint64(float64(2*sum)*(1<<32) + 0.5)
	}
	return table
}()
