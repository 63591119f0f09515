package classify

import (
	"bytes"
	"math/bits"
)

const mostStrings = 64 // of a body whose words stand in no known place

// reader goes through the texts of a body: those in the slots of a document, or
// where its words are in none, all strings that are no names. It is a value, so
// that going through them allocates nothing.
type reader struct {
	have uint16 // slots still to come
	at   int    // where the next string is looked for
	left int    // strings still to come
}

func (v *view) reader() reader {
	r := reader{have: v.doc.have}
	if v.doc.loose {
		r.left = mostStrings
	}
	return r
}

// next returns the next text.
func (r *reader) next(v *view) (t text, ok bool) {
	if r.have != 0 {
		n := bits.TrailingZeros16(r.have) & 15
		r.have &= r.have - 1
		return v.doc.texts[n].of(v.body), true
	}
	if r.left == 0 {
		return nil, false
	}
	return r.nextString(v)
}

func (r *reader) nextString(v *view) (t text, ok bool) {
	s := scan{b: v.body, fuel: fullTank}
	for ; r.left > 0 && r.at < len(s.b); r.left-- {
		quote := bytes.IndexByte(s.b[r.at:], '"')
		if quote < 0 {
			return nil, false
		}
		from := r.at + quote
		end, escaped := s.str(from)
		r.at = s.blank(end)
		to := end
		if end > from+1 && s.b[end-1] == '"' {
			to--
		}
		content := span{from: int32(from + 1), to: int32(min(to, from+1+maxText)), escaped: escaped}
		if r.at == len(s.b) || s.b[r.at] != ':' {
			r.left--
			return content.of(s.b), true
		}
		if string(content.of(s.b)) == "result" { // never read
			r.at = s.value(s.blank(r.at + 1))
		}
	}
	return nil, false
}

// text returns the words in a slot.
func (d *document) text(n slot, body []byte) text {
	if d.have>>n&1 == 0 {
		return nil
	}
	return d.texts[n].of(body)
}

// of cuts a text out of the body, with its escapes resolved.
func (at *span) of(body []byte) text {
	if at.escaped {
		return at.unescaped(body)
	}
	return body[at.from:at.to]
}

func (at *span) unescaped(body []byte) text { return unescape(nil, body[at.from:at.to]) }
