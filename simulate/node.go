package simulate

import "math"

// ticks is the resolution of work inside a server: a thousandth of a
// nanosecond, so that costs of a very large fleet do not round to nothing.
const ticks = 1000

// node is one replica, or the identity provider: workers in front of which
// requests wait in one queue, first come, first served. It is Lindley's
// recursion (1952): when the workers are free again says all.
type node struct {
	free      int64   // when the only worker is free, in ticks
	others    []int64 // several workers: a heap of when each is free
	present   []int64 // with a bounded depth: a heap of when each request leaves
	depth     int
	longest   int64   // longest wait, in ticks
	unit      float64 // ticks of one worker for a unit of work
	variation float64

	down       bool
	fresh      bool // it has restarted
	generation uint16
	nextDown   Time  // the next time that it goes down
	warm       int64 // until then it is cold, in ticks
	ramp       int64 // for so long, in ticks
	cold       float64
}

func newNode(capacity float64, workers, depth int, queue Duration, variation float64) node {
	n := node{
		depth: depth, longest: int64(queue) * ticks, variation: variation, nextDown: never,
		unit: float64(float64(workers)*1e9*ticks) / capacity,
	}
	if workers > 1 {
		n.others = make([]int64, workers)
	}
	return n
}

// start is when a request that arrives at now (in ticks) would be served, and
// whether it is let in.
func (n *node) start(now int64) (at int64, in bool) {
	at = max(n.free, now)
	if n.others != nil {
		at = max(n.others[0], now)
	}
	if n.depth > 0 {
		for len(n.present) > 0 && n.present[0] <= now {
			n.present = pop(n.present)
		}
		if len(n.present) >= n.depth {
			return at, false
		}
	}
	return at, at-now <= n.longest
}

// serve gives a request that arrives at now its worker: work is in units, r
// draws its variation. It returns when the request leaves.
func (n *node) serve(now int64, work float64, r uint64) int64 {
	at, _ := n.start(now)
	takes := n.takes(at, work, r)
	leaves := at + takes
	if n.others != nil {
		n.others[0] = leaves
		down(n.others)
	} else {
		n.free = leaves
	}
	if n.depth > 0 {
		n.present = push(n.present, leaves)
	}
	return leaves
}

// refuse spends work on a request that is turned away: it is answered at once
// and takes its capacity from those who wait.
func (n *node) refuse(now int64, work float64) (leaves int64) {
	takes := n.takes(now, work, 0)
	if n.others != nil {
		n.others[0] = max(n.others[0], now) + takes
		down(n.others)
	} else {
		n.free = max(n.free, now) + takes
	}
	return now + takes
}

// takes is how long one worker is busy with so much work.
func (n *node) takes(at int64, work float64, r uint64) int64 {
	t := float64(work * n.unit)
	if at < n.warm {
		share := n.cold + float64((1-n.cold)*(1-float64(n.warm-at)/float64(n.ramp)))
		t = float64(t / share)
	}
	if n.variation == 0 || r == 0 {
		return int64(t)
	}
	return vary(int64(t), n.variation, r)
}

// vary draws from a law with the mean t and the squared coefficient of
// variation v: Erlang below 1 (of round(1/v) stages), exponential at 1, and
// two exponentials with balanced means above (Tijms, Stochastic Models).
func vary(t int64, v float64, r uint64) int64 {
	switch {
	case v < 1:
		stages := max(int64(math.Round(1/v)), 1)
		sum := int64(0)
		for i := range stages {
			sum += exponential(mix(r+uint64(i)), t/stages)
		}
		return sum
	case v > 1:
		p := float64(0.5 * (1 + math.Sqrt(float64((v-1)/(v+1)))))
		if !below(mix(r), p) {
			p = 1 - p
		}
		return exponential(r, int64(float64(t)/float64(2*p)))
	}
	return exponential(r, t)
}

// backlog is the longest wait that a request arriving now would have.
func (n *node) backlog(now int64) int64 {
	at, _ := n.start(now)
	return at - now
}

// stop takes the replica down: what waits there is lost.
func (n *node) stop() {
	n.down = true
	n.generation++
	n.present = n.present[:0]
}

// resume brings it back, empty and cold.
func (n *node) resume(now int64, cold float64, ramp int64, nextDown Time) {
	n.down, n.fresh, n.nextDown = false, true, nextDown
	n.free = now
	for i := range n.others {
		n.others[i] = now
	}
	if ramp > 0 && cold < 1 {
		n.cold, n.ramp, n.warm = cold, ramp, now+ramp
	}
}

// A heap of instants, the earliest first.

func push(h []int64, x int64) []int64 {
	h = append(h, x)
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if h[up] <= h[i] {
			break
		}
		h[up], h[i] = h[i], h[up]
		i = up
	}
	return h
}

func pop(h []int64) []int64 {
	last := len(h) - 1
	h[0] = h[last]
	h = h[:last]
	down(h)
	return h
}

// down restores the heap after its first element was raised.
func down(h []int64) {
	for i := 0; ; {
		least := 2*i + 1
		if least >= len(h) {
			return
		}
		if least+1 < len(h) && h[least+1] < h[least] {
			least++
		}
		if h[i] <= h[least] {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}

// bitset is one bit for each client.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) has(i uint32) bool { return b[i/64]>>(i%64)&1 != 0 }
func (b bitset) set(i uint32)      { b[i/64] |= 1 << (i % 64) }
