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

// open finds out what kind of body it is, and reads it if it is JSON, whatever
// its Content-Type.
func (v *view) open() {
	if len(v.body) == 0 {
		v.facts |= empty
		return
	}
	switch c := v.body[0]; {
	case c == '{' && v.readObject():
		return
	case c == '[' && v.readBatch():
		return
	case c == '<' && v.isPage():
		v.facts |= page | foreign
	default:
		v.facts |= foreign
		v.asText()
	}
}

func (v *view) readObject() bool {
	const usual = `{"jsonrpc":"2.0",` // known at a glance
	s := scan{b: v.body, fuel: fullTank}
	if len(v.body) > len(usual) && string(v.body[:len(usual)]) == usual {
		v.doc.isRPC = true
		v.doc.object(&s, len(usual)-2, inTop, 0)
		v.settle()
		return true
	}
	first := s.blank(1)
	if first < len(v.body) && v.body[first] == '}' {
		v.facts |= empty
		return true
	}
	if first < len(v.body) && v.body[first] != '"' {
		return false // braces, but no JSON
	}
	v.doc.object(&s, 0, inTop, 0)
	v.settle()
	return true
}

// readBatch reads the answers of a batch (MCP 2025-03-26). One result makes the
// batch a proper answer; else the last error speaks, as they are all alike when
// a session is lost.
func (v *view) readBatch() bool {
	s := scan{b: v.body, fuel: fullTank}
	i := s.blank(1)
	if i < len(v.body) && v.body[i] != '{' {
		return false
	}
	for i < len(v.body) && v.body[i] == '{' {
		i = s.blank(v.doc.object(&s, i, inTop, 0))
		if i < len(v.body) && v.body[i] == ',' {
			i = s.blank(i + 1)
		}
	}
	v.settle()
	return true
}

// settle: an object that is neither an answer nor of JSON-RPC at all, and whose
// words stand in no known place, is read string by string.
func (v *view) settle() {
	d := &v.doc
	if d.facts&(hasResult|hasError) != 0 {
		d.loose = d.facts&hasResult == 0 && d.have == 0
		return
	}
	if !d.isRPC {
		v.facts |= foreign
		d.loose = d.have == 0
	}
}

func (v *view) asText() { v.doc.put(whole, 0, min(len(v.body), maxText), false) }

// isPage: a body that begins with a tag is HTML if its type or its tag says so.
// XML is not: it is read as text.
func (v *view) isPage() bool {
	if len(v.body) < 2 || v.body[1] == '?' {
		return false
	}
	if containsFold(v.head.contentType, "html") {
		return true
	}
	for _, tag := range [...]string{"!doctype html", "html", "head", "body", "title", "h1", "h2", "h3", "p>", "pre", "center", "div", "!--"} {
		if beginsFold(v.body[1:], tag) {
			return true
		}
	}
	return false
}

// codes of JSON-RPC that have one meaning (MCP 2026-07-28). The number -32001
// has many: only a draft's text makes it one.
func (v *view) codes() fact {
	switch v.doc.code {
	case 0:
	case -32020:
		return codeHeader
	case -32021:
		return codeCapability
	case -32022:
		return codeVersion
	case -32700:
		return codeParse
	case -32601, -32602, -32002:
		return codeMethod
	case -32603:
		return codeInternal
	case -32004:
		if v.doc.supports {
			return codeVersion
		}
	case -32001:
		if beginsFold(v.doc.text(errorMessage, v.body), "header mismatch") {
			return codeHeader
		}
	}
	return 0
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
	mostWords = 768
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
