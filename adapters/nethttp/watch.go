package nethttp

import "bytes"

// maxWatched is how much of an event's data is looked at for what it is, in
// bytes: jsonrpc and an id stand before the member that tells.
const maxWatched = 128

// watch follows an event stream and knows whether its last message answered a
// call: a response closes the stream that it came on. Most streams have one
// message, so one is judged only when that is asked, or another one comes.
type watch struct {
	field  [len(dataField)]byte // start of the line under way
	at     uint8                // bytes of it so far
	n      uint8                // of data
	data   [maxWatched]byte     // start of the last data line
	unread bool                 // that line is complete, and not judged yet
	whole  bool                 // and so is its event
	answer bool                 // the last one that was judged started a response
	failed bool                 // and one that says error
}

const dataField = "data:"

func (w *watch) endLine() {
	switch {
	case w.isData():
		w.unread, w.whole = true, false
	case w.at == 0, w.at == 1 && w.field[0] == '\r': // a blank line ends the event
		w.whole = true
	}
	w.at = 0
}

func (w *watch) isData() bool {
	return w.at == uint8(len(dataField)) && string(w.field[:]) == dataField
}

// grow adds to the line under way.
func (w *watch) grow(part []byte) {
	if w.at < uint8(len(dataField)) {
		n := copy(w.field[w.at:], part)
		w.at += uint8(n)
		if part = part[n:]; !w.isData() {
			return
		}
		w.judge()
		w.n = 0
	} else if !w.isData() {
		return
	}
	w.n += uint8(copy(w.data[w.n:], part))
}

// judge reads the last data line, if it was not read yet.
func (w *watch) judge() {
	if w.unread && int(w.n) > len("{}") {
		w.answer, w.failed = starts(w.data[:w.n])
	}
	w.unread = false
}

func (w *watch) answered() bool {
	w.judge()
	return w.answer && w.whole
}

// starts reports whether the start of a message is that of a response, and of
// one that failed. The first member that tells settles it: the start may be all
// that is there.
func starts(data []byte) (response, failed bool) {
	const usual = `{"jsonrpc":"2.0","id":` // known at a glance, if a number and the member that tells follow
	if rest, ok := bytes.CutPrefix(bytes.TrimPrefix(data, []byte(" ")), []byte(usual)); ok {
		for len(rest) > 0 && '0' <= rest[0] && rest[0] <= '9' {
			rest = rest[1:]
		}
		switch {
		case bytes.HasPrefix(rest, []byte(`,"result":`)):
			return true, false
		case bytes.HasPrefix(rest, []byte(`,"error":`)):
			return true, true
		}
	}
	o, ok := openObject(data)
	for ok {
		var key []byte
		if key, ok = o.name(); !ok {
			break
		}
		switch string(key) {
		case "method":
			return false, false
		case "result":
			return true, false
		case "error":
			return true, true
		case "id":
			response = true // unless a method follows
		}
		ok = o.skip()
	}
	return response, false
}
