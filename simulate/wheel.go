package simulate

import "slices"

// wheel is the fast engine. An event is its client's whole record, so nothing
// is ever looked up: records are appended to the pile of their second, spread
// over the piles of its slots when it comes, put in order there, and
// handled one after the other.
type wheel struct {
	pool pool

	seconds []bucket // by time, the last one beyond the end
	slots   [1 << (coarseBits - fineBits)]bucket
	now     bucket // that is being handled
	base    Time   // its begin
	keys    []key  // of what is left of it
	next    int    // the first that is still to be handled
	sorter  sorter
}

// A second of the wheel is 2^30 ns, a slot 2^22, about 4 ms.
const (
	coarseBits = 30
	fineBits   = 22
)

// bucket is what happens in a span of time, in no order.
type bucket struct {
	healthy, troubled pile
}

func (v *wheel) run(w *world, watch func(Time) bool) Time {
	v.seconds = make([]bucket, w.end>>coarseBits+2)
	v.base = -1 << coarseBits
	for id := range uint32(w.scenario.Clients.Number) {
		c := w.birth(id)
		v.place(w, &c)
	}
	reached := w.end
	for s := range len(v.seconds) - 1 {
		if begin := Time(s) << coarseBits; !watch(begin) {
			reached = min(begin, w.end)
			break
		}
		v.spread(s)
		for m := range v.slots {
			v.base = Time(s)<<coarseBits | Time(m)<<fineBits
			v.gather(m)
			v.handle(w)
		}
	}
	w.close(reached)
	v.last(w)
	return reached
}

// spread sorts a second into its slots. Each page is free again before the
// next one is read.
func (v *wheel) spread(s int) {
	v.base = Time(s) << coarseBits
	b := &v.seconds[s]
	var c client
	for b.healthy.page != 0 {
		top, one := v.pool.lift(&b.healthy)
		for k := range top.healthy()[:top.n] {
			h := &top.healthy()[k]
			v.pool.addHealthy(&v.slots[slotOf(h.at)].healthy, h)
		}
		v.pool.drop(&one)
	}
	for b.troubled.page != 0 {
		top, one := v.pool.lift(&b.troubled)
		for k := range top.stored()[:top.n] {
			top.stored()[k].load(&c)
			v.pool.addClient(&v.slots[slotOf(c.at())].troubled, &c)
		}
		v.pool.drop(&one)
	}
}

func slotOf(at Time) int { return int(at >> fineBits & (1<<(coarseBits-fineBits) - 1)) }

// order is the place of an event within its slot.
func order(at Time, id uint32) uint64 {
	return uint64(at)&(1<<fineBits-1)<<32 | uint64(id)
}

// gather makes a slot the one that is handled.
func (v *wheel) gather(m int) {
	v.now, v.slots[m] = v.slots[m], bucket{}
	v.keys, v.next = v.keys[:0], 0
	for i := v.now.healthy.page; i != 0; {
		top := v.pool.page(i)
		for k := range top.healthy()[:top.n] {
			h := &top.healthy()[k]
			v.keys = append(v.keys, key{order(h.at, h.id), i<<placeShift | uint32(k), true})
		}
		i = top.next
	}
	for i := v.now.troubled.page; i != 0; {
		top := v.pool.page(i)
		for k := range top.clients()[:top.n] {
			c := &top.clients()[k]
			v.keys = append(v.keys, key{order(c.at(), c.id), i<<placeShift | uint32(k), false})
		}
		i = top.next
	}
	sorted := v.sorter.sort(v.keys)
	if len(sorted) > few { // the sorter's own: swap them
		v.keys, v.sorter.spare = sorted, v.keys
	}
}

// handle lets all events of the present slot happen.
func (v *wheel) handle(w *world) {
	for v.next < len(v.keys) {
		k := v.keys[v.next]
		v.next++
		w.result.Events++
		w.reach(v.base + Time(k.order>>32))
		if !k.small {
			c := v.pool.clientAt(k.place)
			w.step(c)
			v.place(w, c)
			continue
		}
		h := v.pool.healthyAt(k.place)
		if w.shares(h.id) {
			c := w.large(h)
			w.step(&c)
			v.place(w, &c)
			continue
		}
		if again, well := w.visit(h.id, h.token, h.calls); well {
			w.creditSmall(h)
			h.at = again
			h.calls++
			if w.scenario.Clients.Eager == 0 {
				v.placeHealthy(w, h)
			} else { // its stream may break before
				c := w.large(h)
				v.place(w, &c)
			}
		} else {
			c := w.large(h)
			w.begin(&c)
			w.sent(&c, &w.reply)
			w.step(&c)
			v.place(w, &c)
		}
	}
	v.pool.drop(&v.now.healthy)
	v.pool.drop(&v.now.troubled)
}

// place puts a client where its next event is, as small as it may be.
func (v *wheel) place(w *world, c *client) {
	if h, ok := w.small(c); ok {
		v.placeHealthy(w, &h)
		return
	}
	at := c.at()
	b, near, due := v.bucket(w, at)
	if !near {
		v.pool.addStored(&b.troubled, c)
		return
	}
	where := v.pool.addClient(&b.troubled, c)
	if due {
		v.insert(key{order(at, c.id), where, false})
	}
}

func (v *wheel) placeHealthy(w *world, h *healthy) {
	b, _, due := v.bucket(w, h.at)
	where := v.pool.addHealthy(&b.healthy, h)
	if due {
		v.insert(key{order(h.at, h.id), where, true})
	}
}

// bucket is where an event belongs: near, if it is in the present second; due,
// if it is in the present bucket.
func (v *wheel) bucket(w *world, at Time) (b *bucket, near, due bool) {
	switch {
	case at >= w.end:
		return &v.seconds[len(v.seconds)-1], false, false
	case at>>coarseBits != v.base>>coarseBits:
		return &v.seconds[at>>coarseBits], false, false
	case at>>fineBits != v.base>>fineBits:
		return &v.slots[slotOf(at)], true, false
	}
	return &v.now, true, true
}

// insert puts an event among those still to be handled.
func (v *wheel) insert(k key) {
	rest := v.keys[v.next:]
	i, _ := slices.BinarySearchFunc(rest, k.order, func(a key, order uint64) int {
		if a.order < order {
			return -1
		}
		return 1
	})
	v.keys = slices.Insert(v.keys, v.next+i, k)
}

// last looks at every client at the end.
func (v *wheel) last(w *world) {
	all := func(b bucket, near bool) {
		for i := b.healthy.page; i != 0; i = v.pool.page(i).next {
			for _, h := range v.pool.page(i).healthy()[:v.pool.page(i).n] {
				w.ended(h.id, h.token)
			}
		}
		for i := b.troubled.page; i != 0; i = v.pool.page(i).next {
			n := v.pool.page(i).n
			if near {
				for _, c := range v.pool.page(i).clients()[:n] {
					w.ended(c.id, c.token)
				}
				continue
			}
			for _, c := range v.pool.page(i).stored()[:n] {
				w.ended(c.id, c.token)
			}
		}
	}
	for _, b := range v.seconds {
		all(b, false)
	}
	for _, b := range v.slots {
		all(b, true)
	}
}
