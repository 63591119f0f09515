package classify

// ofInitialize judges the "nitiali" at a place of the text.
func (t text) ofInitialize(at int) family {
	from := at
	for from > 0 && kinds[t[from-1]] != 0 && (from == at || !t.parts(from)) {
		from--
	}
	if from < at-3 || from == at || t[at-1]|0x20 != 'i' {
		return 0
	}
	to := at + len("nitiali")
	for to < len(t) && kinds[t[to]] != 0 && !t.parts(to) {
		to++
	}
	stem, ending := t[from:at-1], t[at+len("nitiali"):to] // "re", "zed"
	done := len(ending) == 3 && foldEqual(ending[1:], "ed")
	switch {
	case len(stem) == 0 && done:
		return t.initialized(from)
	case foldEqual(stem, "un") && done:
		return t.subject(from)
	case foldEqual(stem, "re") && !done:
		return t.again(from)
	case len(stem) == 0 && len(ending) > 0:
		return t.initialize(from, to)
	}
	return 0
}

// initialized reads what stands in front of "initialized".
func (t text) initialized(i int) family {
	for range maxWords {
		w := t.prev(i)
		switch {
		case w.gap&(gapEnd|gapColon) != 0:
			return 0
		case w.is(roleNot):
			return t.subject(w.from)
		case w.is(roleMust | roleNeed | roleFirst):
			return initializeWanted
		case !w.is(roleGlue) || w.is(roleServer):
			return 0
		}
		i = w.from
	}
	return 0
}

// subject asks what is not initialized: the server or the session, said or
// meant, and not some part of either.
func (t text) subject(i int) family {
	for range maxWords {
		w := t.prev(i)
		if w.gap&(gapEnd|gapColon) != 0 || w.is(roleServer) {
			return notInitialized
		}
		if !w.is(roleGlue) {
			return 0
		}
		i = w.from
	}
	return 0
}

// again: "re-initialize" is wanted, unless somebody failed to.
func (t text) again(i int) family {
	w := t.prev(i)
	for range maxWords {
		if w.gap&gapEnd != 0 || !w.is(roleGlue) {
			break
		}
		w = t.prev(w.from)
	}
	if w.is(roleFail) {
		return 0
	}
	return initializeWanted
}

// initialize reads what stands around "initialize" or "initialization".
func (t text) initialize(from, to int) family {
	if w := t.prev(from); w.gap == 0 && foldEqual(t[w.from:w.to], "re") {
		return t.again(w.from)
	}
	if t.wantedAfter(to) {
		return initializeWanted
	}
	article := false
	for i, n := from, 0; n < maxWords; n++ {
		w := t.prev(i)
		switch {
		case w.gap&(gapEnd|gapColon) != 0:
			return 0
		case foldEqual(t[w.from:w.to], "during"):
			if t.prev(w.from).is(roleGone | roleAllowed) { // "is invalid during initialization"
				return initializeWanted
			}
			return 0
		case w.is(roleWant | roleMust), w.is(roleNot) && article:
			return initializeWanted
		case !w.is(roleGlue | roleSession):
			return 0
		}
		article = true
		i = w.from
	}
	return 0
}

// wantedAfter: "initialize first", "initialize request is required".
func (t text) wantedAfter(i int) bool {
	for range maxWords {
		w := t.next(i)
		switch {
		case w.gap&(gapEnd|gapColon) != 0:
			return false
		case w.is(roleNeed | roleLack | roleFirst):
			return true
		case w.is(roleMust):
			return !t.next(w.to).is(roleNot)
		case !w.is(roleGlue):
			return false
		}
		i = w.to
	}
	return false
}
