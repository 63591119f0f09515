package simulate

// wheel is the fast engine. An event is its client's whole record, so nothing
// is ever looked up: records are appended to the piles of their span of time,
// put in order when it comes, and handled one after the other.
type wheel struct {
	pool    pool
	buckets []bucket // by time, the last one beyond the end
	width   uint     // a bucket is 2^width ns

	now    int     // the bucket that is handled
	base   Time    // its begin
	keys   []key   // of what was in it then, in order
	next   int     // the first of them that is still to be handled
	late   keyHeap // of what came into it since
	sorter sorter
}

// A bucket is 2^24 ns, about 17 ms. That is a few thousand events of a million
// clients, as many as the caches close to the processor hold, and less than a
// usual round trip, so that few answers come within the bucket that is handled.
// It is wider where a run is so long that there would be too many.
const (
	leastWidth  = 24
	mostWidth   = 30
	mostBuckets = 1 << 17
)

// bucket is what happens in a span of time, in no order.
type bucket struct {
	healthy, landed, clients pile
}

func (v *wheel) run(w *world, watch func(Time) bool) Time {
	v.width = leastWidth
	for v.width < mostWidth && w.end>>v.width > mostBuckets {
		v.width++
	}
	v.buckets = make([]bucket, w.end>>v.width+2)
	v.now = -1 // none yet
	for id := range uint32(w.scenario.Clients.Number) {
		c := w.birth(id)
		v.place(w, &c)
	}
	reached := w.end
	for i := range len(v.buckets) - 1 {
		v.now, v.base = i, Time(i)<<v.width
		if v.base%(1<<mostWidth) == 0 && !watch(v.base) {
			reached = min(v.base, w.end)
			break
		}
		v.gather()
		v.handle(w)
	}
	w.close(reached)
	v.last(w)
	return reached
}

// gather puts what is in the present bucket in order.
func (v *wheel) gather() {
	b, keys := &v.buckets[v.now], v.keys[:0]
	for i, s := range v.pool.read(b.healthy, healthyInPage) {
		v.pool.ahead(i)
		for k := range s.healthy()[:s.n] {
			h := &s.healthy()[k]
			keys = append(keys, key{v.order(h.at, h.id), s.first + uint32(k), isHealthy})
		}
	}
	for i, s := range v.pool.read(b.landed, landedInPage) {
		v.pool.ahead(i)
		for k := range s.landed()[:s.n] {
			c := &s.landed()[k]
			keys = append(keys, key{v.order(min(c.callAt, c.streamAt), c.id), s.first + uint32(k), isLanded})
		}
	}
	for i, s := range v.pool.read(b.clients, clientsInPage) {
		v.pool.ahead(i)
		for k := range s.clients()[:s.n] {
			c := &s.clients()[k]
			keys = append(keys, key{v.order(c.at(), c.id), s.first + uint32(k), isClient})
		}
	}
	v.keys, v.next = v.sorter.sort(keys, v.width), 0
}

// order is the place of an event within its bucket.
func (v *wheel) order(at Time, id uint32) uint64 {
	return uint64(at)&(1<<v.width-1)<<32 | uint64(id)
}

// first takes the next event out of the present bucket; ok is false if there is
// none left.
func (v *wheel) first() (k key, ok bool) {
	if len(v.late) > 0 && (v.next == len(v.keys) || v.late[0].order < v.keys[v.next].order) {
		return v.late.pop(), true
	}
	if v.next == len(v.keys) {
		return k, false
	}
	v.next++
	return v.keys[v.next-1], true
}

// handle lets all events of the present bucket happen.
func (v *wheel) handle(w *world) {
	var c client
	for k, ok := v.first(); ok; k, ok = v.first() {
		w.result.Events++
		w.reach(v.base + Time(k.order>>32))
		switch k.kind {
		case isHealthy:
			h := v.pool.healthyAt(k.place)
			if v.visit(w, h) {
				continue
			}
			w.large(h, &c)
			if !w.shares(h.id) {
				w.begin(&c)
				w.sent(&c, &w.reply)
			}
		case isLanded:
			c.landed, c.flightAt = *v.pool.landedAt(k.place), never
		case isClient:
			c = *v.pool.clientAt(k.place)
		}
		w.step(&c)
		v.place(w, &c)
	}
	b := &v.buckets[v.now]
	v.pool.drop(&b.healthy)
	v.pool.drop(&b.landed)
	v.pool.drop(&b.clients)
}

// visit is the call of a healthy client, if that can be told at once: see
// world.visit. If the call went well it is over, and the client healthy still;
// if not, w.reply says how it went.
func (v *wheel) visit(w *world, h *healthy) (done bool) {
	if w.shares(h.id) {
		return false
	}
	again, well := w.visit(h.id, h.token, h.calls)
	if !well {
		return false
	}
	w.earnSmall(h)
	if w.scenario.Clients.Eager > 0 { // its stream may break before
		var c client
		w.large(h, &c)
		c.callAt = again
		c.calls++
		v.place(w, &c)
		return true
	}
	b, due := v.bucket(w, again)
	to, place := v.pool.addHealthy(&b.healthy)
	*to = healthy{again, h.past, h.id, h.token, h.calls + 1, h.epoch, h.draws}
	if due {
		v.late.push(key{v.order(again, h.id), place, isHealthy})
	}
	return true
}

// place puts a client where its next event is, as small as it may be.
func (v *wheel) place(w *world, c *client) {
	k, at := key{}, c.at()
	b, due := v.bucket(w, at)
	switch {
	case c.flying != grounded:
		k.kind, k.place = isClient, v.pool.addClient(&b.clients, c)
	case w.small(c):
		h, place := v.pool.addHealthy(&b.healthy)
		h.shrink(c)
		k.kind, k.place = isHealthy, place
	default:
		k.kind, k.place = isLanded, v.pool.addLanded(&b.landed, &c.landed)
	}
	if due {
		k.order = v.order(at, c.id)
		v.late.push(k)
	}
}

// bucket is where an event belongs: due, if that is the present bucket.
func (v *wheel) bucket(w *world, at Time) (b *bucket, due bool) {
	if at >= w.end {
		return &v.buckets[len(v.buckets)-1], false
	}
	i := int(at >> v.width)
	return &v.buckets[i], i == v.now
}

// last looks at every client at the end.
func (v *wheel) last(w *world) {
	for i := range v.buckets {
		b := &v.buckets[i]
		for _, s := range v.pool.read(b.healthy, healthyInPage) {
			for k := range s.healthy()[:s.n] {
				w.ended(s.healthy()[k].id, s.healthy()[k].token)
			}
		}
		for _, s := range v.pool.read(b.landed, landedInPage) {
			for k := range s.landed()[:s.n] {
				w.ended(s.landed()[k].id, s.landed()[k].token)
			}
		}
		for _, s := range v.pool.read(b.clients, clientsInPage) {
			for k := range s.clients()[:s.n] {
				w.ended(s.clients()[k].id, s.clients()[k].token)
			}
		}
	}
}
