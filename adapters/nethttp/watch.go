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
	at     int                  // bytes of it so far
	data   [maxWatched]byte     // start of the last data line
	n      int
	unread bool // that line is complete, and not judged yet
	answer bool // the last one that was judged started a response
	failed bool // and one that says error
}

const dataField = "data:"

func (w *watch) follow(chunk []byte) {
	for len(chunk) > 0 {
		end := bytes.IndexByte(chunk, '\n')
		if end < 0 {
			w.grow(chunk)
			return
		}
		w.grow(chunk[:end])
		if w.isData() {
			w.unread = true
		}
		w.at = 0
		chunk = chunk[end+1:]
	}
}

func (w *watch) isData() bool { return w.at == len(dataField) && string(w.field[:]) == dataField }

// grow adds to the line under way.
func (w *watch) grow(part []byte) {
	if w.at < len(dataField) {
		n := copy(w.field[w.at:], part)
		w.at += n
		if part = part[n:]; !w.isData() {
			return
		}
		w.judge()
		w.n = 0
	} else if !w.isData() {
		return
	}
	w.n += copy(w.data[w.n:], part)
}

// judge reads the last data line, if it was not read yet.
func (w *watch) judge() {
	if w.unread && w.n > len("{}") {
		w.answer, w.failed = starts(w.data[:w.n])
	}
	w.unread = false
}

func (w *watch) answered() bool {
	w.judge()
	return w.answer
}

// starts reports whether the start of a message is that of a response, and of
// one that failed. The first member that tells settles it: the start may be all
// that is there.
func starts(data []byte) (response, failed bool) {
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
