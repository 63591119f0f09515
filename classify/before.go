package classify

// before reads what stands in front of "session", from the word w on; id: its
// id is spoken of, or else by the word behind.
func (t text) before(w word, id bool, behind int) family {
	var (
		find     bool // "... find session": who failed to?
		put      bool // "... provide a session": who must, or did not?
		of       bool // "... for session": what is missing?
		object   bool // its transport is
		existing bool // "valid", "active"
		own      bool // "... belong to session"
		named    = id || t.next(behind).is(roleID)
	)
	for range maxWords {
		if w.gap&gapEnd != 0 || w.gap&gapColon != 0 && !(named && w.is(roleID|roleNeed|roleLack)) {
			if put && named {
				return noSessionID // "Include a session id"
			}
			return 0
		}
		if w.role == 0 {
			return 0
		}
		i := w.from
		switch {
		case w.is(roleForeign):
			return 0
		case find:
			if w.is(roleNot | roleFail) {
				return noSession
			}
			if !w.is(roleGlue) {
				return 0
			}
		case put && w.is(roleMust|roleNeed|roleLack|roleNot|roleFail):
			return noSessionID
		case own && w.is(roleNot):
			return sessionUnlike
		case w.is(roleNot):
			if of && !object && !t.prev(i).is(roleObject) {
				return 0 // "user not found for session"
			}
			if !existing && !of && named {
				return noSessionID
			}
			return noSession
		case w.is(roleGone | roleBad):
			if of && !object && !t.prev(i).is(roleObject) {
				return 0
			}
			return badSession
		case w.is(roleNeed|roleLack) && !of:
			return noSessionID
		case w.is(roleUnlike) && !of:
			return sessionUnlike
		case w.is(roleFind):
			find = true
		case w.is(roleOpen):
			return t.asked(i)
		case w.is(roleOwn):
			own = true
		case w.is(rolePut):
			put = true
		case own && w.is(roleParty): // "the user who opened the session"
		case w.is(roleFor):
			of = true
		case w.is(roleObject) && of:
			object = true
		case w.is(roleThere):
			existing = true
		case !w.is(roleGlue | roleObject | roleID):
			return 0
		}
		w = t.prev(i)
	}
	return 0
}

// asked: the verb at i is a request, "please start a new session", and not what
// somebody failed to do.
func (t text) asked(i int) family {
	w := t.prev(i)
	if w.gap&(gapEnd|gapColon) != 0 || w.is(roleMust|roleNeed) {
		return initializeWanted
	}
	return 0
}
