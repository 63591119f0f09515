package classify

// after reads what is said behind "session". other reports that it is not the
// session that is spoken of, but something of its own, like a session token.
func (t text) after(i int, plural bool) (f family, other bool) {
	var (
		not, must, party, own bool
		id                    = plural // the header is spoken of, or all sessions
		named                 bool     // an id of letters only was passed
		introduced            bool     // an id may stand here
	)
	for range maxWords {
		w := t.next(i)
		if w.gap&gapEnd != 0 {
			return 0, false
		}
		i = w.to
		if w.digits {
			introduced = false
			continue
		}
		if w.role == 0 {
			quoted := w.gap&gapQuote != 0
			if named || !introduced && w.gap&(gapColon|gapQuote) == 0 && w.to-w.from < 16 {
				return 0, !named && !introduced
			}
			named, introduced = true, false
			if quoted {
				i = t.closing(w)
			}
			continue
		}
		introduced = w.is(roleID | roleFor)
		switch {
		case w.is(roleForeign):
			return 0, !not
		case w.is(roleNot):
			not = true
		case w.is(roleParty):
			party = true
		case not && w.is(roleThere):
			return unless(party, sessionNotThere), party
		case not && w.is(roleReady):
			return unless(party, notInitialized), party
		case not && w.is(roleGiven) && must && id:
			return headerRefused, false
		case not && w.is(roleGiven):
			return unless(party, idRequired), party
		case not && w.is(roleAllowed) && id:
			return headerRefused, false
		case not && w.is(roleOwn), own && w.is(roleAnother), w.is(roleUnlike):
			return sessionUnlike, false
		case not && w.is(roleGone|roleNeed):
			return 0, false // "not expired", "not required"
		case w.is(roleGone):
			return unless(party, sessionEnded), party
		case w.is(roleNeed), must && w.is(roleGiven):
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

func unless(not bool, f family) family {
	if not {
		return 0
	}
	return f
}

// closing returns the place behind the quote or bracket that was opened before
// w, if it is near; else the end of w.
func (t text) closing(w word) int {
	const longest = 128 // an id
	var end byte
	switch c := t[w.from-1]; c {
	case '<':
		end = '>'
	case '[':
		end = ']'
	case '(':
		end = ')'
	case '{':
		end = '}'
	default:
		end = c
	}
	for i := w.to; i < len(t) && i < w.to+longest; i++ {
		if t[i] == end {
			return i + 1
		}
	}
	return w.to
}
