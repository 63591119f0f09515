package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

// trace writes the engine's events as JSON lines.
type trace struct {
	mu     sync.Mutex
	lines  *json.Encoder
	broken bool
	stderr io.Writer
	close  func() error
}

// openTrace appends to a file, which it makes readable for the user alone: the
// events hold no secrets, but say who talks to what, and when. Without a name it
// returns nil, which records nothing.
func openTrace(file string, stderr io.Writer) (*trace, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, misusef("--trace: %w", err)
	}
	return &trace{lines: json.NewEncoder(f), stderr: stderr, close: f.Close}, nil
}

// record writes one event. A full disk must not end calls: the first failure is
// said, and nothing is written after it.
func (t *trace) record(e nethttp.Event) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.broken {
		return
	}
	if err := t.lines.Encode(e); err != nil {
		t.broken = true
		fmt.Fprintf(t.stderr, "mcprecover: --trace: %v: no more events are written\n", err)
	}
}

// Close closes the file; records after it are dropped.
func (t *trace) Close() error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.broken = true
	return t.close()
}

// told are the events that a person at a terminal wants to see, with their levels.
var told = map[nethttp.EventKind]slog.Level{
	nethttp.RecoveryDone:   slog.LevelInfo,
	nethttp.RecoveryFailed: slog.LevelWarn,
	nethttp.CallFailed:     slog.LevelWarn,
	nethttp.CallOrphaned:   slog.LevelWarn,
}

// tell logs an event if it is worth a line.
func tell(log *slog.Logger, e nethttp.Event) {
	level, worth := told[e.Kind]
	if !worth {
		return
	}
	attrs := []slog.Attr{slog.String("session", e.Session), slog.Uint64("epoch", uint64(e.Epoch))}
	if e.Method != "" {
		attrs = append(attrs, slog.String("method", e.Method))
	}
	if e.Status != 0 {
		attrs = append(attrs, slog.Int("status", e.Status))
	}
	if e.Reason != 0 {
		attrs = append(attrs, slog.String("class", e.Class.String()), slog.String("reason", e.Reason.String()))
	}
	if e.Why != 0 {
		attrs = append(attrs, slog.String("why", e.Why.String()))
	}
	if e.Err != "" {
		attrs = append(attrs, slog.String("err", e.Err))
	}
	log.LogAttrs(context.Background(), level, e.Kind.String(), attrs...)
}
