package simulate

import "time"

// standFor makes the counts of a sample those of its fleet. The histograms and
// the number of events stay what they were.
func (r *Result) standFor(fleet int) {
	by := float64(fleet) / float64(r.Clients)
	many := func(n *uint64) { *n = uint64(float64(float64(*n)*by) + 0.5) }
	few := func(n *uint32) { *n = uint32(float64(float64(*n)*by) + 0.5) }
	some := func(n *int) { *n = int(float64(float64(*n)*by) + 0.5) }
	for i := range r.Seconds {
		x := &r.Seconds[i]
		for _, n := range []*uint32{
			&x.Calls, &x.Good, &x.Failed, &x.Initializes, &x.Opened, &x.Recovered, &x.Stale, &x.Rejected, &x.Refused, &x.Refreshes, &x.Waiting,
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
