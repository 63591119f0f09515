package classify

import (
	"encoding/binary"
	"math/bits"
)

// Most words are short, of one case, and end with a blank. They are read eight
// bytes at a time, each byte on its own in a word of the machine: the first byte
// is the lowest. All that is rarer is read byte by byte, in walk.go.

const (
	ones = 0x0101010101010101
	tops = 0x80 * ones // the top bit of each byte, in which tests answer
)

const longestWord = 16 // letters of a word that may be known

// key is a word of at most sixteen letters, in lower case, with zeros behind.
type key struct{ head, tail uint64 }

func (k key) hash() uint32 {
	return uint32((k.head*0x9E3779B97F4A7C15 ^ k.tail*0xBF58476D1CE4E5B9) >> 40)
}

// load returns the eight bytes at i, false if there are not as many. The
// compiler needs no further check for a condition put in this way.
func load(b []byte, i int) (eight uint64, ok bool) {
	if i >= 0 && i < len(b)-7 {
		return binary.LittleEndian.Uint64(b[i:]), true
	}
	return 0, false
}

// eight returns the bytes from i on, with zeros behind the end. A text shorter
// than eight bytes has none.
func (t text) eight(i int) uint64 {
	if b, ok := load(t, i); ok {
		return b
	}
	behind := uint(i + 8 - len(t))
	if b, ok := load(t, len(t)-8); ok && behind < 8 {
		return b >> (8 * behind)
	}
	return 0
}

// zeros tells which of eight bytes are zero: the lowest byte that borrows its
// top bit from the subtraction is one. Above it, a byte of one may be told too.
func zeros(b uint64) uint64 { return (b - ones) &^ b & tops }

// letters tells which of eight bytes are letters, and which of those are capital.
func letters(b uint64) (all, capital uint64) {
	low := small(b) &^ tops // letters as lower case; no sum below leaves its byte
	all = (low + (0x80-'a')*ones) &^ (low + (0x7F-'z')*ones) &^ b & tops
	return all, all &^ (b << 2)
}

// plain returns the length and the key of the word at i, where it is plain: of
// letters, none but the first or else all of them capital, and with nothing
// behind it that might belong to it. Else the length is 0.
func (t text) plain(i int) (n int, k key) {
	b := t.eight(i)
	all, capital := letters(b)
	size := run(all)
	if size < 8 {
		capital &= lowest(size)
		if capital > 0x80 && capital != all&lowest(size) || belongs[byte(b>>(8*size&63))] {
			return 0, key{}
		}
		return int(size), key{head: small(b) & lowest(size)}
	}
	rest := t.eight(i + 8)
	all, more := letters(rest)
	size = run(all)
	if size == 8 || capital > 0x80 || more&lowest(size) != 0 || belongs[byte(rest>>(8*size&63))] {
		return 0, key{}
	}
	return 8 + int(size), key{small(b), small(rest) & lowest(size)}
}

// run is the number of bytes, from the first, of which the test was true.
func run(test uint64) uint { return uint(bits.TrailingZeros64(^test&tops)) / 8 }

// lowest are all bits of the first n bytes, of less than eight.
func lowest(n uint) uint64 { return 1<<(8*n&63) - 1 }

// small makes capital letters small, and confuses some marks.
func small(b uint64) uint64 { return b | ' '*ones }

// plainBefore does the same as plain for the word that ends at i, where it is
// shorter than eight letters.
func (t text) plainBefore(i int) (n int, k key) {
	b, ok := load(t, i-8)
	if !ok || i < len(t) && belongs[t[i]] {
		return 0, key{}
	}
	all, capital := letters(b)
	size := uint(bits.LeadingZeros64(^all&tops)) / 8
	if size == 0 || size == 8 {
		return 0, key{}
	}
	other := 64 - 8*size // bits before the word
	if capital>>(other&63) > 0x80 || belongs[byte(b>>(other-8&63))] {
		return 0, key{}
	}
	return int(size), key{head: small(b) >> (other & 63)}
}

// belongs are the bytes beside a word that may be of it: letters, digits and
// the beginning of an apostrophe.
var belongs = func() (b [256]bool) {
	for c, kind := range kinds {
		b[c] = kind != 0
	}
	b['\''], b[0xE2] = true, true
	return b
}()

// keyOf is the key of a word of letters in any case.
func keyOf(w []byte) (k key) {
	var folded [longestWord]byte
	for i, c := range w {
		folded[i] = c | ' '
	}
	return key{binary.LittleEndian.Uint64(folded[:8]), binary.LittleEndian.Uint64(folded[8:])}
}
