package nethttp

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"
)

// stream is the event stream that answers one call. It costs one allocation in
// epoch 0, where bytes pass as they come; questions of later epochs are sealed.
//
// What it is for is the stream's end. One that breaks off inside an event would
// end a whole go-sdk client; one whose session was replaced meanwhile can never
// bring its answer, so the call gets an error instead of waiting for ever.
type stream struct {
	t     *Transport
	s     *session
	epoch *epoch // that the call was sent on, whatever the session's is now
	req   *http.Request
	src   io.ReadCloser // the filter, if there is one
	seals filter
	sends int // times that the call may have left

	// The reading goroutine's own:
	cursor  cursor
	watch   watch
	pending []byte                  // to be read before err
	err     error                   // after pending
	granted func()                  // what to do once the call was answered well; nil: nothing
	release context.CancelCauseFunc // ends the context that it came on; nil: the caller's own

	// Under the lock of session.streams:
	closed     bool
	heard      time.Time   // when the last byte came, once the epoch was replaced
	grace      *time.Timer // ends a silent stream of a replaced epoch
	prev, next *stream     // the session's open streams
}

// stream wraps the answer to a call that came as an event stream.
func (t *Transport) stream(x *exchange, body io.ReadCloser) *stream {
	st := &stream{t: t, s: x.session, epoch: x.epoch, req: x.req, src: body, sends: x.before + 1}
	if x.epoch.n > 0 && !t.unfenced {
		st.seals = filter{src: body, nonce: x.session.nonce, epoch: x.epoch.n, bare: &x.session.bare}
		st.src = &st.seals
	}
	x.session.streams.add(st)
	x.epoch.open.Add(1)
	return st
}

// Read passes the server's bytes on, and makes an end of the stream fit for
// the client.
func (st *stream) Read(b []byte) (int, error) {
	if len(st.pending) == 0 && st.err == nil {
		n, err := st.src.Read(b)
		if n > 0 {
			st.follow(b[:n])
			if st.granted != nil && st.watch.answered() {
				if !st.watch.failed {
					st.granted()
				}
				st.granted = nil
			}
			st.sounds()
		}
		if err == nil {
			return n, nil
		}
		st.ends(err)
		if n > 0 {
			return n, nil
		}
	}
	if n := copy(b, st.pending); n > 0 {
		st.pending = st.pending[n:]
		return n, nil
	}
	return 0, st.err
}

// follow takes the next chunk apart, once for both that follow its lines.
func (st *stream) follow(chunk []byte) {
	for len(chunk) > 0 {
		end := bytes.IndexByte(chunk, '\n')
		if end < 0 {
			st.cursor.grow(chunk)
			st.watch.grow(chunk)
			return
		}
		st.cursor.grow(chunk[:end])
		st.cursor.endLine()
		st.watch.grow(chunk[:end])
		st.watch.endLine()
		chunk = chunk[end+1:]
	}
}

// ends decides what the client reads after the server's last byte.
func (st *stream) ends(err error) {
	st.err = err
	if st.watch.answered() {
		return
	}
	if gone := st.req.Context().Err(); gone != nil { // whatever the network says meanwhile
		st.err = gone
		return
	}
	replaced := st.epoch.ctx.Err() != nil
	resumable := len(st.cursor.last) > 0
	if id := scanRequest(st.req).id; id != nil {
		if !replaced && resumable && st.s.lost.put(string(st.cursor.last), orphan{epoch: st.epoch, id: id, req: st.req, sends: st.sends}) {
			st.err = io.EOF // the client asks for the rest itself; mcp-go does only where the stream ended in order
		} else {
			st.cursor.last = nil // nothing is left to resume
			st.pending, st.err = append(st.cursor.prelude(), orphanEvent(id, replaced, st.sends)...), io.EOF
			st.t.emit(Event{Kind: CallOrphaned, Endpoint: st.s.endpoint.name, Session: short(st.s.id), Epoch: st.epoch.n})
			return
		}
	}
	if st.cursor.midway() {
		st.pending = st.cursor.prelude()
	}
}

// Close ends the stream, also while a Read blocks.
func (st *stream) Close() error {
	if st.s.streams.remove(st) {
		st.epoch.open.Add(-1)
	}
	err := st.src.Close()
	if st.release != nil {
		st.release(nil)
	}
	return err
}

// replaced gives a stream of an epoch that is gone the time of OrphanGrace
// between any two bytes: another replica may still answer.
func (st *stream) replaced() {
	if st.grace != nil {
		return
	}
	st.heard = time.Now()
	st.grace = time.AfterFunc(st.t.plan.OrphanGrace(), st.silence)
}

// sounds notes that the server is there, if anybody asks.
func (st *stream) sounds() {
	if st.epoch.ctx.Err() == nil {
		return
	}
	st.s.streams.mu.Lock()
	st.heard = time.Now()
	st.s.streams.mu.Unlock()
}

// silence ends the stream if nothing came for the whole grace. The blocked
// Read then finds the end, and the call its error.
func (st *stream) silence() {
	if st.silent() {
		st.src.Close()
	}
}

// silent reports whether the grace is over; it goes on after a byte that came.
func (st *stream) silent() bool {
	st.s.streams.mu.Lock()
	defer st.s.streams.mu.Unlock()
	if st.closed {
		return false
	}
	left := st.t.plan.OrphanGrace() - time.Since(st.heard)
	if left > 0 {
		st.grace.Reset(left)
	}
	return left <= 0
}
