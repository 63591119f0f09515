package replay_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/replay"
)

func known(fit replay.Fit, field string) bool {
	for _, k := range fit.Known {
		if k.Field == field {
			return true
		}
	}
	return false
}

func asks(fit replay.Fit, field string) bool {
	for _, u := range fit.Unknown {
		if u.Field == field {
			return true
		}
	}
	return false
}

// A server that turns nobody away, since its queue is long, still shows what it
// can do: by how many handshakes a second it makes while they wait.
func TestCapacityFromWaits(t *testing.T) {
	s := truth(200)
	s.Server.Queue, s.Clients.Think = policy.Duration(20*time.Second), policy.Duration(time.Minute)
	var text bytes.Buffer
	synctest.Test(t, func(t *testing.T) { record(t, s, &text) })
	if strings.Contains(text.String(), `"status":503`) {
		t.Fatal("somebody was turned away: this shows nothing")
	}
	trace, err := replay.Read(&text)
	if err != nil {
		t.Fatal(err)
	}
	fit, err := trace.Fit(simulate.Base())
	if err != nil {
		t.Fatal(err)
	}
	if err := fit.Refine(t.Context(), policy.Default()); err != nil {
		t.Fatal(err)
	}
	if got := fit.Scenario.Server.Capacity; !known(fit, "server.capacity") || got < 0.75*s.Server.Capacity || got > 1.25*s.Server.Capacity {
		t.Errorf("capacity %v, it was %v", got, s.Server.Capacity)
	}
	if !asks(fit, "server.queue") {
		t.Error("the queue never was full: nothing tells how long it may be")
	}
}

// Clients that are far away wait long at any time: that tells no capacity.
func TestFarClientsAreNoQueue(t *testing.T) {
	var l lines
	for i := range 60 {
		l.add(0, i, "session_opened", "")
		at := 10 + float64(i*37%60)/3
		l.add(at, i, "answer_judged", lost)
		l.add(at, i, "recovery_started", "")
		l.add(at+0.02+float64(i%10)/10, i, "recovery_done", "")
	}
	if fit := fitOf(t, &l); known(fit, "server.capacity") || !asks(fit, "server.capacity") {
		t.Error("a capacity is told that nothing shows")
	}
}

// A trace that goes on for a day after its incident is cut to its first hour.
func TestLongTrace(t *testing.T) {
	var l lines
	for i := range 60 {
		l.add(0, i, "session_opened", "")
		l.add(5, i, "answer_judged", lost)
		l.add(5, i, "recovery_started", "")
		if i%2 == 0 {
			l.add(5.1, i, "recovery_failed", busy)
			l.add(7+float64(i)/10, i, "recovery_started", "")
		}
		l.add(6+float64(i)/10+2*float64((i+1)%2), i, "recovery_done", "")
	}
	for second := range 3 {
		l.add(6.5+float64(second), 1, "answer_judged", busy)
	}
	l.add(24*3600, 0, "session_ended", "")
	fit := fitOf(t, &l)
	if !known(fit, "server.capacity") || !asks(fit, "server.cost.reject") {
		t.Fatal("the server turned others away: this shows nothing")
	}
	if err := fit.Refine(t.Context(), policy.Default()); err != nil {
		t.Error(err)
	}
	if err := fit.Scenario.Validate(); err != nil {
		t.Error(err)
	}
}
