package classify

// document is what matters of a JSON body. Nothing inside a result is ever
// read: what a tool reports there is not the transport's business, whatever
// its words.
type document struct {
	code     int  // JSON-RPC error code
	facts    fact // hasResult, hasError
	success  bool // of a 2xx: a result settles it
	isRPC    bool // it has members of JSON-RPC
	supports bool // error.data.supported is there
	texts    [slotCount]span
}

// span is the content of a JSON string in the body. One of no length is not
// there.
type span struct {
	from, to int32
	escaped  bool
}

// slot is a place where servers put their words. The order is that in which
// they are read.
type slot uint8

const (
	errorMessage slot = iota
	errorDataMessage
	errorDataReason
	errorData // a string
	errorDetail
	errorType // "type", "name" or a "code" that is a string
	errorString
	wrapped // jsonRpcError.message, detail.message, errors[0].message
	topMessage
	topDetail
	topDescription
	topTitle
	topReason
	slotCount
)

// The kinds of object that are looked into. Names of members are compared
// exactly, as JSON has it.
const (
	inTop = iota
	inError
	inData
	inWrapper
)

const maxDepth = 3 // objects in objects that are looked into

// object reads the members of the object at i and returns the place behind it.
// Of two members of one name the last counts, as for encoding/json.
func (d *document) object(s *scan, i, kind, depth int) int {
	i++
	for {
		m, ok := s.member(i)
		if !ok {
			break
		}
		var buf [24]byte
		name := m.name
		if m.escaped && len(name) <= 6*16 {
			name = unescape(buf[:0], name)
		}
		d.member(s, kind, depth, name, m.at)
		if d.success && d.facts&hasResult != 0 {
			d.forget()
			return len(s.b)
		}
		i = s.value(m.at)
	}
	if i = s.blank(i); i < len(s.b) && s.b[i] == '}' {
		i++
	}
	return i
}

func (d *document) member(s *scan, kind, depth int, name []byte, at int) {
	switch kind {
	case inTop:
		d.top(s, depth, name, at)
	case inError:
		d.errorMember(s, depth, name, at)
	case inData:
		switch string(name) {
		case "message", "detail":
			d.text(s, errorDataMessage, at)
		case "reason", "error", "code":
			d.text(s, errorDataReason, at)
		case "supported":
			d.supports = true
		}
	case inWrapper:
		switch string(name) {
		case "message", "msg", "error", "detail":
			d.text(s, wrapped, at)
		}
	}
}

func (d *document) top(s *scan, depth int, name []byte, at int) {
	switch string(name) {
	case "jsonrpc", "method":
		d.isRPC = true
	case "result":
		if s.b[at] != 'n' { // null beside an error is how some say "no result"
			d.facts |= hasResult
		}
	case "error":
		d.forget()
		switch s.b[at] {
		case '{':
			d.facts |= hasError
			d.object(s, at, inError, depth+1)
		case '"':
			d.facts |= hasError
			d.text(s, errorString, at)
		case 'n', 'f':
		default:
			d.facts |= hasError
		}
	case "message", "Message", "msg":
		d.text(s, topMessage, at)
	case "detail", "jsonRpcError", "errors", "fault":
		d.wrapper(s, depth, at)
	case "error_description", "errorMessage", "error_message", "description":
		d.text(s, topDescription, at)
	case "title":
		d.text(s, topTitle, at)
	case "reason", "code":
		d.text(s, topReason, at)
	}
}

// forget drops what an earlier member "error" said.
func (d *document) forget() {
	d.facts &^= hasError
	d.code, d.supports = 0, false
	for n := errorMessage; n <= errorString; n++ {
		d.texts[n] = span{}
	}
}

func (d *document) errorMember(s *scan, depth int, name []byte, at int) {
	switch string(name) {
	case "code":
		if s.b[at] == '"' {
			d.text(s, errorType, at)
			return
		}
		d.code, _ = s.integer(at)
	case "message":
		d.text(s, errorMessage, at)
	case "data":
		d.supports = false
		d.texts[errorDataMessage], d.texts[errorDataReason] = span{}, span{}
		if s.b[at] == '{' && depth < maxDepth {
			d.object(s, at, inData, depth+1)
			return
		}
		d.text(s, errorData, at)
	case "detail", "details", "error", "description":
		d.text(s, errorDetail, at)
	case "type", "name", "reason", "status":
		d.text(s, errorType, at)
	}
}

// wrapper reads a text that stands alone, in an object, or in the first object
// of an array.
func (d *document) wrapper(s *scan, depth, at int) {
	if s.b[at] == '[' {
		at = s.blank(at + 1)
	}
	switch {
	case at >= len(s.b):
	case s.b[at] == '"':
		d.text(s, topDetail, at)
	case s.b[at] == '{' && depth < maxDepth:
		d.object(s, at, inWrapper, depth+1)
	}
}

// text puts the string at a place into a slot; other values are no text.
func (d *document) text(s *scan, n slot, at int) {
	if s.b[at] != '"' {
		d.texts[n] = span{}
		return
	}
	end, escaped := s.str(at)
	if end > at+1 && s.b[end-1] == '"' {
		end--
	}
	d.texts[n] = span{from: int32(at + 1), to: int32(max(end, at+1)), escaped: escaped}
}
