package nethttp

import (
	"fmt"
	"net/http"
	"sync"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// orphan is a call whose stream ended without its answer.
type orphan struct {
	epoch *epoch
	id    []byte // the call's JSON-RPC id, a raw token
	req   *http.Request
}

// orphanEvent is the event that ends a call whose answer will never come.
func orphanEvent(id []byte, replaced bool) []byte {
	text := "the server's stream ended before the answer"
	if replaced {
		text = "the session was renewed before the answer came"
	}
	facts := Facts{
		Class: classify.Transient, Reason: classify.MaybeSent, Why: policy.OutcomeUnknown, Executed: classify.Unknown,
		Attempts: 1, Hint: hintUnknown,
	}
	return fmt.Appendf(nil, "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":%d,\"message\":%q,\"data\":%s}}\n\n",
		id, Code, "mcprecover: "+text+"; outcome unknown", facts.Data())
}

// streams are the open streams of a session: an intrusive list, since it is
// kept for every call and read only by a recovery.
type streams struct {
	mu    sync.Mutex
	first *stream
}

// add takes a stream in. Its epoch may be gone by now: its headers came late.
func (l *streams) add(st *stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if st.next = l.first; st.next != nil {
		st.next.prev = st
	}
	l.first = st
	if st.s.current() != st.epoch {
		st.replaced()
	}
}

// remove takes a stream out, and reports whether it was there.
func (l *streams) remove(st *stream) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if st.closed {
		return false
	}
	st.closed = true
	if st.grace != nil {
		st.grace.Stop()
	}
	if st.prev != nil {
		st.prev.next = st.next
	} else {
		l.first = st.next
	}
	if st.next != nil {
		st.next.prev = st.prev
	}
	st.prev, st.next = nil, nil
	return true
}

// replaced tells the streams that their epoch is gone.
func (l *streams) replaced() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for st := l.first; st != nil; st = st.next {
		st.replaced()
	}
}

// maxLost bounds the ended streams that a session waits to be asked for.
const maxLost = 100

// lost remembers, by the last event id that a client saw, the calls whose
// stream ended before their answer while it could be resumed.
type lost struct {
	mu sync.Mutex
	by map[string]orphan
}

func (l *lost) put(lastID string, o orphan) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.by == nil {
		l.by = map[string]orphan{}
	}
	for id := range l.by { // any one: a client asks within seconds or never
		if len(l.by) < maxLost {
			break
		}
		delete(l.by, id)
	}
	l.by[lastID] = o
}

// take gives a remembered call, once.
func (l *lost) take(lastID string) (orphan, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o, ok := l.by[lastID]
	delete(l.by, lastID)
	return o, ok
}
