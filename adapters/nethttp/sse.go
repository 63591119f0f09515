package nethttp

import (
	"bytes"
	"strconv"
	"time"
)

// maxEventID bounds a remembered event id, in bytes. A longer one is forgotten:
// the stream then cannot be resumed, only opened anew.
const maxEventID = 1024

// cursor follows an event stream chunk by chunk and knows the id of its last
// complete event, as the HTML standard's event stream interpretation defines
// it: an id counts once a blank line has ended its event. It never allocates
// on streams without ids.
type cursor struct {
	last    []byte        // id of the last complete event that had one
	retry   time.Duration // the server's last wish how long to wait before asking again; 0: none
	pending []byte        // id of the event under way
	line    []byte        // start of the line under way, if it may be a field that matters
	length  int           // bytes of the line under way
	named   bool          // the event under way has an id
	begun   bool          // the event under way has a line
}

var (
	idField    = []byte("id:")
	retryField = []byte("retry:")
)

// follow takes the next chunk.
func (c *cursor) follow(chunk []byte) {
	for len(chunk) > 0 {
		end := bytes.IndexByte(chunk, '\n')
		if end < 0 {
			c.grow(chunk)
			return
		}
		c.grow(chunk[:end])
		c.endLine()
		chunk = chunk[end+1:]
	}
}

// grow appends to the line under way what may belong to a field that matters.
func (c *cursor) grow(part []byte) {
	if len(part) == 0 {
		return
	}
	if c.length == 0 && part[0] != 'i' && part[0] != 'r' && part[0] != '\r' { // most lines are data
		c.length = len(part)
		return
	}
	if len(c.line) == c.length && len(c.line) < maxEventID { // nothing of the line was dropped so far
		keep := part[:min(len(part), maxEventID-len(c.line))]
		if c.continues(idField, keep) || c.continues(retryField, keep) || isCR(keep, c.length) {
			c.line = append(c.line, keep...)
		}
	}
	c.length += len(part)
}

// continues reports whether the line under way, with part, may be the field's.
func (c *cursor) continues(field, part []byte) bool {
	n := min(len(c.line), len(field))
	rest := field[n:]
	return bytes.Equal(c.line[:n], field[:n]) && bytes.HasPrefix(part, rest[:min(len(rest), len(part))])
}

// isCR keeps the carriage return that ends a blank line in CRLF streams.
func isCR(part []byte, before int) bool { return before == 0 && len(part) == 1 && part[0] == '\r' }

func (c *cursor) endLine() {
	whole := len(c.line) == c.length
	line := bytes.TrimSuffix(c.line, []byte("\r"))
	switch {
	case whole && len(line) == 0: // a blank line ends the event
		if c.named {
			c.last = append(c.last[:0], c.pending...)
		}
		c.named = false
	case bytes.HasPrefix(line, idField):
		c.named = whole
		c.pending = c.pending[:0]
		if whole {
			c.pending = append(c.pending, value(line, idField)...)
		}
	case whole && bytes.HasPrefix(line, retryField):
		if ms, err := strconv.ParseUint(string(value(line, retryField)), 10, 31); err == nil {
			c.retry = time.Duration(ms) * time.Millisecond
		}
	}
	c.begun = !(whole && len(line) == 0)
	c.line, c.length = c.line[:0], 0
}

// value is what stands behind a field's name and the one blank it may have.
func value(line, field []byte) []byte { return bytes.TrimPrefix(line[len(field):], []byte(" ")) }

// midway reports whether the stream stands inside an event.
func (c *cursor) midway() bool { return c.begun || c.length > 0 }

// reset forgets the line and the event under way: the stream broke here.
func (c *cursor) reset() {
	c.line, c.length, c.named, c.begun = c.line[:0], 0, false, false
}

// prelude is what makes an event stream that broke off anywhere safe to go on
// with: the colon turns a half line into a comment or a field nobody knows,
// the id undoes half an id line, the event's name makes clients drop half a
// message. On a stream that stands between events it does nothing.
func (c *cursor) prelude() []byte {
	p := make([]byte, 0, 32+len(c.last))
	p = append(p, ":\nid: "...)
	p = append(p, c.last...)
	return append(p, "\nevent: x-mcprecover\n\n"...)
}
