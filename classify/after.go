package classify

// after reads what is said behind "session". other reports that it is not the
// session that is spoken of, but something of its own, like a session token.
func (t text) after(i int, plural bool) (f family, other bool) {
	var (
		not, must, party, own bool
		id                    = plural // the header is spoken of, or all sessions
		passed                bool     // the id itself
		introduced            bool     // it may stand here, even if it has letters only
		beside                = true   // still right behind "session"
	)
	for range maxWords {
		w := t.next(i)
		if w.gap&gapEnd != 0 {
			return 0, false
		}
		i = w.to
		if end := t.quoted(w); end > 0 {
			passed, i = true, end
			continue
		}
		if w.role == 0 {
			if end, coined := t.token(w); coined {
				passed, i = true, end
				continue
			}
			if passed || !introduced && w.gap&(gapColon|gapQuote) == 0 {
				return 0, beside // "session recording", "session 12: file"
			}
			passed = true
			continue
		}
		introduced = w.is(roleID | roleFor)
		near := beside
		beside = beside && w.is(roleID)
		switch {
		case w.is(roleForeign):
			return 0, !not && (near || !id) // "session token", but "session id for a token"
		case w.is(roleNot):
			not = true
		case w.is(roleParty):
			party = true
		case not && w.is(roleThere|roleLink):
			return unless(party, sessionNotThere), party
		case not && w.is(roleReady):
			return unless(party, notInitialized), party
		case must && w.is(roleReady):
			return unless(party, notInitialized), party // "must be established first"
		case not && w.is(roleGiven) && must && id:
			return headerRefused, false
		case not && w.is(roleGiven):
			return unless(party, idRequired), party
		case not && w.is(roleAllowed) && id:
			return headerRefused, false
		case not && w.is(roleLack):
			return idRequired, false // "must not be empty"
		case not && w.is(roleOwn), own && w.is(roleAnother), w.is(roleUnlike):
			return sessionUnlike, false
		case not && w.is(roleGone|roleNeed):
			return 0, false // "not expired", "not required"
		case w.is(roleGone) && w.gap&gapColon != 0 && t.unknown(i):
			return 0, false // "session: invalid event": of another thing
		case w.is(roleGone):
			return unless(party, sessionEnded), party
		case w.is(roleNeed | roleLack), must && w.is(roleGiven):
			return unless(party, idRequired), party
		case w.is(roleMust):
			must = true
		case w.is(roleOwn):
			own = true
		case w.is(roleID):
			id = true
		case w.is(roleStop | roleSession):
			return 0, false
		case !w.is(roleGlue | roleObject | roleThere | roleGiven | roleAnother):
			return 0, false
		}
	}
	return 0, false
}

// unknown: the next word is none of the dictionary.
func (t text) unknown(i int) bool {
	_, _, place, gap := t.read(i)
	return (place == unknown || place == number) && gap&gapEnd == 0
}

func unless(not bool, f family) family {
	if not {
		return 0
	}
	return f
}

const longestID = 128 // bytes of an id that is passed over

// quoted returns the place behind the closing quote of an id that begins with
// w, 0 if there is none. Behind a colon it is a value and not an id, and what
// stands in round or square brackets is often a remark.
func (t text) quoted(w word) int {
	if w.gap&gapQuote == 0 || w.gap&gapColon != 0 {
		return 0
	}
	end := t[w.from-1]
	switch end {
	case '<':
		end = '>'
	case '"', '\'', '`':
	default:
		return 0
	}
	for i := w.to; i < len(t) && i < w.to+longestID; i++ {
		if t[i] == end {
			return i + 1
		}
	}
	return 0
}

// token returns the end of the run of letters, digits, hyphens and underscores
// that begins with w. It is coined, an id and no word, if it has a digit or is
// longer than words are.
func (t text) token(w word) (end int, coined bool) {
	i := w.from
	for ; i < len(t) && i < w.from+longestID; i++ {
		if kinds[t[i]] == digit {
			coined = true
		} else if kinds[t[i]] == 0 && t[i] != '-' && t[i] != '_' {
			break
		}
	}
	return i, coined || i-w.from > longestWord
}
