package main

import (
	"fmt"
	"io"
	"os"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

// openTrace appends the engine's events to a file, which it makes readable for
// the user alone: they hold no secrets, but say who talks to what, and when.
// Without a name it gives an observer of nothing.
func openTrace(file string, stderr io.Writer) (record func(nethttp.Event), close func() error, err error) {
	if file == "" {
		return func(nethttp.Event) {}, func() error { return nil }, nil
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, misusef("--trace: %w", err)
	}
	record = nethttp.TraceTo(f, func(err error) {
		fmt.Fprintf(stderr, "mcprecover: --trace: %v: no more events are written\n", err)
	})
	return record, f.Close, nil
}
