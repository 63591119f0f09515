package classify

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
	const usual = `{"jsonrpc":"2.0"` // known at a glance
	s := scan{b: v.body, fuel: fullTank}
	if len(v.body) > len(usual) && string(v.body[:len(usual)]) == usual {
		v.doc.isRPC = true
		v.doc.object(&s, len(usual)-1, inTop, 0)
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
	if i < len(v.body) && v.body[i] == ']' {
		v.facts |= empty
		return true
	}
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

func (v *view) asText() { v.doc.put(whole, 0, len(v.body), false) }

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
