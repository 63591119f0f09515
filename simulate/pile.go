package simulate

import "unsafe"

// pile is an unordered heap of records of one kind, as a list of pages in a
// pool. The zero value is empty.
type pile struct {
	page uint32 // the page that is not full yet, and its number in the pool, from 1; 0: none
}

// pool holds the pages of many piles. All kinds of records share it, so that
// a fleet in trouble takes the place that it had when it was well. It keeps
// what was freed, and nothing in it points to anything, so that it costs the
// garbage collector nothing.
type pool struct {
	slabs []*[perSlab]page
	used  uint32 // pages made so far, and the one with the number 0, which is none
	free  uint32 // list of freed pages
}

type page struct {
	next  uint32 // the pile's next page, all of which are full
	n     uint32
	words [pageBytes / 8]uint64
}

const (
	storedInPage  = 8
	pageBytes     = storedInPage * unsafe.Sizeof(stored{})
	healthyInPage = uint32(pageBytes / unsafe.Sizeof(healthy{}))
	clientsInPage = uint32(pageBytes / unsafe.Sizeof(client{}))
	placeShift    = 5 // a place is a page and five bits
	perSlab       = 256
)

// A page is looked at as an array of records. All kinds are made of parts of at
// most eight bytes and hold no pointer, which is all that this asks.

func (p *page) healthy() *[healthyInPage]healthy {
	return (*[healthyInPage]healthy)(unsafe.Pointer(&p.words))
}

func (p *page) clients() *[clientsInPage]client {
	return (*[clientsInPage]client)(unsafe.Pointer(&p.words))
}

func (p *page) stored() *[storedInPage]stored {
	return (*[storedInPage]stored)(unsafe.Pointer(&p.words))
}

func (p *pool) page(i uint32) *page { return &p.slabs[i/perSlab][i%perSlab] }

// room is where the pile's next record goes: a page, of which most fill one,
// and the place's name.
func (p *pool) room(of *pile, most uint32) (top *page, place uint32) {
	if of.page != 0 {
		if top = p.page(of.page); top.n < most {
			top.n++
			return top, of.page<<placeShift | (top.n - 1)
		}
	}
	fresh := p.make()
	top = p.page(fresh)
	top.next, top.n = of.page, 1
	of.page = fresh
	return top, fresh << placeShift
}

func (p *pool) addHealthy(to *pile, h *healthy) (place uint32) {
	top, place := p.room(to, healthyInPage)
	top.healthy()[top.n-1] = *h
	return place
}

func (p *pool) addClient(to *pile, c *client) (place uint32) {
	top, place := p.room(to, clientsInPage)
	top.clients()[top.n-1] = *c
	return place
}

func (p *pool) addStored(to *pile, c *client) {
	top, _ := p.room(to, storedInPage)
	top.stored()[top.n-1].store(c)
}

func (p *pool) healthyAt(place uint32) *healthy {
	return &p.page(place >> placeShift).healthy()[place%(1<<placeShift)]
}

func (p *pool) clientAt(place uint32) *client {
	return &p.page(place >> placeShift).clients()[place%(1<<placeShift)]
}

func (p *pool) make() uint32 {
	if i := p.free; i != 0 {
		p.free = p.page(i).next
		return i
	}
	p.used = max(p.used, 1)
	if int(p.used) >= len(p.slabs)*perSlab {
		p.slabs = append(p.slabs, new([perSlab]page))
	}
	p.used++
	return p.used - 1
}

// lift takes the topmost page off a pile: one is a pile of nothing else.
func (p *pool) lift(from *pile) (top *page, one pile) {
	one = *from
	top = p.page(one.page)
	from.page, top.next = top.next, 0
	return top, one
}

// drop frees the pages of a pile.
func (p *pool) drop(all *pile) {
	for i := all.page; i != 0; {
		top := p.page(i)
		next := top.next
		top.next, p.free = p.free, i
		i = next
	}
	*all = pile{}
}
