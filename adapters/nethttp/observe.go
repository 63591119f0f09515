package nethttp

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"sync"
)

// LogTo gives an Observer that logs every event under its kind's word, with
// the set fields as attributes: what ended badly for a call or a session as a
// warning, what a person may want to know as info, single steps as debug.
func LogTo(l *slog.Logger) func(Event) {
	return func(e Event) {
		level := e.Kind.level()
		if ctx := context.Background(); l.Enabled(ctx, level) {
			l.LogAttrs(ctx, level, e.Kind.String(), e.attrs()...)
		}
	}
}

// TraceTo gives an Observer that writes every event as a line of JSON; a line
// is written whole, by one Write. After the first failure it writes nothing
// more and hands the error to failed, once: a full disk must not end calls.
func TraceTo(w io.Writer, failed func(error)) func(Event) {
	var (
		mu     sync.Mutex
		lines  = json.NewEncoder(w)
		broken bool
	)
	return func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		if broken {
			return
		}
		if err := lines.Encode(e); err != nil {
			broken = true
			failed(err)
		}
	}
}

func (k EventKind) level() slog.Level {
	switch k {
	case RecoveryFailed, CallFailed, CallOrphaned, StateNotRestored:
		return slog.LevelWarn
	case RecoveryDone, BreakerMoved, SessionOpened, SessionEnded, StreamParked:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// attrs are the event's fields that are set, under their JSON names.
func (e Event) attrs() []slog.Attr {
	attrs := []slog.Attr{slog.String("endpoint", e.Endpoint)}
	if e.Session != "" {
		attrs = append(attrs, slog.String("session", e.Session), slog.Uint64("epoch", uint64(e.Epoch)))
	}
	word := func(name, value string, set bool) {
		if set {
			attrs = append(attrs, slog.String(name, value))
		}
	}
	word("method", e.Method, e.Method != "")
	if e.Status != 0 {
		attrs = append(attrs, slog.Int("status", e.Status))
	}
	word("class", e.Class.String(), e.Class != 0)
	word("reason", e.Reason.String(), e.Reason != 0)
	word("action", e.Action.String(), e.Action != 0)
	word("why", e.Why.String(), e.Why != 0)
	word("breaker", e.Breaker.String(), e.Breaker != 0)
	if e.Wait != 0 {
		attrs = append(attrs, slog.Duration("wait", e.Wait))
	}
	if e.Sends != 0 {
		attrs = append(attrs, slog.Int("sends", e.Sends))
	}
	word("err", e.Err, e.Err != "")
	return attrs
}
