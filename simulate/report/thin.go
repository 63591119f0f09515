package report

import (
	"slices"
	"time"
)

// thin chooses at most `most` of n samples to draw, as indexes in order. It
// keeps the first, the last and, of each stretch between them, where every
// line is highest and lowest: a peak of one second is never lost.
func thin(n, most int, lines ...func(i int) float64) []int {
	kept := make([]int, 0, min(n, most))
	if n <= most {
		for i := range n {
			kept = append(kept, i)
		}
		return kept
	}
	stretches := (most - 2) / (2 * len(lines))
	kept = append(kept, 0)
	for s := range stretches {
		from, to := 1+s*(n-2)/stretches, 1+(s+1)*(n-2)/stretches
		here := len(kept)
		for _, line := range lines {
			low, high := from, from
			for i := from; i < to; i++ {
				if line(i) < line(low) {
					low = i
				}
				if line(i) > line(high) {
					high = i
				}
			}
			kept = append(kept, low, high)
		}
		slices.Sort(kept[here:])
	}
	return slices.Compact(append(kept, n-1))
}

// thinned is the run with at most `most` samples.
func (r Run) thinned(most int) Run {
	at := thin(len(r.Samples), most,
		func(i int) float64 { return r.Samples[i].Initializes },
		func(i int) float64 { return r.Samples[i].Recovered },
		func(i int) float64 { return float64(r.Samples[i].Queue) },
		func(i int) float64 { return r.Samples[i].Backoff })
	samples := make([]Sample, len(at))
	for k, i := range at {
		samples[k] = r.Samples[i]
	}
	r.Samples = samples
	return r
}

// calm is when nothing is left to see: a little after the last time at which a
// run sends a hundredth of its peak, or has clients that are still to recover,
// and after floor. whole tells that this is the end of all samples.
func calm(runs []Run, floor time.Duration) (at time.Duration, whole bool) {
	var busy, end time.Duration
	for _, r := range runs {
		peak, last := 0.0, 0.0
		for _, s := range r.Samples {
			peak, last = max(peak, s.Initializes), max(last, s.Recovered)
		}
		for _, s := range r.Samples {
			if s.Initializes > peak/100 || r.Affected > 0 && s.At > 0 && s.Recovered < last-0.001 {
				busy = max(busy, s.At)
			}
			end = max(end, s.At)
		}
	}
	if floor < end {
		busy = max(busy, floor)
	}
	busy += busy/4 + 10*time.Second
	return min(busy, end), busy >= end
}

// until is the run's begin.
func (r Run) until(at time.Duration) Run {
	n, _ := slices.BinarySearchFunc(r.Samples, at, func(s Sample, at time.Duration) int {
		if s.At <= at {
			return -1
		}
		return 1
	})
	r.Samples = r.Samples[:n]
	return r
}

// drawn is at most mostCandidates of the candidates that can be drawn: the
// chosen ones and the front first, then others, evenly.
func drawn(all []Candidate) (few []Candidate, never, left int) {
	var first, rest []Candidate
	for _, c := range all {
		switch {
		case c.T99 == Never:
			never++
		case c.Chosen || c.Front:
			first = append(first, c)
		default:
			rest = append(rest, c)
		}
	}
	// Chosen ones come first, so that no bound can cut them off.
	slices.SortStableFunc(first, func(a, b Candidate) int {
		if a.Chosen == b.Chosen {
			return 0
		}
		if a.Chosen {
			return -1
		}
		return 1
	})
	few = spread(first, mostCandidates)
	few = append(few, spread(rest, mostCandidates-len(few))...)
	return few, never, len(first) + len(rest) - len(few)
}

// spread is most of the candidates, evenly, from the first on.
func spread(all []Candidate, most int) []Candidate {
	if len(all) <= most {
		return all
	}
	few := make([]Candidate, most)
	for i := range few {
		few[i] = all[i*len(all)/most]
	}
	return few
}
