// Package replay reads the trace of an incident, which nethttp.TraceTo or
// mcprecover proxy --trace wrote, fits a scenario to it, says how well that fits
// and what the trace cannot tell.
package replay

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// Bounds of what is read.
const (
	maxLine   = 64 << 10
	maxEvents = 5_000_000
)

// event is what is wanted of a line: nethttp.Event's fields by their JSON names.
type event struct {
	Time     time.Time           `json:"time"`
	Kind     string              `json:"kind"`
	Endpoint string              `json:"endpoint"`
	Session  string              `json:"session"`
	Method   string              `json:"method"`
	Status   int                 `json:"status"`
	Class    classify.Class      `json:"class"`
	Reason   classify.Reason     `json:"reason"`
	Action   policy.Action       `json:"action"`
	Why      policy.Why          `json:"why"`
	Breaker  policy.BreakerState `json:"breaker"`

	at time.Duration // since the trace began
}

// kinds are nethttp's; a trace with others comes from another version.
var kinds = map[string]bool{
	"session_opened": true, "session_ended": true, "answer_judged": true, "recovery_started": true, "recovery_done": true,
	"recovery_failed": true, "call_resent": true, "call_failed": true, "stream_attached": true, "stream_parked": true,
	"call_orphaned": true, "message_swallowed": true, "breaker_moved": true, "state_not_restored": true,
}

// Trace is what happened at one endpoint.
type Trace struct {
	Endpoint string
	Events   int
	Others   int  // events of other endpoints, which are left out
	Cut      bool // the last line is not whole: the writer was ended, or its disk was full

	events []event
}

// Read reads JSON lines, in any order of time. Of several endpoints it keeps
// the one with the most events. The error names the line.
func Read(r io.Reader) (Trace, error) {
	var t Trace
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), maxLine)
	number := 0
	var cut error
	for lines.Scan() {
		number++
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 {
			continue
		}
		if cut != nil {
			return t, cut
		}
		var e event
		switch err := json.Unmarshal(text, &e); {
		case err != nil && text[len(text)-1] != '}':
			cut = fmt.Errorf("line %d: no JSON: %w: each line is an event that nethttp.TraceTo wrote", number, err)
			t.Cut = true
			continue
		case err != nil:
			return t, fmt.Errorf("line %d: %w: each line is an event that nethttp.TraceTo wrote", number, err)
		case !kinds[e.Kind]:
			return t, fmt.Errorf("line %d: kind is %q: this version knows %d kinds, and that is none", number, e.Kind, len(kinds))
		case e.Time.IsZero():
			return t, fmt.Errorf("line %d: time is missing", number)
		case len(t.events) == maxEvents:
			return t, fmt.Errorf("line %d: more than %d events: cut the trace to the incident", number, maxEvents)
		}
		t.events = append(t.events, e)
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return t, fmt.Errorf("line %d: more than %d bytes: this is no trace", number+1, maxLine)
	} else if err != nil {
		return t, fmt.Errorf("line %d: %w", number+1, err)
	}
	if len(t.events) == 0 && cut != nil {
		return t, cut
	}
	if len(t.events) == 0 {
		return t, errors.New("no events: the trace is empty")
	}
	t.arrange()
	return t, nil
}

// arrange sorts the events and keeps one endpoint's.
func (t *Trace) arrange() {
	by := map[string]int{}
	for _, e := range t.events {
		by[e.Endpoint]++
	}
	for endpoint, n := range by {
		if most := by[t.Endpoint]; n > most || n == most && endpoint < t.Endpoint {
			t.Endpoint = endpoint
		}
	}
	all := len(t.events)
	t.events = slices.DeleteFunc(t.events, func(e event) bool { return e.Endpoint != t.Endpoint })
	t.Events, t.Others = len(t.events), all-len(t.events)
	slices.SortStableFunc(t.events, func(a, b event) int { return a.Time.Compare(b.Time) })
	for i := range t.events {
		t.events[i].at = t.events[i].Time.Sub(t.events[0].Time)
	}
}

// Lasts is the time between the first event and the last.
func (t Trace) Lasts() time.Duration { return t.events[len(t.events)-1].at }
