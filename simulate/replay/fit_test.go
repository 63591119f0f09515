package replay_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/replay"
)

// lines writes a trace by hand: seconds and what happened.
type lines struct{ strings.Builder }

func (l *lines) add(second float64, session int, kind, more string) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(second * float64(time.Second)))
	fmt.Fprintf(l, `{"time":%q,"kind":%q,"endpoint":"http://h/mcp","session":"s%d","epoch":0%s}`+"\n", at.Format(time.RFC3339Nano), kind, session, more)
}

const lost = `,"method":"tools/list","status":404,"class":"stale","reason":"session-gone","action":"recover","why":"session_lost"`

// Of 40 sessions 20 call, one each second; the others had 100 s to, and did not.
// The mean time between calls is all of that waiting over the 20 calls.
func TestThinkIsCensored(t *testing.T) {
	var l lines
	for i := range 40 {
		l.add(0, i, "session_opened", "")
	}
	for i := range 20 {
		l.add(10+float64(i), i, "answer_judged", lost)
		l.add(10+float64(i), i, "recovery_started", "")
		l.add(10.04+float64(i), i, "recovery_done", "")
	}
	l.add(110, 0, "session_ended", "")
	trace, err := replay.Read(strings.NewReader(l.String()))
	if err != nil {
		t.Fatal(err)
	}
	fit, err := trace.Fit(simulate.Base(), "clients.deadline")
	if err != nil {
		t.Fatal(err)
	}
	want := time.Duration(float64(190+20*100) / 20 * float64(time.Second)) // 0+1+..+19 is 190
	if got := time.Duration(fit.Scenario.Clients.Think); got != want.Round(100*time.Millisecond) {
		t.Errorf("think is %v, want %v", got, want)
	}
	if e := fit.Scenario.Events[0]; e.Kind != simulate.Forget || fit.Scenario.Server.Stale != "404" {
		t.Errorf("the event is %+v, told by %s", e, fit.Scenario.Server.Stale)
	}
	asked := map[string]bool{}
	for _, u := range fit.Unknown {
		asked[u.Field] = true
	}
	for field, want := range map[string]bool{
		"server.capacity": true, "server.queue": true, "server.cost.initialize": true, "clients.gateways.processes": true,
		"events[0].spread": true, "clients.think": false, "clients.deadline": false, // the last was given
	} {
		if asked[field] != want {
			t.Errorf("%s is asked for: %v", field, asked[field])
		}
	}
	before := fit.Scenario
	if err := fit.Refine(t.Context(), policy.Default()); err != nil || fit.Scenario.Server != before.Server {
		t.Errorf("a capacity that did not show was refined: %v", err)
	}
}

// A server behind a proxy that answers 503 meanwhile, and streams that notice.
func TestEagerOutage(t *testing.T) {
	var l lines
	for i := range 30 {
		l.add(0, i, "session_opened", "")
		l.add(0, i, "stream_attached", "")
		l.add(5+float64(i)/10, i, "stream_parked", `,"status":503,"class":"transient","reason":"server-error"`)
		l.add(25+float64(i)/10, i, "recovery_started", "")
		l.add(25.1+float64(i)/10, i, "recovery_done", "")
	}
	l.add(24.9, 3, "stream_parked", `,"status":503,"class":"transient","reason":"server-error"`)
	trace, err := replay.Read(strings.NewReader(l.String()))
	if err != nil {
		t.Fatal(err)
	}
	fit, err := trace.Fit(simulate.Base())
	if err != nil {
		t.Fatal(err)
	}
	e, s := fit.Scenario.Events[0], fit.Scenario
	if e.Kind != simulate.Restart || s.Server.Down != "503" || s.Clients.Eager != 1 || e.For != policy.Duration(20*time.Second) || e.Spread != policy.Duration(2900*time.Millisecond) {
		t.Errorf("%+v, down %s, eager %v", e, s.Server.Down, s.Clients.Eager)
	}
}

// What is no trace is told by its line; a last line that was cut is left out.
func TestRead(t *testing.T) {
	var l lines
	l.add(0, 1, "session_opened", "")
	good := l.String()
	for text, want := range map[string]string{
		"":                           "no events",
		"\n\n":                       "no events",
		good + "{\"time\":3}\n":      "line 2:",
		good + "nonsense\n" + good:   "line 2: no JSON",
		"nonsense":                   "line 1: no JSON",
		`{"kind":"session_opened"}`:  "line 1: time is missing",
		good + `{"kind":"made_up"}`:  `line 2: kind is "made_up"`,
		strings.Repeat("x", 100_000): "line 1: more than 65536 bytes",
	} {
		if _, err := replay.Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
	trace, err := replay.Read(strings.NewReader(good + good[:30]))
	if err != nil || !trace.Cut || trace.Events != 1 {
		t.Errorf("%+v, %v", trace, err)
	}
	other := strings.ReplaceAll(good, "//h/", "//other/")
	if trace, err = replay.Read(strings.NewReader(other + good + good)); err != nil || trace.Endpoint != "http://h/mcp" || trace.Others != 1 {
		t.Errorf("%+v, %v", trace, err)
	}
	if _, err := trace.Fit(simulate.Base()); err == nil || !strings.Contains(err.Error(), "nothing went wrong") {
		t.Error(err)
	}
}
