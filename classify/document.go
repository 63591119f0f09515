package classify

// document is what matters of a JSON body. Nothing inside a result is ever
// read: what a tool reports there is not the transport's business, whatever
// its words.
type document struct {
	code     int    // JSON-RPC error code
	facts    fact   // hasResult, hasError
	success  bool   // of a 2xx: a result settles it
	isRPC    bool   // it has members of JSON-RPC
	supports bool   // error.data.supported is there
	loose    bool   // the words are in no slot: any string may be one
	have     uint16 // slots that hold a text, a bit each
	escaped  uint16 // those whose text may have escapes
	texts    [slotCount]span
}

// span is the content of a JSON string in the body: at most maxText bytes of at
// most MaxBody.
type span struct{ from, size uint16 }

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
	whole // the body itself, where it is no JSON
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
	if kind == inError {
		i = d.usual(s, i)
	}
	for {
		if i < len(s.b) && s.b[i] == '}' {
			s.fuel -= memberCost
			return i + 1
		}
		name, at := s.member(i)
		if at < 0 {
			break
		}
		switch kind {
		case inTop:
			i = d.top(s, depth, name, at)
		case inError:
			i = d.errorMember(s, depth, name, at)
		case inData:
			i = d.dataMember(s, name, at)
		case inWrapper:
			i = d.wrapperMember(s, name, at)
		}
		if d.success && d.facts&hasResult != 0 {
			d.forget() // whatever stands beside a result
			return len(s.b)
		}
	}
	if i = s.blank(i); i < len(s.b) && s.b[i] == '}' {
		i++
	}
	return i
}

// usual reads the members of an error that nearly all servers begin it with, in
// this order and without blanks. It returns the place behind what it has read.
func (d *document) usual(s *scan, i int) int {
	const code, message = `"code":-`, `,"message":"`
	b := s.b
	if s.fuel < 2*memberCost || i < 0 || i >= len(b)-len(code) || string(b[i:i+len(code)]) != code {
		return i
	}
	d.code, i = s.integer(i + len(code) - 1)
	s.fuel -= memberCost
	if i < 0 || i >= len(b)-len(message) || string(b[i:i+len(message)]) != message {
		return i
	}
	s.fuel -= memberCost
	return d.note(s, errorMessage, i+len(message)-1)
}

// The readers of members look at one value and return the place behind it.

func (d *document) top(s *scan, depth int, name []byte, at int) int {
	switch string(name) {
	case "jsonrpc", "method":
		d.isRPC = true
	case "result":
		if s.b[at] != 'n' { // null beside an error is how some say "no result"
			d.facts |= hasResult
			if d.success {
				return at
			}
		}
	case "error":
		return d.failure(s, depth, at)
	case "message", "Message", "msg":
		return d.note(s, topMessage, at)
	case "detail", "jsonRpcError", "errors", "fault":
		return d.wrapper(s, depth, at)
	case "error_description", "errorMessage", "error_message", "description":
		return d.note(s, topDescription, at)
	case "title":
		return d.note(s, topTitle, at)
	case "reason", "code":
		return d.note(s, topReason, at)
	}
	return s.value(at)
}

// failure reads the member "error".
func (d *document) failure(s *scan, depth, at int) int {
	d.forget()
	switch s.b[at] {
	case '{':
		d.facts |= hasError
		return d.object(s, at, inError, depth+1)
	case '"':
		d.facts |= hasError
		return d.note(s, errorString, at)
	case 'n', 'f': // null, false
	default:
		d.facts |= hasError
	}
	return s.value(at)
}

// forget drops what an earlier member "error" said.
func (d *document) forget() {
	d.facts &^= hasError
	d.code, d.supports = 0, false
	d.have &^= 1<<(errorString+1) - 1
}

func (d *document) errorMember(s *scan, depth int, name []byte, at int) int {
	switch string(name) {
	case "code":
		if s.b[at] == '"' {
			return d.note(s, errorType, at)
		}
		d.code, at = s.integer(at)
		return at
	case "message":
		return d.note(s, errorMessage, at)
	case "data":
		d.supports = false
		d.have &^= 1<<errorDataMessage | 1<<errorDataReason | 1<<errorData
		if s.b[at] == '{' && depth < maxDepth {
			return d.object(s, at, inData, depth+1)
		}
		return d.note(s, errorData, at)
	case "detail", "details", "error", "description":
		return d.note(s, errorDetail, at)
	case "type", "name", "reason", "status":
		return d.note(s, errorType, at)
	}
	return s.value(at)
}

func (d *document) dataMember(s *scan, name []byte, at int) int {
	switch string(name) {
	case "message", "detail":
		return d.note(s, errorDataMessage, at)
	case "reason", "error", "code":
		return d.note(s, errorDataReason, at)
	case "supported":
		d.supports = true
	}
	return s.value(at)
}

func (d *document) wrapperMember(s *scan, name []byte, at int) int {
	switch string(name) {
	case "message", "msg", "error", "detail":
		return d.note(s, wrapped, at)
	}
	return s.value(at)
}

// wrapper reads a text that stands alone, in an object, or first in an array.
func (d *document) wrapper(s *scan, depth, at int) int {
	first := at
	if s.b[at] == '[' {
		first = s.blank(at + 1)
	}
	switch {
	case first >= len(s.b):
	case s.b[first] == '"':
		d.note(s, topDetail, first)
	case s.b[first] == '{' && depth < maxDepth:
		d.object(s, first, inWrapper, depth+1)
	}
	return s.value(at)
}

// note puts the string at a place into a slot; other values are no text.
func (d *document) note(s *scan, n slot, at int) int {
	d.have &^= 1 << n
	if s.b[at] != '"' {
		return s.value(at)
	}
	end, escaped := s.str(at)
	to := end
	if s.b[end-1] == '"' && end > at+1 {
		to--
	}
	if to > at+1 {
		d.put(n, at+1, to, escaped)
	}
	return end
}

func (d *document) put(n slot, from, to int, escaped bool) {
	d.have |= 1 << n
	if escaped {
		d.escaped |= 1 << n
	}
	d.texts[n] = span{uint16(from), uint16(min(to-from, maxText))}
}
