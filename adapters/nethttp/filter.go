package nethttp

import (
	"bytes"
	"io"
	"sync"
	"sync/atomic"
)

// maxEvent bounds an event that the filter holds, in bytes. A longer one
// passes as it is: its id has no seal, and from then on an answer without one
// goes nowhere, not even to epoch 0.
const maxEvent = 4 << 20

// filter seals the server's questions in an event stream. It forwards comments
// at once and an event at its blank line, and keeps an unfinished event to
// itself at the stream's end; it adds no other delay. Streams of epoch 0 have
// no filter.
type filter struct {
	src   io.ReadCloser
	nonce string
	epoch uint32
	bare  *atomic.Bool // set once a message passed that could not be sealed; may be nil
	*desk              // nil before the first Read and from the end on
	err   error        // of src
}

// desk is where a filter works. It is lent to streams that are being read:
// after a recovery, most of them are short.
type desk struct {
	raw   []byte // lines of the event under way, as they came
	line  int    // where its unfinished line starts
	data  []byte // its data lines, joined
	cr    bool   // the last line ended in a carriage return: a newline belongs to it
	plain bool   // the event under way is too long and passes as it comes
	out   []byte // to be read, from read on
	read  int
	in    [4096]byte
}

var desks = sync.Pool{New: func() any { return new(desk) }}

func (f *filter) Read(b []byte) (int, error) {
	if f.desk == nil && f.err == nil {
		f.desk = desks.Get().(*desk)
	}
	for f.err == nil && f.read == len(f.out) {
		f.out, f.read = f.out[:0], 0
		var n int
		n, f.err = f.src.Read(f.in[:])
		f.feed(f.in[:n])
	}
	if f.desk == nil {
		return 0, f.err
	}
	n := copy(b, f.out[f.read:])
	f.read += n
	if f.err != nil && f.read == len(f.out) {
		f.leave()
	}
	if n == 0 && len(b) > 0 {
		return 0, f.err
	}
	return n, nil
}

// unsealed notes that a question may pass under its own id.
func (f *filter) unsealed() {
	if f.bare != nil {
		f.bare.Store(true)
	}
}

// leave gives the desk back, cleared, unless a long event made it large.
func (f *filter) leave() {
	d := f.desk
	f.desk = nil
	if cap(d.raw)+cap(d.data)+cap(d.out) <= maxErrorBody { // else it is the collector's
		*d = desk{raw: d.raw[:0], data: d.data[:0], out: d.out[:0]}
		desks.Put(d)
	}
}

// Close closes the server's stream, also while a Read blocks.
func (f *filter) Close() error { return f.src.Close() }

// feed takes the next chunk, line by line. Lines end in LF, CR LF or CR, as in
// the HTML standard.
func (f *filter) feed(chunk []byte) {
	for len(chunk) > 0 {
		if f.cr {
			f.cr = false
			if chunk[0] == '\n' {
				f.join(chunk[:1])
				chunk = chunk[1:]
				continue
			}
		}
		end := lineEnd(chunk)
		if end < 0 {
			f.grow(chunk)
			return
		}
		f.cr = chunk[end] == '\r'
		f.grow(chunk[:end+1])
		f.endLine()
		chunk = chunk[end+1:]
	}
}

// lineEnd is the place of the first CR or LF, -1 if there is none.
func lineEnd(b []byte) int {
	lf := bytes.IndexByte(b, '\n')
	if lf >= 0 {
		b = b[:lf]
	}
	if cr := bytes.IndexByte(b, '\r'); cr >= 0 {
		return cr
	}
	return lf
}

// join adds the LF of a CR LF whose CR came before.
func (f *filter) join(lf []byte) {
	if len(f.raw) == 0 || f.plain { // the line was forwarded already
		f.out = append(f.out, lf...)
		return
	}
	f.raw = append(f.raw, lf...)
	f.line = len(f.raw)
}

func (f *filter) grow(part []byte) {
	if f.plain {
		f.out = append(f.out, part...)
		f.raw = append(f.raw, part...)
		return
	}
	f.raw = append(f.raw, part...)
	if len(f.raw) > maxEvent {
		f.plain = true
		f.unsealed()
		f.out = append(f.out, f.raw...)
		f.raw, f.line = append([]byte(nil), f.raw[f.line:]...), 0
	}
	if f.plain && len(f.raw) > 4 { // only whether the line is blank matters now
		f.raw = f.raw[:4]
	}
}

func (f *filter) endLine() {
	line := bytes.TrimRight(f.raw[f.line:], "\r\n")
	switch {
	case f.plain:
		f.raw = f.raw[:0]
		if len(line) == 0 {
			f.plain, f.data = false, f.data[:0]
		}
		return
	case len(line) == 0:
		f.endEvent()
		return
	case line[0] == ':' && f.line == 0: // a comment between events
		f.out = append(f.out, f.raw...)
		f.raw = f.raw[:0]
	default:
		if value, ok := bytes.CutPrefix(line, []byte("data:")); ok {
			f.data = append(append(f.data, bytes.TrimPrefix(value, []byte(" "))...), '\n')
		}
	}
	f.line = len(f.raw)
}

// endEvent forwards an event; if its message changed, on one data line.
func (f *filter) endEvent() {
	data := bytes.TrimSuffix(f.data, []byte("\n"))
	if startsWith(data, '[') {
		f.unsealed()
	}
	sealed := sealMessage(f.nonce, f.epoch, data)
	if len(data) == 0 || &sealed[0] == &data[0] {
		f.out = append(f.out, f.raw...)
	} else {
		for line := range bytes.Lines(bytes.ReplaceAll(f.raw, []byte("\r"), []byte("\n"))) {
			if !bytes.HasPrefix(line, []byte("data:")) && len(line) > 1 {
				f.out = append(f.out, line...)
			}
		}
		f.out = append(f.out, "data: "...)
		f.out = append(f.out, bytes.ReplaceAll(sealed, []byte("\n"), []byte(" "))...)
		f.out = append(f.out, "\n\n"...)
	}
	f.raw, f.data, f.line = f.raw[:0], f.data[:0], 0
}
