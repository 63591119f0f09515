package classify

// A text is walked word by word, in both directions from where "session"
// stands. Words are runs of letters; a change of case, a digit, "-", "_" or
// any other byte parts them, so that "sessionId", "SESSION_ID" and
// "Mcp-Session-Id" read alike.

// word is one word of a text. It has few fields, so that it is handed on in
// registers.
type word struct {
	from, to int
	role     role
	gap      gap // what stands between it and the word it was reached from
}

func (w word) is(r role) bool { return w.role&r != 0 }

// gap is what stands between two words.
type gap uint8

const (
	gapEnd   gap = 1 << iota // the end of a sentence or of the text
	gapColon                 // ':' or '=' or '#'
	gapQuote                 // an opening quote or bracket
)

type text []byte

const (
	lower = 1 + iota
	upper
	digit
)

// kinds tells letters and digits from all that parts words.
var kinds = func() (k [256]uint8) {
	for c := 'a'; c <= 'z'; c++ {
		k[c], k[c-0x20] = lower, upper
	}
	for c := '0'; c <= '9'; c++ {
		k[c] = digit
	}
	return k
}()

// parts: a word ends between t[i-1] and t[i], both letters or digits.
func (t text) parts(i int) bool {
	a, b := kinds[t[i-1]], kinds[t[i]]
	if b != upper {
		return false
	}
	return a == lower || a == upper && i+1 < len(t) && kinds[t[i+1]] == lower && !plural(t, i)
}

// plural: "IDs" is one word, although a lower-case letter follows.
func plural(t text, i int) bool {
	return t[i+1] == 's' && (i+2 >= len(t) || kinds[t[i+2]] == 0)
}

// next returns the first word at or after i; its gap is gapEnd where the
// sentence ends before it, and then it is empty and stands behind that end.
func (t text) next(i int) word {
	from, to, place, gap := t.read(i)
	return word{from, to, words.entries[place].role, gap}
}

// read finds the same word, and its place in the dictionary.
func (t text) read(i int) (from, to int, place uint16, before gap) {
	for ; i < len(t); i++ {
		c := t[i]
		if kinds[c] != 0 {
			break
		}
		if before |= t.separator(i, c); before&gapEnd != 0 {
			return i + 1, i + 1, unknown, before
		}
	}
	if i == len(t) {
		return i, i, unknown, before | gapEnd
	}
	if n, k := t.plain(i); n > 0 {
		return i, i + n, words.find(k), before
	}
	to, place = t.rare(i)
	return i, to, place, before
}

// rare reads a word that is not plain byte by byte.
func (t text) rare(from int) (to int, place uint16) {
	digits := false // it holds one: an id, a number, never a word of the lexicon
	mark := 0       // an apostrophe
	i := from
	for ; i < len(t); i++ {
		c := t[i]
		switch kinds[c] {
		case lower:
			continue
		case upper:
			if i == from || digits || !t.parts(i) {
				continue
			}
		case digit:
			digits = true
			continue
		default:
			if digits && (c == '-' || c == '_' || c == '.') && i+1 < len(t) && kinds[t[i+1]] != 0 {
				continue // the parts of one id
			}
			if mark == 0 && i > from {
				if n := t.apostrophe(i); n > 0 {
					mark = i
					i += n - 1
					continue
				}
			}
		}
		break
	}
	switch {
	case digits:
		return i, number
	case mark == 0:
		return i, find(t[from:i])
	default:
		return i, t.shortened(from, mark, i)
	}
}

// shortened finds a word with an apostrophe, which the lexicon has without.
func (t text) shortened(from, mark, to int) uint16 {
	var buf [longestWord]byte
	letters := append(buf[:0], t[from:min(mark, from+longestWord-1)]...)
	return find(append(letters, t[to-1]))
}

// find returns the place of a word of letters in any case.
func find(w []byte) uint16 {
	if len(w) > longestWord {
		return unknown
	}
	return words.find(keyOf(w))
}

// apostrophe returns the length of one at i that stands before a last "t", as
// in "isn't" and "can't"; elsewhere it is a quotation mark. Else 0.
func (t text) apostrophe(i int) int {
	n := 0
	switch {
	case t[i] == '\'':
		n = 1
	case t[i] == 0xE2 && i+2 < len(t) && t[i+1] == 0x80 && t[i+2] == 0x99: // U+2019
		n = 3
	default:
		return 0
	}
	if i+n < len(t) && t[i+n]|0x20 == 't' && (i+n+1 == len(t) || kinds[t[i+n+1]] == 0) {
		return n
	}
	return 0
}

// separator says what the byte c at i, no letter or digit, does between words.
func (t text) separator(i int, c byte) gap {
	switch c {
	case ':', '=', '#':
		return gapColon
	case '"', '\'', '`', '<', '[', '(', '{':
		return gapQuote
	case ';', '!', '?', '\n':
		return gapEnd
	case '.':
		if i+1 == len(t) || t[i+1] <= ' ' {
			return gapEnd
		}
	}
	return 0
}

// prev returns the last word that ends at or before i, as next does.
func (t text) prev(i int) word {
	var behind gap
	for ; i > 0; i-- {
		c := t[i-1]
		if kinds[c] != 0 {
			break
		}
		if behind |= t.separator(i-1, c); behind&gapEnd != 0 {
			return word{gap: behind}
		}
	}
	if i == 0 {
		return word{gap: behind | gapEnd}
	}
	to := i
	if n, k := t.plainBefore(i); n > 0 {
		return word{i - n, i, words.entries[words.find(k)].role, behind}
	}
	for i--; i > 0; i-- {
		if kinds[t[i-1]] == 0 {
			if i > 1 && t.joins(i-1) {
				i--
				continue
			}
			break
		}
		if t.parts(i) {
			break
		}
	}
	w := t.next(i)
	return word{w.from, min(w.to, to), w.role, behind}
}

// joins: the byte at i is an ASCII apostrophe inside a word.
func (t text) joins(i int) bool { return t[i] == '\'' && t.apostrophe(i) > 0 && kinds[t[i-1]] != 0 }
