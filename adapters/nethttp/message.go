package nethttp

import "bytes"

// message is what the engine must know of a JSON-RPC message; the slices point
// into the scanned bytes. A message without a method is a response.
type message struct {
	method  []byte // unquoted; nil for a response
	id      []byte // the raw token, `7` or `"a"`; nil for a notification
	params  []byte // the raw value
	jsonrpc bool   // it says which JSON-RPC it speaks
	batch   bool   // an array of messages: none of the other fields are set
}

func (m message) notification() bool { return m.method != nil && m.id == nil }
func (m message) response() bool     { return m.method == nil && m.id != nil }
func (m message) oneWay() bool       { return m.notification() || m.response() }
func (m message) call() bool         { return m.method != nil && m.id != nil }

// scan reads the top level of a JSON-RPC message without allocating. What is
// not one gives the zero message, or what could be read of it before the
// damage: the engine then treats it as it treats unknown calls, with care.
func scan(b []byte) (m message) {
	o, ok := openObject(b)
	if !ok {
		m.batch = startsWith(b, '[')
		return m
	}
	for {
		key, value, ok := o.next()
		if !ok {
			return m
		}
		switch string(key) {
		case "method":
			m.method = unquote(value)
		case "id":
			if string(value) != "null" {
				m.id = value
			}
		case "params":
			m.params = value
		case "jsonrpc":
			m.jsonrpc = true
		}
	}
}

// member returns the raw value of one member of a JSON object, nil if absent.
func member(object []byte, name string) []byte {
	o, ok := openObject(object)
	for ok {
		var key, value []byte
		if key, value, ok = o.next(); ok && string(key) == name {
			return value
		}
	}
	return nil
}

// object walks the members of one JSON object.
type object struct {
	b []byte
	i int
}

func openObject(b []byte) (object, bool) {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	o := object{b: b}
	o.blank()
	if o.i >= len(b) || b[o.i] != '{' {
		return object{}, false
	}
	o.i++
	return o, true
}

// next gives the next member: its key without quotes (escapes stay as they
// are) and its raw value. False: the object ended, or is damaged from here on.
func (o *object) next() (key, value []byte, ok bool) {
	if key, ok = o.name(); !ok {
		return nil, nil, false
	}
	start := o.i
	if !o.skip() {
		return nil, nil, false
	}
	return key, o.b[start:o.i], true
}

// name moves to the next member's value and gives its key.
func (o *object) name() (key []byte, ok bool) {
	o.blank()
	if o.i < len(o.b) && o.b[o.i] == ',' {
		o.i++
		o.blank()
	}
	if o.i >= len(o.b) || o.b[o.i] != '"' {
		return nil, false
	}
	start := o.i
	if !o.skip() {
		return nil, false
	}
	key = o.b[start+1 : o.i-1]
	o.blank()
	if o.i >= len(o.b) || o.b[o.i] != ':' {
		return nil, false
	}
	o.i++
	o.blank()
	return key, true
}

func (o *object) blank() {
	for o.i < len(o.b) {
		switch o.b[o.i] {
		case ' ', '\t', '\r', '\n':
			o.i++
		default:
			return
		}
	}
}

// skip moves behind one value of any kind; false if it is cut off.
func (o *object) skip() bool {
	depth := 0
	for o.i < len(o.b) {
		switch o.b[o.i] {
		case '"':
			if !o.skipString() {
				return false
			}
		case '{', '[':
			depth++
			o.i++
		case '}', ']':
			depth--
			o.i++
		case ' ', '\t', '\r', '\n', ',', ':':
			o.i++
			continue
		default:
			o.skipScalar()
		}
		if depth <= 0 {
			return depth == 0
		}
	}
	return false
}

func (o *object) skipString() bool {
	for i := o.i + 1; ; {
		n := bytes.IndexByte(o.b[i:], '"')
		if n < 0 {
			return false
		}
		end := i + n
		slashes := 0
		for o.b[end-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			o.i = end + 1
			return true
		}
		i = end + 1
	}
}

func (o *object) skipScalar() {
	for o.i < len(o.b) {
		switch o.b[o.i] {
		case ',', ':', '{', '}', '[', ']', '"', ' ', '\t', '\r', '\n':
			return
		}
		o.i++
	}
}

func unquote(v []byte) []byte {
	if len(v) < 2 || v[0] != '"' {
		return nil
	}
	return v[1 : len(v)-1]
}

func startsWith(b []byte, c byte) bool {
	b = bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(b) > 0 && b[0] == c
}
