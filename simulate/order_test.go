package simulate

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Keys come out in order, however many there are and wherever they crowd: a
// whole fleet may be due at one instant.
func TestKeysInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.UintRange(leastWidth, mostWidth).Draw(t, "width")
		crowd := rapid.Uint64Range(1, 1<<width).Draw(t, "crowd") // all times are below it
		n := rapid.SampledFrom([]int{0, 1, few, few + 1, 100, 5000}).Draw(t, "keys")
		seed := Chance(rapid.Uint64().Draw(t, "seed"))
		keys := make([]key, n)
		for i := range keys {
			at := seed.bits(forStart, uint32(i), 0) % crowd
			keys[i] = key{at<<32 | uint64(i*7919%n), uint32(i), isLanded}
		}
		want := slices.Clone(keys)
		slices.SortFunc(want, func(a, b key) int { return cmp.Compare(a.order, b.order) })
		var h keyHeap
		for _, k := range keys {
			h.push(k)
		}
		for i := range want {
			if got := h.pop(); got != want[i] {
				t.Fatalf("the heap's key %d is %v, want %v", i, got, want[i])
			}
		}
		var s sorter
		for range 2 { // its memory is used again
			got := s.sort(slices.Clone(keys), width)
			if !slices.Equal(got, want) {
				t.Fatalf("%d keys below %d are not in order", n, crowd)
			}
		}
	})
}
