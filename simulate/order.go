package simulate

import (
	"cmp"
	"slices"
)

// key is an event's place in the order of its bucket, and where its record is.
type key struct {
	order uint64 // time within the bucket, then client
	place uint32
	small bool // the record is a healthy one
}

// sorter puts the keys of one bucket in order: by counting on the upper bits of
// the time, which leaves runs of a few keys, then by insertion.
type sorter struct {
	spare []key
	ends  [runs + 1]uint32
}

const (
	runs     = 256
	few      = 24 // as many keys are sorted by insertion
	runShift = 32 + fineBits - 8
)

// sort returns the keys in order, in a slice that is good until the next sort.
func (s *sorter) sort(keys []key) []key {
	if len(keys) <= few {
		insert(keys)
		return keys
	}
	s.ends = [runs + 1]uint32{}
	for i := range keys {
		s.ends[keys[i].order>>runShift+1]++
	}
	for i := 1; i <= runs; i++ {
		s.ends[i] += s.ends[i-1]
	}
	begin := s.ends
	s.spare = slices.Grow(s.spare[:0], len(keys))[:len(keys)]
	for i := range keys {
		to := &s.ends[keys[i].order>>runShift]
		s.spare[*to] = keys[i]
		*to++
	}
	for r := range runs {
		run := s.spare[begin[r]:begin[r+1]]
		switch {
		case len(run) < 2:
		case len(run) <= few:
			insert(run)
		default:
			slices.SortFunc(run, func(a, b key) int { return cmp.Compare(a.order, b.order) })
		}
	}
	return s.spare
}

func insert(keys []key) {
	for i := 1; i < len(keys); i++ {
		for j := i; j > 0 && keys[j].order < keys[j-1].order; j-- {
			keys[j], keys[j-1] = keys[j-1], keys[j]
		}
	}
}
