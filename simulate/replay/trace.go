// Package replay reads the trace of an incident, which nethttp.TraceTo or
// mcprecover proxy --trace wrote, fits a scenario to it, says how well that fits
// and what the trace cannot tell.
package replay

import (
	"bufio"
	"bytes"
	"cmp"
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

// line is what is wanted of one: nethttp.Event's fields by their JSON names.
type line struct {
	Time     time.Time           `json:"time"`
	Kind     string              `json:"kind"`
	Endpoint string              `json:"endpoint"`
	Session  string              `json:"session"`
	Status   int                 `json:"status"`
	Class    classify.Class      `json:"class"`
	Reason   classify.Reason     `json:"reason"`
	Action   policy.Action       `json:"action"`
	Why      policy.Why          `json:"why"`
	Breaker  policy.BreakerState `json:"breaker"`
}

// event is a line as it is kept: 72 bytes, whose texts stand once in memory.
type event struct {
	at       time.Duration // since the trace began; while it is read, since the first line
	kind     string
	endpoint string
	session  string
	status   int32
	class    classify.Class
	reason   classify.Reason
	action   policy.Action
	why      policy.Why
	breaker  policy.BreakerState
}

// kinds are nethttp's; a trace with others comes from another version.
var kinds = map[string]string{}

func init() {
	for _, kind := range []string{
		"session_opened", "session_ended", "answer_judged", "recovery_started", "recovery_done", "recovery_failed", "call_resent",
		"call_failed", "stream_attached", "stream_parked", "call_orphaned", "message_swallowed", "breaker_moved", "state_not_restored",
	} {
		kinds[kind] = kind
	}
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
	var first time.Time
	words := map[string]string{} // endpoints and sessions
	once := func(word string) string {
		if _, known := words[word]; !known {
			words[word] = word
		}
		return words[word]
	}
	for lines.Scan() {
		number++
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 {
			continue
		}
		if cut != nil {
			return t, cut
		}
		var e line
		switch err := json.Unmarshal(text, &e); {
		case err != nil && text[len(text)-1] != '}':
			cut = fmt.Errorf("line %d: no JSON: %w: each line is an event that nethttp.TraceTo wrote", number, err)
			t.Cut = true
			continue
		case err != nil:
			return t, fmt.Errorf("line %d: %w: each line is an event that nethttp.TraceTo wrote", number, err)
		case kinds[e.Kind] == "":
			return t, fmt.Errorf("line %d: kind is %q: this version knows %d kinds, and that is none", number, e.Kind, len(kinds))
		case e.Time.IsZero():
			return t, fmt.Errorf("line %d: time is missing", number)
		case len(t.events) == maxEvents:
			return t, fmt.Errorf("line %d: more than %d events: cut the trace to the incident", number, maxEvents)
		}
		if len(t.events) == 0 {
			first = e.Time
		}
		t.events = append(t.events, event{
			e.Time.Sub(first), kinds[e.Kind], once(e.Endpoint), once(e.Session), int32(e.Status), e.Class, e.Reason, e.Action, e.Why, e.Breaker,
		})
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return t, fmt.Errorf("line %d: more than %d bytes: this is no trace", number+1, maxLine)
	} else if err != nil && number == 0 {
		return t, err
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
		by[e.endpoint]++
	}
	for endpoint, n := range by {
		if most := by[t.Endpoint]; n > most || n == most && endpoint < t.Endpoint {
			t.Endpoint = endpoint
		}
	}
	all := len(t.events)
	t.events = slices.DeleteFunc(t.events, func(e event) bool { return e.endpoint != t.Endpoint })
	t.Events, t.Others = len(t.events), all-len(t.events)
	slices.SortStableFunc(t.events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	for i, first := 0, t.events[0].at; i < len(t.events); i++ {
		t.events[i].at -= first
	}
}

// Lasts is the time between the first event and the last.
func (t Trace) Lasts() time.Duration { return t.events[len(t.events)-1].at }
