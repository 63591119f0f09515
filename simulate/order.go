package simulate

import (
	"cmp"
	"math/bits"
	"slices"
)

// key is an event's place in the order of its bucket, and where its record is.
type key struct {
	order uint64 // time within the bucket, then client
	place uint32
	kind  kindOfRecord
}

// kindOfRecord says what a record is.
type kindOfRecord uint8

const (
	isHealthy kindOfRecord = iota
	isLanded
	isClient
)

// sorter puts the keys of one bucket in order: by counting on the upper bits of
// the time, with about as many runs as there are keys, so that most runs are a
// key or two; then each run by comparison.
type sorter struct {
	spare []key
	ends  []uint32
}

const (
	few         = 16 // as many keys are put in order by insertion
	mostRunBits = 12
)

// sort returns the keys in order, in a slice that is good until the next sort,
// as the one given is. width is the number of bits of their times.
func (s *sorter) sort(keys []key, width uint) []key {
	if len(keys) <= few {
		insert(keys)
		return keys
	}
	sorted, longest := s.count(keys, width)
	if longest <= few {
		insert(sorted)
		return sorted
	}
	begin := uint32(0)
	for _, end := range s.ends {
		slices.SortFunc(sorted[begin:end], func(a, b key) int { return cmp.Compare(a.order, b.order) })
		begin = end
	}
	return sorted
}

// count returns the keys in the order of their runs, and the longest run's
// length. Each of ends is a run's end then; the last one is nobody's.
func (s *sorter) count(keys []key, width uint) (sorted []key, longest uint32) {
	runBits := min(uint(bits.Len(uint(len(keys)))), mostRunBits)
	shift := 32 + width - runBits
	s.ends = slices.Grow(s.ends[:0], 1<<mostRunBits)[:1<<runBits]
	clear(s.ends)
	for i := range keys {
		s.ends[keys[i].order>>shift]++
	}
	begin := uint32(0)
	for i, n := range s.ends {
		longest = max(longest, n)
		s.ends[i] = begin
		begin += n
	}
	sorted = slices.Grow(s.spare[:0], len(keys))[:len(keys)]
	for i := range keys {
		to := &s.ends[keys[i].order>>shift]
		sorted[*to] = keys[i]
		*to++
	}
	s.spare = keys
	return sorted, longest
}

// insert puts keys in order of which none is far from its place.
func insert(keys []key) {
	for i := 1; i < len(keys); i++ {
		k, j := keys[i], i
		for ; j > 0 && k.order < keys[j-1].order; j-- {
			keys[j] = keys[j-1]
		}
		if j < i {
			keys[j] = k
		}
	}
}

// keyHeap is a heap of keys, the earliest first.
type keyHeap []key

func (h *keyHeap) push(k key) {
	q := append(*h, k)
	i := len(q) - 1
	for i > 0 && k.order < q[(i-1)/2].order {
		q[i] = q[(i-1)/2]
		i = (i - 1) / 2
	}
	q[i] = k
	*h = q
}

func (h *keyHeap) pop() (first key) {
	q := *h
	first = q[0]
	last := len(q) - 1
	k := q[last]
	q = q[:last]
	for i := 0; ; {
		least := 2*i + 1
		if least >= last {
			if last > 0 {
				q[i] = k
			}
			break
		}
		if least+1 < last && q[least+1].order < q[least].order {
			least++
		}
		if k.order < q[least].order {
			q[i] = k
			break
		}
		q[i] = q[least]
		i = least
	}
	*h = q
	return first
}
