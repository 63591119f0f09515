package nethttp

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// full is an event with every field set.
var full = Event{
	Time: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), Kind: AnswerJudged, Endpoint: "http://mcp.test/mcp", Session: "0a1b2c3d",
	Epoch: 3, Method: "tools/call", Status: 401, Class: classify.Stale, Reason: classify.SessionGone, Action: policy.Recover,
	Why: policy.SessionLost, Breaker: policy.HalfOpen, Wait: 250 * time.Millisecond, Sends: 1, Err: "reset",
}

func TestATraceReadsBackAsItWasWritten(t *testing.T) {
	var file bytes.Buffer
	record := TraceTo(&file, func(err error) { t.Error(err) })
	want := []Event{full, {Kind: BreakerMoved, Endpoint: "http://mcp.test/mcp", Breaker: policy.Closed}}
	for k := range eventKinds[1:] {
		want = append(want, Event{Kind: EventKind(k + 1)})
	}
	for _, e := range want {
		record(e)
	}
	var got []Event
	for line := range strings.Lines(file.String()) {
		var e Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		got = append(got, e)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("events (-want +got):\n%s", d)
	}
}

// shut is a disk that is full.
type shut struct{ writes int }

func (s *shut) Write([]byte) (int, error) {
	s.writes++
	return 0, errors.New("no space left on device")
}

func TestATraceThatCannotBeWrittenIsSaidOnce(t *testing.T) {
	var disk shut
	told := 0
	record := TraceTo(&disk, func(error) { told++ })
	record(full)
	record(full)
	if told != 1 || disk.writes != 1 {
		t.Errorf("told %d times after %d writes, want 1 and 1", told, disk.writes)
	}
}

func TestEventsAsLogLines(t *testing.T) {
	var out bytes.Buffer
	log := LogTo(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	})))
	log(full)
	log(Event{Kind: BreakerMoved, Endpoint: "http://mcp.test/mcp", Breaker: policy.Open})
	log(Event{Kind: CallFailed, Endpoint: "http://mcp.test/mcp", Session: "0a1b2c3d", Method: "ping"})
	want := `level=DEBUG msg=answer_judged endpoint=http://mcp.test/mcp session=0a1b2c3d epoch=3 method=tools/call status=401 class=stale reason=session-gone action=recover why=session_lost breaker=half_open wait=250ms sends=1 err=reset
level=INFO msg=breaker_moved endpoint=http://mcp.test/mcp breaker=open
level=WARN msg=call_failed endpoint=http://mcp.test/mcp session=0a1b2c3d epoch=0 method=ping
`
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Errorf("log (-want +got):\n%s", d)
	}
}

func TestEveryKindHasAWordOfItsOwn(t *testing.T) {
	seen := map[string]EventKind{}
	for i := range eventKinds[1:] {
		k := EventKind(i + 1)
		if k.String() == "" || k.String() == "none" || seen[k.String()] != 0 {
			t.Errorf("kind %d has the word %q", k, k)
		}
		seen[k.String()] = k
	}
	var k EventKind
	if err := k.UnmarshalText([]byte("unheard_of")); err == nil {
		t.Error("unheard_of is a kind of event")
	}
}
