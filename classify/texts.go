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
	have uint64 // slots still to come
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
		n := slot(bits.TrailingZeros64(r.have))
		r.have &= r.have - 1
		return v.doc.cut(n, v.body), true
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
		t = s.b[from+1 : min(to, from+1+maxText)]
		if escaped {
			t = unescape(nil, t)
		}
		if r.at == len(s.b) || s.b[r.at] != ':' {
			r.left--
			return t, true
		}
		if string(t) == "result" { // never read
			r.at = s.value(s.blank(r.at + 1))
		}
	}
	return nil, false
}

// text returns the words in a slot, none if it holds none.
func (d *document) text(n slot, body []byte) text {
	if d.have>>n&1 == 0 {
		return nil
	}
	return d.cut(n, body)
}

// cut takes the text of a slot out of the body, with its escapes resolved.
func (d *document) cut(n slot, body []byte) text {
	at := d.texts[n]
	t := body[at.from:][:at.size]
	if d.escaped>>n&1 != 0 {
		return unescape(nil, t)
	}
	return t
}
