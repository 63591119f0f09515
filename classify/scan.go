package classify

import (
	"bytes"
	"math/bits"
)

// scan walks over JSON without building anything. It is lenient: what is cut
// or malformed ends the walk, and all that was seen before it counts. All
// places are indexes into the body; the end of the body ends every walk, and so
// does the end of the fuel, which bounds the time for bodies that are nothing
// but brackets. Strings cost no fuel by length, so honest bodies have plenty.
type scan struct {
	b    []byte
	fuel int
}

const (
	fullTank   = 6000 // steps
	mostBlank  = 4 << 10
	mostScalar = 64 // bytes of a number or a word
	mostCode   = 999_999_999
	shortName  = 32 // bytes of a name that is looked up
	memberCost = 5  // of fuel: a member is looked up, not only walked over
)

// blank skips white space.
func (s *scan) blank(i int) int {
	for end := min(len(s.b), i+mostBlank); i < end; i++ {
		if c := s.b[i]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			break
		}
	}
	return i
}

// str walks over the string that opens at i and returns the place behind its
// closing quote. Short strings are read eight bytes at a time, long ones by
// jumping to the next quote.
func (s *scan) str(i int) (end int, escaped bool) {
	const short = 64
	b := s.b
	i++
	if i < len(b) && b[i] == '"' {
		return i + 1, false
	}
	for near := i + short; i < near; i += 8 {
		eight, ok := load(b, i)
		if !ok {
			break
		}
		if n := firstMark(eight); n < 8 {
			if i += n; b[i] == '"' {
				return i + 1, false
			}
			break // a backslash
		}
	}
	for i < len(s.b) {
		n := bytes.IndexByte(s.b[i:], '"')
		if n < 0 {
			return len(s.b), escaped || bytes.IndexByte(s.b[i:], '\\') >= 0
		}
		back := i + n
		for back > i && s.b[back-1] == '\\' {
			back--
		}
		if (i+n-back)%2 == 0 {
			return i + n + 1, escaped || bytes.IndexByte(s.b[i:i+n], '\\') >= 0
		}
		escaped = true
		i += n + 1
	}
	return len(s.b), escaped
}

// firstMark is the place of the first quote or backslash among eight bytes, 8
// if there is none.
func firstMark(b uint64) int {
	return bits.TrailingZeros64(zeros(b^'"'*ones)|zeros(b^'\\'*ones)) / 8
}

// value walks over the value at i and returns the place behind it.
func (s *scan) value(i int) int {
	if i >= len(s.b) {
		return len(s.b)
	}
	switch s.b[i] {
	case '"':
		i, _ = s.str(i)
		return i
	case '{', '[':
		return s.nested(i)
	}
	for end := min(len(s.b), i+mostScalar); i < end; i++ {
		if c := s.b[i]; c == ',' || c == '}' || c == ']' {
			return i
		}
	}
	return len(s.b)
}

// nested walks over an object or array without looking into it. Only quotes
// and brackets count, of which all kinds are taken alike.
func (s *scan) nested(i int) int {
	depth := 0
	for ; i < len(s.b) && s.fuel > 0; s.fuel-- {
		switch s.b[i] {
		case '"':
			i, _ = s.str(i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return len(s.b)
}

// member reads the name at i, or behind a comma there, and returns the place of
// its value; it is negative at the end of the object and where it is malformed.
func (s *scan) member(i int) (name []byte, at int) {
	if s.fuel -= memberCost; s.fuel < 0 {
		return nil, -1
	}
	// Most come without blanks and escapes.
	b := s.b
	if i < len(b) && b[i] == ',' {
		i++
	}
	if i < len(b) && b[i] == '"' {
		end := i + 1
		for end < len(b) && end < i+shortName && b[end] != '"' && b[end] != '\\' {
			end++
		}
		if end < len(b)-2 && b[end] == '"' && b[end+1] == ':' && b[end+2] > ' ' {
			return b[i+1 : end], end + 2
		}
	}
	return s.spacedMember(i)
}

// spacedMember does the same for what is rarer.
func (s *scan) spacedMember(i int) (name []byte, at int) {
	b := s.b
	if i < len(b) && b[i] != '"' {
		if i = s.blank(i); i < len(b) && b[i] == ',' {
			i = s.blank(i + 1)
		}
	}
	if i >= len(b) || b[i] != '"' {
		return nil, -1
	}
	end, escaped := s.str(i)
	if end < i+2 || b[end-1] != '"' {
		return nil, -1
	}
	name = b[i+1 : end-1]
	if escaped {
		if name, end = s.escapedName(i); name == nil {
			return nil, -1
		}
	}
	if i = s.blank(end); i >= len(b) || b[i] != ':' {
		return nil, -1
	}
	if i = s.blank(i + 1); i >= len(b) {
		return nil, -1
	}
	return name, i
}

// escapedName reads a name with escapes; nil if it is cut.
func (s *scan) escapedName(i int) (name []byte, end int) {
	const longest = 64 // of names that matter, each letter escaped
	end, _ = s.str(i)
	if end < i+2 || s.b[end-1] != '"' {
		return nil, end
	}
	raw := s.b[i+1 : end-1]
	return unescape([]byte{}, raw[:min(len(raw), longest)]), end
}

// integer reads a whole number, as JSON-RPC codes are, and returns the place
// behind it; fractions, other values and numbers beyond mostCode, which no code
// is, are 0.
func (s *scan) integer(at int) (n, end int) {
	i, negative := at, false
	if s.b[i] == '-' {
		i, negative = i+1, true
	}
	for ; i < len(s.b) && s.b[i]-'0' <= 9; i++ {
		if n > mostCode/10 {
			return 0, s.value(at)
		}
		n = n*10 + int(s.b[i]-'0')
	}
	if i < len(s.b) && s.b[i] != ',' && s.b[i] != '}' && s.b[i] > ' ' {
		return 0, s.value(at)
	}
	if negative {
		n = -n
	}
	return n, i
}
