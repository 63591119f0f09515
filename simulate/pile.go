package simulate

import "unsafe"

// pile is an unordered heap of records of one kind, as a list of pages in a
// pool, all of which are full but the first. The zero value is empty.
type pile struct {
	page uint32 // the first page, and its number in the pool, from 1; 0: none
	n    uint32 // records in it
}

// pool holds the pages of many piles. All kinds of records share it, so that
// a fleet in trouble takes the place that it had when it was well. It keeps
// what was freed, and nothing in it points to anything, so that it costs the
// garbage collector nothing.
//
// A page is whole lines of the processor's cache. The list is beside the pages,
// close together, so that adding a record touches no line but its own.
type pool struct {
	slabs  []*[perSlab]page
	next   []uint32 // by page: the next one of its pile, or of those that are free
	free   uint32
	sheets []sheet // of the pile that is read
	sum    uint64  // of what was read ahead
}

type page [pageBytes / 8]uint64

const (
	landedInPage  = 8
	pageBytes     = landedInPage * unsafe.Sizeof(landed{})
	clientsInPage = uint32(pageBytes / unsafe.Sizeof(client{}))
	healthyInPage = uint32(pageBytes / unsafe.Sizeof(healthy{}))
	placeShift    = 5 // a place is a page and five bits
	perSlab       = 256
	lineWords     = 8
)

// A page is looked at as an array of records. All kinds are made of parts of at
// most eight bytes and hold no pointer, which is all that this asks.

func (p *page) healthy() *[healthyInPage]healthy {
	return (*[healthyInPage]healthy)(unsafe.Pointer(p))
}

func (p *page) landed() *[landedInPage]landed {
	return (*[landedInPage]landed)(unsafe.Pointer(p))
}

func (p *page) clients() *[clientsInPage]client {
	return (*[clientsInPage]client)(unsafe.Pointer(p))
}

func (p *pool) page(i uint32) *page { return &p.slabs[i/perSlab][i%perSlab] }

// room makes room for a record in a pile, of which most fill a page.
func (p *pool) room(in *pile, most uint32) (top *page, slot, place uint32) {
	if in.page == 0 || in.n == most {
		fresh := p.make()
		p.next[fresh] = in.page
		*in = pile{fresh, 0}
	}
	slot = in.n
	in.n++
	return p.page(in.page), slot, in.page<<placeShift | slot
}

func (p *pool) addHealthy(to *pile) (h *healthy, place uint32) {
	top, slot, place := p.room(to, healthyInPage)
	return &top.healthy()[slot], place
}

func (p *pool) addLanded(to *pile, c *landed) (place uint32) {
	top, slot, place := p.room(to, landedInPage)
	top.landed()[slot] = *c
	return place
}

func (p *pool) addClient(to *pile, c *client) (place uint32) {
	top, slot, place := p.room(to, clientsInPage)
	top.clients()[slot] = *c
	return place
}

func (p *pool) healthyAt(place uint32) *healthy {
	return &p.page(place >> placeShift).healthy()[place%(1<<placeShift)]
}

func (p *pool) landedAt(place uint32) *landed {
	return &p.page(place >> placeShift).landed()[place%(1<<placeShift)]
}

func (p *pool) clientAt(place uint32) *client {
	return &p.page(place >> placeShift).clients()[place%(1<<placeShift)]
}

func (p *pool) make() uint32 {
	if i := p.free; i != 0 {
		p.free = p.next[i]
		return i
	}
	if len(p.next) == 0 {
		p.next = append(p.next, 0) // the page that is none
	}
	if len(p.next) >= len(p.slabs)*perSlab {
		p.slabs = append(p.slabs, new([perSlab]page))
	}
	p.next = append(p.next, 0)
	return uint32(len(p.next) - 1)
}

// drop frees the pages of a pile.
func (p *pool) drop(all *pile) {
	for i := all.page; i != 0; {
		after := p.next[i]
		p.next[i], p.free = p.free, i
		i = after
	}
	*all = pile{}
}

// sheet is a page of a pile that is read, with the place of its first record
// and how many there are.
type sheet struct {
	*page
	first, n uint32
}

// read lists the pages of a pile. The list is good until the next one is made.
func (p *pool) read(of pile, most uint32) []sheet {
	p.sheets = p.sheets[:0]
	for i := of.page; i != 0; {
		p.sheets = append(p.sheets, sheet{p.page(i), i << placeShift, of.n})
		i, of.n = p.next[i], most
	}
	return p.sheets
}

// together is how many pages are read ahead at once.
const together = 3

// ahead reads pages of the list that come after the i-th. Memory answers slowly,
// but many questions at once: so every line of a few pages is asked for before
// the first of them is needed. What is in them is of no interest yet.
func (p *pool) ahead(i int) {
	if i%together != 0 {
		return
	}
	sum := uint64(0)
	for _, s := range p.sheets[min(i+together, len(p.sheets)):min(i+2*together, len(p.sheets))] {
		for k := 0; k < len(s.page); k += lineWords {
			sum += s.page[k]
		}
	}
	p.sum += sum
}
