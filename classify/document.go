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
	have     uint64 // slots that hold a text, a bit each
	escaped  uint64 // those whose text may have escapes
	texts    [slotCount]span
}

// The kinds of object that are looked into. Names of members are compared
// exactly, as JSON has it.
const (
	inTop = iota
	inError
	inData
	inWrapper // and the kinds behind it: a wrapper each
	inRPCWrapper
	inErrors
	inFault
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
		default:
			i = d.wrapperMember(s, slot(kind-inWrapper), name, at)
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
	case "message":
		return d.note(s, topMessage, at)
	case "Message":
		return d.note(s, topUpperMessage, at)
	case "msg":
		return d.note(s, topMsg, at)
	case "detail":
		return d.wrapper(s, inWrapper, depth, at)
	case "jsonRpcError":
		return d.wrapper(s, inRPCWrapper, depth, at)
	case "errors":
		return d.wrapper(s, inErrors, depth, at)
	case "fault":
		return d.wrapper(s, inFault, depth, at)
	case "details":
		return d.note(s, topDetails, at)
	case "error_description":
		return d.note(s, topDescription, at)
	case "errorMessage":
		return d.note(s, topErrorMessage, at)
	case "error_message":
		return d.note(s, topErrorUnder, at)
	case "description":
		return d.note(s, topPlainDescription, at)
	case "title":
		return d.note(s, topTitle, at)
	case "reason":
		return d.note(s, topReason, at)
	case "code":
		return d.note(s, topCode, at)
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
			return d.note(s, errorCode, at)
		}
		d.code, at = s.integer(at)
		return at
	case "message":
		return d.note(s, errorMessage, at)
	case "data":
		d.supports = false
		d.have &^= 1<<(errorData+1) - 1<<dataMessage // all of them
		if s.b[at] == '{' && depth < maxDepth {
			return d.object(s, at, inData, depth+1)
		}
		return d.note(s, errorData, at)
	case "detail":
		return d.note(s, errorDetail, at)
	case "details":
		return d.note(s, errorDetails, at)
	case "error":
		return d.note(s, errorError, at)
	case "description":
		return d.note(s, errorDescription, at)
	case "type":
		return d.note(s, errorType, at)
	case "name":
		return d.note(s, errorName, at)
	case "reason":
		return d.note(s, errorReason, at)
	case "status":
		return d.note(s, errorStatus, at)
	}
	return s.value(at)
}

func (d *document) dataMember(s *scan, name []byte, at int) int {
	switch string(name) {
	case "message":
		return d.note(s, dataMessage, at)
	case "detail":
		return d.note(s, dataDetail, at)
	case "details":
		return d.note(s, dataDetails, at)
	case "description":
		return d.note(s, dataDescription, at)
	case "reason":
		return d.note(s, dataReason, at)
	case "error":
		return d.note(s, dataError, at)
	case "code":
		return d.note(s, dataCode, at)
	case "type":
		return d.note(s, dataType, at)
	case "supported":
		d.supports = true
	}
	return s.value(at)
}

func (d *document) wrapperMember(s *scan, wrapper slot, name []byte, at int) int {
	n := wrapped + wrappedNames*wrapper
	switch string(name) {
	case "message":
		return d.note(s, n, at)
	case "msg":
		return d.note(s, n+1, at)
	case "error":
		return d.note(s, n+2, at)
	case "detail":
		return d.note(s, n+3, at)
	}
	return s.value(at)
}

// wrapper reads a text that stands alone, in an object, or first in an array.
func (d *document) wrapper(s *scan, kind, depth, at int) int {
	first := at
	if s.b[at] == '[' {
		first = s.blank(at + 1)
	}
	switch {
	case first >= len(s.b):
	case s.b[first] == '"':
		d.note(s, topDetail+slot(kind-inWrapper), first)
	case s.b[first] == '{' && depth < maxDepth:
		d.object(s, first, kind, depth+1)
	}
	return s.value(at)
}
