package classify

// view is what is known of an answer while it is judged.
type view struct {
	o        *Observation
	facts    fact
	known    fact // facts that were looked for
	thorough bool // for people: where the words are read, learn all that they say
	families uint16
	family   family // the one that spoke of the session
	head     head
	body     []byte // payload
	doc      document
}

// look learns what costs little: request, headers, the body's kind, the code.
func (v *view) look() {
	v.known = ^lazyFacts
	v.facts = v.o.facts()
	v.doc.success = v.o.success()
	read := false
	if v.doc.success && len(v.o.Body) > 0 && v.o.Body[0] == '{' {
		v.body = v.o.Body[:min(len(v.o.Body), MaxBody)]
		if read = v.readObject(); v.doc.facts&hasResult != 0 {
			v.facts |= hasResult // settles it: the headers need not be read
			return
		}
	}
	if len(v.o.Header) > 0 {
		v.head.read(v.o.Header)
		v.facts |= v.head.facts()
	}
	if !read { // no compressed text reads as an object as it comes
		v.unpack()
	}
	v.facts |= v.doc.facts | v.codes()
}

// unpack takes the payload out of the body and reads it.
func (v *view) unpack() {
	var events bool
	if v.body, events = payload(v.o.Body, &v.head); events {
		v.facts |= stream
	}
	v.open()
}

// facts of the request alone.
func (o *Observation) facts() fact {
	var f fact
	if o.HadSession {
		f |= hadSession
	}
	if o.Era != Stateless {
		f |= sessionful
	}
	if o.Method == "POST" || o.Method == "" || sameFold(o.Method, "post") {
		f |= posted
	} else {
		f |= oneway
	}
	const note = "notifications/"
	switch m := o.RPCMethod; {
	case m == "initialize":
		f |= opening
	case m == "response":
		f |= replying | oneway
	case len(m) > len(note) && m[:len(note)] == note:
		f |= oneway
	}
	return f
}

// learn looks for the facts that are wanted and not known, a group at a time.
func (v *view) learn(want fact) {
	if want&phraseFacts&^v.known != 0 {
		v.known |= phraseFacts
		v.facts |= v.phrases()
	}
	if want &^= v.known; want == 0 {
		return
	}
	if want&^(veto|secret) == 0 && v.quiet(want&secret != 0) {
		v.known |= want
		return
	}
	v.facts |= v.causes(want)
}

// phrases looks for the families that say that the session is lost. The first
// slot that does settles it; of loose texts all are asked, so that their order
// does not matter.
func (v *view) phrases() fact {
	var facts fact
	if v.facts&page != 0 {
		return 0
	}
	texts := v.reader()
	for t, ok := texts.next(v); ok; t, ok = texts.next(v) {
		if f := t.lost(v.families, v.doc.success); f != 0 {
			facts |= families[f].proves
			if v.family == 0 || f != sessionUnlike {
				v.family = f
			}
			if f != sessionUnlike && !v.doc.loose {
				if v.doc.have&(v.doc.have-1) == 0 && t.harmless() {
					v.known |= veto // there is no other text to look for one in
					if v.o.Status == 401 && t.keyless() {
						v.known |= secret
					}
				}
				break
			}
		}
	}
	return facts
}

// quiet: no text can hold a veto, nor, if that is asked, a secret.
func (v *view) quiet(secrets bool) bool {
	texts := v.reader()
	for t, ok := texts.next(v); ok; t, ok = texts.next(v) {
		if !t.harmless() || secrets && !t.keyless() {
			return false
		}
	}
	return true
}

// causes reads every word, of a page those between its tags, and looks for
// phrases if a word may begin one that proves what is wanted now or later.
func (v *view) causes(want fact) fact {
	if len(v.body) > 4*fewWords {
		return v.manyCauses(want)
	}
	var words [fewWords]uint16 // an answer like most: room that is cheap to clear
	return v.causesWithin(words[:], want)
}

const (
	fewWords  = 128
	mostWords = 512
)

func (v *view) manyCauses(want fact) fact {
	var words [mostWords]uint16
	return v.causesWithin(words[:], want)
}

func (v *view) causesWithin(words []uint16, want fact) fact {
	p := places{all: words}
	if want |= routes[place(v.o.Status)].asks; v.thorough {
		want = veto | secret | causeFacts
	}
	v.known |= veto | secret | causeFacts // the rest, no row of this status asks for
	if v.facts&page != 0 {
		return p.readPage(v.body, want)
	}
	texts := v.reader()
	for t, ok := texts.next(v); ok; t, ok = texts.next(v) {
		p.read(t)
	}
	if p.opens&want == 0 {
		return 0
	}
	return p.facts(want)
}
