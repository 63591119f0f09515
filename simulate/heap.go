package simulate

import "container/heap"

// reference is the plain engine: container/heap of clients, none of which is
// ever made small. It is what the wheel is compared with.
type reference []*client

func (r reference) Len() int { return len(r) }
func (r reference) Less(i, j int) bool {
	a, b := r[i].at(), r[j].at()
	return a < b || a == b && r[i].id < r[j].id
}
func (r reference) Swap(i, j int) { r[i], r[j] = r[j], r[i] }
func (r *reference) Push(x any)   { *r = append(*r, x.(*client)) }
func (r *reference) Pop() any {
	old := *r
	last := old[len(old)-1]
	*r = old[:len(old)-1]
	return last
}

func (r *reference) run(w *world, watch func(Time) bool) Time {
	for id := range uint32(w.scenario.Clients.Number) {
		c := w.birth(id)
		*r = append(*r, &c)
	}
	heap.Init(r)
	reached := w.end
	for next := Time(0); (*r)[0].at() < w.end; heap.Fix(r, 0) {
		c := (*r)[0]
		if now := c.at(); now >= next {
			if !watch(now) {
				reached = now
				break
			}
			next = now + second
		}
		w.result.Events++
		w.reach(c.at())
		w.step(c)
	}
	w.close(reached)
	for _, c := range *r {
		w.ended(c.id, c.token)
	}
	return reached
}
