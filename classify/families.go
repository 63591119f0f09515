package classify

import "bytes"

// family is one way of saying that the session is lost. Servers agree on the
// ways and not on the words, so a family is made of roles of words (lexicon.go)
// around "session" and "initialize", and not of sentences.
type family uint8

const (
	_ family = iota
	sessionNotThere
	sessionEnded
	badSession
	noSession
	notInitialized
	initializeWanted
	idRequired
	noSessionID
	headerRefused
	sessionUnlike
	familyCount
)

const everyFamily = 1<<familyCount - 1

// families says of each what it proves, and shows its way of speaking. Between
// the words may stand an id, quotes, articles, and the like.
var families = [familyCount]struct {
	proves fact
	like   string
}{
	sessionNotThere:  {gone, `session ... not found, doesn't exist, is no longer valid`},
	sessionEnded:     {gone, `session ... expired, closed, unknown, terminated`},
	badSession:       {gone, `invalid, expired, unknown ... session`},
	noSession:        {gone, `no such session; could not find session; no transport for session`},
	notInitialized:   {uninitialized, `server not initialized; session has not been started`},
	initializeWanted: {uninitialized, `initialize first; expect initialize request; re-initialize`},
	idRequired:       {idMissing, `session id ... required, missing, must be provided`},
	noSessionID:      {idMissing, `no, missing, requires a ... session id`},
	headerRefused:    {idRefused, `session id ... not supported, must not be sent`},
	sessionUnlike:    {ofAnother, `session user mismatch; session belongs to another user; session access denied`},
}

const (
	shortText = 64      // bytes of a text that is gone through eight bytes at a time; longer ones by the functions of bytes
	maxText   = 4 << 10 // bytes of one text that are read; servers' words come first
	maxHits   = 32      // places of "session" that are looked at in one text
	maxWords  = 16      // words from there to what is said of it
)

// anchors are what every family has in it, as servers write it. Searching them
// first makes all other texts cheap.
var anchors = [...][]byte{[]byte("ession"), []byte("ESSION"), []byte("nitiali"), []byte("NITIALI")}

// anchored: a short text may hold an anchor, since it has "ss" or "ia".
func (t text) anchored() bool {
	for i := 0; i < len(t)-8; i += 7 {
		if b, _ := load(t, i); hasAnchor(b) {
			return true
		}
	}
	b, ok := load(t, len(t)-8)
	return !ok || hasAnchor(b)
}

func hasAnchor(b uint64) bool {
	b = small(b)
	next := b >> 8
	return zeros((b^'s'*ones)|(next^'s'*ones))|zeros((b^'i'*ones)|(next^'a'*ones)) != 0
}

// lost returns the family by which a text says that the session is lost, 0 if
// it does not. Only families of the set count. A success carries mostly what
// tools say, who have sessions of their own: there, a word that is not known
// makes it another kind of session, "scan session", and "session_id" is an
// argument, as no header is written.
func (t text) lost(set uint16, success bool) family {
	weak := family(0)
	for n := range anchors {
		if n == 1 && len(t) <= shortText && !t.anchored() {
			break
		}
		anchor := anchors[n]
		for from, hits := 0, 0; hits < maxHits; hits++ {
			at := bytes.Index(t[from:], anchor)
			if at < 0 {
				break
			}
			at += from
			from = at + len(anchor)
			var f family
			if n < 2 {
				f = t.ofSession(at, success)
			} else {
				f = t.ofInitialize(at)
			}
			switch {
			case f == 0 || set>>f&1 == 0:
			case f == sessionUnlike: // depends on the status
				weak = f
			default:
				return f
			}
		}
	}
	return weak
}

// ofSession judges the "ession" at a place of the text.
func (t text) ofSession(at int, success bool) family {
	from := at - 1
	if from < 0 || t[from]|0x20 != 's' {
		return 0
	}
	to := at + len("ession")
	if from > 0 && kinds[t[from-1]] != 0 && !t.parts(from) && !t.glued(from) {
		return 0 // "obsession"
	}
	var front word // the one right before, which can make it another kind of session
	if t.beside(from) {
		if front = t.prev(from); front.is(roleForeign | roleParty) {
			return 0
		}
		if success && front.role == 0 {
			return 0
		}
	}
	if success && to+3 <= len(t) && t[to] == '_' && foldEqual(t[to+1:to+3], "id") {
		return 0
	}
	if t.notFound(to) {
		return sessionNotThere // what most servers say, known at a glance
	}
	plural := false
	if to < len(t) && t[to]|0x20 == 's' && (to+1 == len(t) || kinds[t[to+1]] == 0) {
		to, plural = to+1, true
	}
	id := to+2 <= len(t) && foldEqual(t[to:to+2], "id")
	if to < len(t) && kinds[t[to]] == lower && !id {
		return 0 // "sessionless"; "sessionid" is "session id"
	}
	f, other := t.after(to, plural)
	if f == idRequired && front.is(roleNot) {
		return 0 // "no session required"
	}
	if f != 0 || other {
		return f
	}
	if front.to == 0 {
		front = t.prev(from)
	}
	return t.before(front, id, to)
}

func (t text) notFound(i int) bool {
	const ending = " not found"
	end := i + len(ending)
	return end <= len(t) && string(t[i:end]) == ending && (end == len(t) || kinds[t[end]] == 0)
}

// glued: "mcpsession" is the session all the same.
func (t text) glued(from int) bool {
	return from >= 3 && foldEqual(t[from-3:from], "mcp") && (from == 3 || kinds[t[from-4]] == 0)
}

// beside: nothing but a blank or a hyphen is between the word at i and the one
// before it.
func (t text) beside(i int) bool {
	if i > 0 && (t[i-1] == ' ' || t[i-1] == '-' || t[i-1] == '_') {
		i--
	}
	return i > 0 && kinds[t[i-1]] != 0
}
