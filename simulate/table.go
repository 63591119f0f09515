package simulate

// table is a session table of bounded size: the least recently used session
// goes when a new one comes. A nil table remembers everything.
type table struct {
	slots  []slot
	index  map[Token]int32
	first  int32 // most recently used
	last   int32
	serial Token
	since  Token // sessions up to this one went in a restart
}

type slot struct {
	token      Token
	prev, next int32
}

const none = -1

func newTable(size int) *table {
	if size == 0 {
		return nil
	}
	return &table{slots: make([]slot, 0, size), index: make(map[Token]int32, size), first: none, last: none}
}

// open makes a session. The least recently used one goes if there is no room.
func (t *table) open() Token {
	t.serial++
	i := int32(len(t.slots))
	if len(t.slots) < cap(t.slots) {
		t.slots = append(t.slots, slot{})
	} else {
		i = t.last
		t.unlink(i)
		delete(t.index, t.slots[i].token)
	}
	t.slots[i].token = t.serial
	t.link(i)
	t.index[t.serial] = i
	return t.serial
}

// use reports whether a session is known, and makes it the most recently used.
func (t *table) use(token Token) bool {
	i, known := t.index[token]
	if known && i != t.first {
		t.unlink(i)
		t.link(i)
	}
	return known
}

// drop forgets one session: its place is the next that is taken.
func (t *table) drop(token Token) {
	i, known := t.index[token]
	if !known {
		return
	}
	delete(t.index, token)
	t.slots[i].token = 0
	if i == t.last {
		return
	}
	t.unlink(i)
	t.slots[i].prev, t.slots[i].next = t.last, none
	t.slots[t.last].next, t.last = i, i
}

// clear forgets all sessions.
func (t *table) clear() {
	if t == nil {
		return
	}
	t.slots, t.first, t.last = t.slots[:0], none, none
	clear(t.index)
	t.since = t.serial
}

func (t *table) link(i int32) {
	t.slots[i].prev, t.slots[i].next = none, t.first
	if t.first != none {
		t.slots[t.first].prev = i
	} else {
		t.last = i
	}
	t.first = i
}

func (t *table) unlink(i int32) {
	s := t.slots[i]
	if s.prev != none {
		t.slots[s.prev].next = s.next
	} else {
		t.first = s.next
	}
	if s.next != none {
		t.slots[s.next].prev = s.prev
	} else {
		t.last = s.prev
	}
}
