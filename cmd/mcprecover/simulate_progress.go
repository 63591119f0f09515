package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// meter shows how far a command is and when it will be done, to a person at a
// terminal; to nobody else. It is safe for concurrent use.
type meter struct {
	mu   sync.Mutex
	bar  *progressbar.ProgressBar // nil: nobody looks
	done float64                  // of all, if add is used
}

const meterSteps = 1000

func (p *process) meter(what string) *meter {
	if !terminalWriter(p.stderr) {
		return &meter{}
	}
	return newMeter(p.stderr, what)
}

func newMeter(w io.Writer, what string) *meter {
	return &meter{bar: progressbar.NewOptions(meterSteps,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(what),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionThrottle(200*time.Millisecond),
		progressbar.OptionSetWidth(40),
		progressbar.OptionClearOnFinish(),
	)}
}

// set says that done of all is done.
func (m *meter) set(done, all float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.bar != nil && all > 0 {
		m.bar.Set(min(int(meterSteps*done/all), meterSteps-1)) // the end is stop's
	}
}

// add says that one of so many parts has come to a share of itself, and keeps
// that in at.
func (m *meter) add(at *float64, share float64, parts int) {
	m.mu.Lock()
	m.done += share - *at
	*at = share
	done := m.done
	m.mu.Unlock()
	m.set(done, float64(parts))
}

// stop takes the meter off the screen.
func (m *meter) stop() {
	if m.bar != nil {
		m.bar.Clear()
		m.bar.Exit()
	}
}

func terminalWriter(w io.Writer) bool {
	if l, ok := w.(*locked); ok {
		w = l.w
	}
	f, ok := w.(*os.File)
	return ok && isTerminal(f)
}

// span is a time of the virtual clock, in nanoseconds.
func span(ns int64) string { return fmt.Sprint(time.Duration(ns).Round(time.Second)) }
