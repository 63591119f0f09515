package classify

// span is the content of a JSON string in the body: at most maxText bytes of at
// most MaxBody.
type span struct{ from, size uint16 }

// slot is a place where servers put their words: one for each name, so that the
// order of names does not matter. The order here is that in which they are read.
type slot uint8

const (
	errorMessage slot = iota
	dataMessage
	dataDetail
	dataDetails
	dataDescription
	dataReason
	dataError
	dataCode // a string
	dataType
	errorData // a string
	errorDetail
	errorDetails
	errorError
	errorDescription
	errorCode // a string
	errorType
	errorName
	errorReason
	errorStatus
	errorString
	wrapped // message, msg, error, detail of each kind of wrapper
)

const (
	topMessage = wrapped + wrappedNames*wrappers + iota
	topUpperMessage
	topMsg
	topDetail // of each kind of wrapper, as a string
	_
	_
	_
	topDetails
	topDescription
	topErrorMessage
	topErrorUnder
	topPlainDescription
	topTitle
	topReason
	topCode // a string
	whole   // the body itself, where it is no JSON
	slotCount
)

const (
	wrappers     = 4 // detail, jsonRpcError, errors, fault
	wrappedNames = 4 // message, msg, error, detail
)

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
