package classify

// view is what is known of an answer while it is judged.
type view struct {
	o        *Observation
	facts    fact
	known    fact // facts that were looked for
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
	if v.doc.success && len(v.o.Body) > 0 && v.o.Body[0] == '{' {
		v.body = v.o.Body[:min(len(v.o.Body), MaxBody)]
		if v.readObject(); v.doc.facts&hasResult != 0 {
			v.facts |= hasResult // settles it: the headers need not be read
			return
		}
		v.doc = document{success: true}
	}
	if len(v.o.Header) > 0 {
		v.head.read(v.o.Header)
		v.facts |= v.head.facts()
	}
	var events bool
	if v.body, events = payload(v.o.Body, &v.head); events {
		v.facts |= stream
	}
	v.open()
	v.facts |= v.doc.facts | v.codes()
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
	if want&^v.known == veto && v.quiet() {
		v.known |= veto
		return
	}
	if want&^v.known != 0 {
		v.known |= veto | causeFacts
		v.facts |= v.causes()
	}
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
		if f := t.lost(v.families); f != 0 {
			facts |= families[f].proves
			if v.family == 0 || f != sessionUnlike {
				v.family = f
			}
			if f != sessionUnlike && !v.doc.loose {
				break
			}
		}
	}
	return facts
}

// quiet: no text can hold a veto.
func (v *view) quiet() bool {
	texts := v.reader()
	for t, ok := texts.next(v); ok; t, ok = texts.next(v) {
		if !t.harmless() {
			return false
		}
	}
	return true
}

// causes reads every word, of a page those between its tags.
func (v *view) causes() fact {
	if len(v.body) > 4*fewWords {
		return v.manyCauses()
	}
	var words [fewWords]uint16 // an answer like most: room that is cheap to clear
	return v.causesWithin(words[:])
}

const (
	fewWords  = 128
	mostWords = 512
)

func (v *view) manyCauses() fact {
	var words [mostWords]uint16
	return v.causesWithin(words[:])
}

func (v *view) causesWithin(words []uint16) fact {
	p := places{all: words}
	if v.facts&page != 0 {
		return p.readPage(v.body)
	}
	texts := v.reader()
	for t, ok := texts.next(v); ok; t, ok = texts.next(v) {
		p.read(t)
	}
	return p.facts()
}
