package simulate

import (
	"math"
	"time"
)

// standFor makes the counts of a sample those of its fleet. The histograms and
// the number of events stay what they were.
func (r *Result) standFor(fleet int) {
	by := float64(fleet) / float64(r.Clients)
	quiet(r.Seconds, by)
	many := func(n *uint64) { *n = uint64(float64(float64(*n)*by) + 0.5) }
	few := func(n *uint32) { *n = uint32(float64(float64(*n)*by) + 0.5) }
	some := func(n *int) { *n = int(float64(float64(*n)*by) + 0.5) }
	for i := range r.Seconds {
		x := &r.Seconds[i]
		for _, n := range []*uint32{
			&x.Calls, &x.Good, &x.Failed, &x.Initializes, &x.Opened, &x.Recovered, &x.Stale, &x.Rejected, &x.Refused, &x.Refreshes, &x.Waiting, &x.Backoff,
		} {
			few(n)
		}
	}
	for _, counts := range [][]uint64{r.Decided[:], r.Admitted[:], r.Failed[:], r.Settled[:], r.Survival.Begun[:], r.Survival.Ended[:]} {
		for i := range counts {
			many(&counts[i])
		}
	}
	many(&r.Saved)
	many(&r.Leaked)
	some(&r.Affected)
	some(&r.Unrecovered)
	some(&r.Processes)
	r.Clients = fleet
	r.OpenTime = time.Duration(float64(r.OpenTime) * by)
	for _, x := range []*float64{&r.Wasted, &r.Work.Stale, &r.Work.Rejected, &r.Work.Denied} {
		*x *= by
	}
	for k := range r.Work.Served {
		r.Work.Served[k] *= by
	}
}

// quiet takes from the initializes of a sample's seconds the chance that a
// fleet by times as large would not have in them. A peak is the largest of many
// counts, so chance makes it too large, by about three standard errors where
// counts stay the same for long: by 5 % of 1,700 a second.
//
// A count around m is off by sqrt(m) in the sample, by sqrt(m/by) in the fleet's
// terms. Seconds that differ from those near them by more than that differ for
// a reason, and are left alone so far.
func quiet(seconds []Second, by float64) {
	counts := make([]float64, len(seconds))
	for i := range seconds {
		counts[i] = float64(seconds[i].Initializes)
	}
	for i, x := range counts {
		mean, variance, n := beside(counts, i)
		if mean == 0 {
			continue
		}
		off := x - mean
		beyond := variance - float64(mean*(1+float64(2*math.Sqrt(2/n))))
		beyond = max(beyond, float64(off*off)-float64(sure*sure*mean), 0)
		share := math.Sqrt((beyond + mean/by) / (beyond + mean))
		seconds[i].Initializes = uint32(max(mean+float64(off*share), 0) + 0.5)
	}
}

const (
	nearby = 10 // seconds, on either side
	sure   = 4  // so many standard errors are no chance
)

// beside is the mean and the variance of the counts near the i-th, and how many
// there are. The i-th is not among them: it would speak for itself.
func beside(counts []float64, i int) (mean, variance, n float64) {
	near := func(yield func(float64)) {
		for k := max(i-nearby, 0); k <= min(i+nearby, len(counts)-1); k++ {
			if k != i {
				yield(counts[k])
			}
		}
	}
	near(func(x float64) { mean, n = mean+x, n+1 })
	mean = over(mean, n)
	near(func(x float64) { variance += float64((x - mean) * (x - mean)) })
	return mean, over(variance, n-1), n
}
