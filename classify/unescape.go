package classify

import (
	"unicode/utf16"
	"unicode/utf8"
)

// unescape appends a JSON string's content to dst with its escapes resolved.
// What is malformed is kept as it stands.
func unescape(dst, raw []byte) []byte {
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c != '\\' || i+1 == len(raw) {
			dst = append(dst, c)
			continue
		}
		i++
		switch raw[i] {
		case 'n':
			dst = append(dst, '\n')
		case 't':
			dst = append(dst, '\t')
		case 'r':
			dst = append(dst, '\r')
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'u':
			r, n := rune16(raw[i+1:])
			i += n
			if utf16.IsSurrogate(r) && i+2 < len(raw) && raw[i+1] == '\\' && raw[i+2] == 'u' {
				low, n := rune16(raw[i+3:])
				if full := utf16.DecodeRune(r, low); full != utf8.RuneError {
					r, i = full, i+2+n
				}
			}
			dst = utf8.AppendRune(dst, r)
		default: // a quote, a slash, a backslash
			dst = append(dst, raw[i])
		}
	}
	return dst
}

// rune16 reads up to four hexadecimal digits and returns how many there were.
func rune16(hex []byte) (r rune, n int) {
	for ; n < 4 && n < len(hex); n++ {
		switch c := hex[n]; {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return utf8.RuneError, n
		}
	}
	if n < 4 {
		return utf8.RuneError, n
	}
	return r, n
}
