package policy

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mcprecover/mcprecover/classify"
)

// TestTotal gives the steps any bits at all: state that no history reaches,
// instants at both ends of time, numbers that are none. They must answer from
// their tables, and never send a call to wait beyond its end.
func TestTotal(t *testing.T) {
	instants := rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, 1, -1, math.MaxInt64, math.MinInt64, t0}))
	numbers := rapid.OneOf(rapid.Float64Range(0, 0.999), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, 1, 2}))
	decisions, admissions := Decisions(), Admissions()
	rapid.Check(t, func(rt *rapid.T) {
		plan, err := anyPolicy().Draw(rt, "policy").Compile()
		if err != nil {
			rt.Fatal(err)
		}
		now, u := instants.Draw(rt, "now"), numbers.Draw(rt, "u")
		e := Endpoint{instants.Draw(rt, "turn"), instants.Draw(rt, "due"), rapid.Int16().Draw(rt, "spent"), rapid.Uint16().Draw(rt, "fails"),
			rapid.Uint16().Draw(rt, "gen"), rapid.Uint8().Draw(rt, "reopens"), rapid.Uint8().Draw(rt, "half")}
		s := Session{instants.Draw(rt, "session due"), instants.Draw(rt, "since"), rapid.Uint32().Draw(rt, "session epoch"),
			rapid.Uint8().Draw(rt, "try"), rapid.Uint8().Draw(rt, "odd"), Phase(rapid.Uint8().Draw(rt, "phase"))}
		c := Call{instants.Draw(rt, "end"), rapid.Uint32().Draw(rt, "epoch"), rapid.Uint8().Draw(rt, "sends"),
			rapid.Uint8().Draw(rt, "dials"), rapid.Uint8().Draw(rt, "lost"), Flags(rapid.Uint8().Draw(rt, "flags"))}
		x := Outcome{classify.Class(rapid.Uint8Range(0, 9).Draw(rt, "class")), classify.Reason(rapid.Uint8().Draw(rt, "reason")),
			classify.Executed(rapid.Uint8().Draw(rt, "executed")), rapid.Bool().Draw(rt, "sent"), time.Duration(instants.Draw(rt, "hint"))}
		b := Breaking{BreakerState(rapid.Uint8Range(0, 4).Draw(rt, "state")), instants.Draw(rt, "breaker due"),
			rapid.Uint16().Draw(rt, "breaker gen"), rapid.Uint8().Draw(rt, "free"), rapid.Bool().Draw(rt, "live")}

		_, _, _, d := plan.Decide(now, e, s, c, x, u)
		if !slices.Contains(decisions, Decision{d.Action, d.Why, 0}) {
			rt.Errorf("Decide answers %v (%v)", d.Action, d.Why)
		}
		if !d.Final() && (d.Due < now || d.Due > c.End) {
			rt.Errorf("Decide waits until %d, outside [%d, %d]", d.Due, now, c.End)
		}
		_, _, a := plan.Admit(now, e, s, c, b)
		if !slices.Contains(admissions, Admission{Role: a.Role, Why: a.Why}) {
			rt.Errorf("Admit answers %v (%v)", a.Role, a.Why)
		}
		if a.Role == Later && (a.At < now || a.At > c.End) {
			rt.Errorf("Admit waits until %d, outside [%d, %d]", a.At, now, c.End)
		}
		plan.Opened(now, s)
		plan.Settle(now, e, s, b, Ending(rapid.Uint8Range(0, 8).Draw(rt, "ending")), x.Hint, u)
		if open := plan.OpenFor(e.Reopens, u); open <= 0 {
			rt.Errorf("the breaker opens for %v", open)
		}
		if splay := plan.Splay(u); splay < 0 || splay > time.Hour {
			rt.Errorf("a splay of %v", splay)
		}
		plan.Credit(e, s, rapid.Uint32().Draw(rt, "served"))
		plan.End(now, x.Hint, c.End)
	})
}

// TestWords: every value has a word of its own that reads back.
func TestWords(t *testing.T) {
	words := map[string]bool{}
	word := func(w string) {
		if words[w] || w == "" || w == "none" {
			t.Errorf("%q is no word of its own", w)
		}
		words[w] = true
	}
	for _, v := range Whys() {
		word("why " + v.String())
		var back Why
		if text, _ := v.MarshalText(); back.UnmarshalText(text) != nil || back != v {
			t.Errorf("%v reads back as %v", v, back)
		}
	}
	for _, v := range Actions() {
		word("action " + v.String())
		var back Action
		if text, _ := v.MarshalText(); back.UnmarshalText(text) != nil || back != v {
			t.Errorf("%v reads back as %v", v, back)
		}
	}
	for _, v := range Roles() {
		word("role " + v.String())
		var back Role
		if text, _ := v.MarshalText(); back.UnmarshalText(text) != nil || back != v {
			t.Errorf("%v reads back as %v", v, back)
		}
	}
	for _, v := range Endings() {
		word("ending " + v.String())
		var back Ending
		if text, _ := v.MarshalText(); back.UnmarshalText(text) != nil || back != v {
			t.Errorf("%v reads back as %v", v, back)
		}
	}
	for _, v := range BreakerStates() {
		word("state " + v.String())
		var back BreakerState
		if text, _ := v.MarshalText(); back.UnmarshalText(text) != nil || back != v {
			t.Errorf("%v reads back as %v", v, back)
		}
	}
	if got := CredentialRefused; got.String() != "credential_refused" || len(Whys()) != int(CredentialRefused) {
		t.Errorf("the last reason is %v, number %d of %d", got, got, len(Whys()))
	}
	var w Why
	if err := w.UnmarshalText([]byte("because")); err == nil {
		t.Error(`"because" is a reason`)
	}
	if got := Why(200).String(); got != "unknown(200)" {
		t.Errorf("a reason that is none reads %q", got)
	}
}
