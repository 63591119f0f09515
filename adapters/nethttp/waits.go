package nethttp

import (
	"context"
	"errors"
	"sync"
	"time"
)

// errSilent ends a call that waited for its answer on a replaced epoch
// for the whole of the policy's header limit. Silence proves nothing there (a
// slow tool has no headers before its first message), so the limit is long.
var errSilent = errors.New("the session was renewed and no answer came within the policy's header_limit")

// wait is one call without a deadline that waits for response headers, or for
// the rest of a JSON answer.
type wait struct {
	epoch      *epoch
	cancel     context.CancelCauseFunc
	prev, next *wait
}

// idleWaits are lent to calls; they hold nothing while they lie here.
var idleWaits = sync.Pool{New: func() any { return new(wait) }}

// waits are a session's: an intrusive list, since every call without a
// deadline is on it and only a recovery reads it.
type waits struct {
	mu    sync.Mutex
	first *wait
}

// begin puts a call on the list. Its context can then be ended from here.
func (l *waits) begin(ctx context.Context, e *epoch) (context.Context, *wait) {
	w := idleWaits.Get().(*wait)
	ctx, w.cancel = context.WithCancelCause(ctx)
	w.epoch = e
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.next = l.first; w.next != nil {
		w.next.prev = w
	}
	l.first = w
	return ctx, w
}

// end takes a call off the list and gives the cancel that frees its context,
// to be called when its body has been read.
func (l *waits) end(w *wait) context.CancelCauseFunc {
	l.mu.Lock()
	if w.prev != nil {
		w.prev.next = w.next
	} else {
		l.first = w.next
	}
	if w.next != nil {
		w.next.prev = w.prev
	}
	l.mu.Unlock()
	cancel := w.cancel
	*w = wait{}
	idleWaits.Put(w)
	return cancel
}

func (l *waits) any() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first != nil
}

// replaced gives the calls that wait on a replaced epoch a last limit.
func (l *waits) replaced(e *epoch, limit time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for w := l.first; w != nil; w = w.next {
		if w.epoch == e {
			time.AfterFunc(limit, func() { l.silence(e) })
			return
		}
	}
}

func (l *waits) silence(e *epoch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for w := l.first; w != nil; w = w.next {
		if w.epoch == e {
			w.cancel(errSilent)
		}
	}
}
