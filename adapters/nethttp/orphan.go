package nethttp

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// orphan is a call whose stream ended without its answer.
type orphan struct {
	epoch *epoch
	id    []byte // the call's JSON-RPC id, a raw token
	req   *http.Request
	since time.Time
	sends int
}

// orphanEvent is the event that ends a call whose answer will never come.
func orphanEvent(id []byte, replaced bool, sends int) []byte {
	text := "the server's stream ended before the answer"
	if replaced {
		text = "the session was renewed before the answer came"
	}
	facts := Facts{
		Class: classify.Transient, Reason: classify.MaybeSent, Why: policy.OutcomeUnknown, Executed: classify.Unknown,
		Attempts: sends, Hint: hintUnknown,
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

func (l *streams) any() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first != nil
}

// replaced tells the streams that their epoch is gone.
func (l *streams) replaced() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for st := l.first; st != nil; st = st.next {
		if st.epoch != st.s.current() { // a stream of the new one may be there already
			st.replaced()
		}
	}
}

// maxLost bounds the ended streams that a session waits to be asked for, and
// lostFor the time that it does: a client asks within seconds or never.
const (
	maxLost = 100
	lostFor = time.Minute
)

// lost remembers, by the last event id that a client saw, the calls whose
// stream ended before their answer while it could be resumed.
type lost struct {
	mu sync.Mutex
	by map[string]orphan
}

// put remembers a call, if there is room: what is forgotten would be taken for
// a listening stream, and its call would hang.
func (l *lost) put(lastID string, o orphan) (kept bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.by == nil {
		l.by = map[string]orphan{}
	}
	if len(l.by) >= maxLost {
		for id, old := range l.by {
			if time.Since(old.since) > lostFor {
				delete(l.by, id)
			}
		}
	}
	if len(l.by) >= maxLost {
		return false
	}
	o.since = time.Now()
	l.by[lastID] = o
	return true
}

// take gives a remembered call, once.
func (l *lost) take(lastID string) (orphan, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o, ok := l.by[lastID]
	delete(l.by, lastID)
	return o, ok
}
