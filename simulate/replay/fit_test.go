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

const (
	refusal = `,"method":"tools/list","class":"transient","reason":"never-sent","action":"resend","why":"never_sent"`
	busy    = `,"status":503,"class":"transient","reason":"server-error"`
)

// A server that refused connections and is up again may turn somebody away
// before it opens the first session: it was no proxy that answered for it.
func TestFullBeforeBack(t *testing.T) {
	var l lines
	for i := range 30 {
		l.add(0, i, "session_opened", "")
		l.add(5+float64(i)/10, i, "answer_judged", refusal)
		l.add(15, i, "answer_judged", lost)
		l.add(15, i, "recovery_started", "")
	}
	l.add(14.8, 1, "answer_judged", refusal)
	for i := range 25 {
		l.add(15.2, i, "recovery_failed", busy)
		l.add(16+float64(i)/10, i, "recovery_started", "")
		l.add(17+float64(i)/10, i, "recovery_done", "")
	}
	fit := fitOf(t, &l)
	e, s := fit.Scenario.Events[0], fit.Scenario.Server
	if e.Kind != simulate.Restart || s.Down != "refused" || e.For != policy.Duration(10*time.Second) {
		t.Errorf("%+v, down %s; want a restart that refuses from 5 s to 15 s", e, s.Down)
	}
	for _, u := range fit.Unknown {
		if u.Field == "events[0].spread" {
			t.Error("asks for what only streams would have noticed, and there are none")
		}
	}
}

// Sessions that were lost by themselves the hour before are not the incident,
// and nothing of theirs is counted as its.
func TestWorstTrouble(t *testing.T) {
	var l lines
	for i := range 30 {
		l.add(0, i, "session_opened", "")
	}
	for i := range 3 {
		l.add(100+float64(i), i, "answer_judged", lost)
		l.add(100+float64(i), i, "recovery_started", "")
		l.add(100.5+float64(i), i, "recovery_done", "")
	}
	for i := range 30 {
		l.add(3600+float64(i), i, "answer_judged", lost)
		l.add(3600+float64(i), i, "recovery_started", "")
		l.add(3600.5+float64(i), i, "recovery_done", "")
	}
	fit := fitOf(t, &l)
	if k := fit.Known[0]; k.Field != "incident" || k.Value != "the worst of 2" {
		t.Errorf("nothing says that there were others: %+v", k)
	}
	if think := time.Duration(fit.Scenario.Clients.Think); think != 14500*time.Millisecond { // 0+1+..+29 over 30
		t.Errorf("think is %v: it counts from the incident on", think)
	}
	r, err := simulate.Run{Scenario: fit.Scenario, Policy: policy.Default()}.Do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range fit.Check([]*simulate.Result{r}) {
		if x.Figure == "handshakes" && x.Trace != 30 {
			t.Errorf("%v handshakes in the incident, want 30", x.Trace)
		}
	}
}

// What somebody says wins over what the trace shows, and is not told as known.
func TestGivenWins(t *testing.T) {
	var l lines
	for i := range 30 {
		l.add(0, i, "session_opened", "")
		l.add(float64(i)+5, i, "answer_judged", lost)
		l.add(float64(i)+5, i, "recovery_started", "")
		l.add(float64(i)+5.1, i, "recovery_done", "")
	}
	base := simulate.Base()
	base.Clients.Think, base.Clients.RTT = policy.Duration(7*time.Second), policy.Duration(time.Millisecond)
	trace, err := replay.Read(strings.NewReader(l.String()))
	if err != nil {
		t.Fatal(err)
	}
	fit, err := trace.Fit(base, "clients.think", "clients.rtt")
	if err != nil {
		t.Fatal(err)
	}
	if c := fit.Scenario.Clients; c.Think != base.Clients.Think || c.RTT != base.Clients.RTT {
		t.Errorf("think %v, rtt %v; given were %v, %v", c.Think, c.RTT, base.Clients.Think, base.Clients.RTT)
	}
	for _, k := range fit.Known {
		if k.Field == "clients.think" || k.Field == "clients.rtt" {
			t.Errorf("told as known from the trace: %+v", k)
		}
	}
}

// Callers that leave when all is stopped have not failed.
func TestStoppedCallers(t *testing.T) {
	var l lines
	for i := range 30 {
		l.add(0, i, "session_opened", "")
		l.add(5, i, "answer_judged", lost)
		l.add(5, i, "recovery_started", "")
		if i < 20 {
			l.add(5.1, i, "recovery_done", "")
		} else {
			l.add(60, i, "call_failed", `,"why":"caller_gone"`)
		}
	}
	l.add(30, 29, "call_failed", `,"why":"caller_gone"`)
	fit := fitOf(t, &l)
	r, err := simulate.Run{Scenario: fit.Scenario, Policy: policy.Default()}.Do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range fit.Check([]*simulate.Result{r}) {
		if x.Figure == "calls failed" && x.Trace != 1 {
			t.Errorf("%v calls failed, want the one that failed at 30 s", x.Trace)
		}
	}
}

func fitOf(t *testing.T, l *lines) replay.Fit {
	t.Helper()
	trace, err := replay.Read(strings.NewReader(l.String()))
	if err != nil {
		t.Fatal(err)
	}
	fit, err := trace.Fit(simulate.Base())
	if err != nil {
		t.Fatal(err)
	}
	return fit
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
