package simulate

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mcprecover/mcprecover/policy"
)

// anyScenario draws a small fleet and a server that may have all the faults at
// once.
func anyScenario() *rapid.Generator[Scenario] {
	return rapid.Custom(func(t *rapid.T) Scenario {
		s := Base()
		d := func(name string, lo, hi time.Duration) Duration {
			return Duration(rapid.Int64Range(int64(lo), int64(hi)).Draw(t, name))
		}
		share := func(name string) float64 {
			return rapid.SampledFrom([]float64{0, 0, 0.2, 0.7, 1}).Draw(t, name)
		}
		s.Name = "drawn"
		s.Horizon = d("horizon", time.Second, 5*time.Minute)
		c := &s.Clients
		c.Number = rapid.IntRange(1, 60).Draw(t, "number")
		c.Think = d("think", 10*time.Millisecond, 20*time.Second)
		c.RTT = d("rtt", time.Microsecond, 200*time.Millisecond)
		c.Spread = Duration(rapid.SampledFrom([]time.Duration{0, 0, 50 * time.Millisecond}).Draw(t, "rtt spread"))
		c.Deadline = d("deadline", time.Second, time.Minute)
		if rapid.Bool().Draw(t, "has timeout") {
			c.Timeout = d("timeout", 100*time.Millisecond, 20*time.Second)
		}
		c.Safe, c.Eager, c.Naive, c.Modern = share("safe"), share("eager"), share("naive"), share("modern")
		c.Start.Lost = rapid.Bool().Draw(t, "lost")
		if rapid.Bool().Draw(t, "spread start") {
			c.Start.Over = d("over", time.Second, time.Minute)
		}
		if c.Gateways.Processes = rapid.IntRange(0, min(3, c.Number)).Draw(t, "processes"); c.Gateways.Processes > 0 {
			c.Gateways.Sessions = rapid.IntRange(1, c.Number/c.Gateways.Processes).Draw(t, "sessions")
		}
		v := &s.Server
		v.Capacity = rapid.Float64Range(1, 200).Draw(t, "capacity")
		v.Queue = d("queue", 0, 20*time.Second)
		v.Depth = rapid.SampledFrom([]int{0, 0, 1, 5}).Draw(t, "depth")
		v.Workers = rapid.SampledFrom([]int{1, 1, 3}).Draw(t, "workers")
		v.Variation = rapid.SampledFrom([]float64{0, 0, 0.25, 1, 4}).Draw(t, "variation")
		v.ColdShare = rapid.SampledFrom([]float64{1, 0.3}).Draw(t, "cold")
		v.ColdRamp = d("ramp", 0, time.Minute)
		v.Replicas = rapid.SampledFrom([]int{1, 1, 3}).Draw(t, "replicas")
		v.Affinity, v.PreferNew = rapid.Bool().Draw(t, "affinity"), rapid.Bool().Draw(t, "prefer new")
		v.Down = rapid.SampledFrom([]string{"refused", "silent", "502", "503"}).Draw(t, "down")
		v.Full = rapid.SampledFrom([]int{503, 429}).Draw(t, "full")
		v.Stale = rapid.SampledFrom([]string{"404", "400", "401"}).Draw(t, "stale")
		v.RetryAfter = Duration(rapid.SampledFrom([]time.Duration{0, 0, 5 * time.Second}).Draw(t, "retry after"))
		v.Rising = rapid.Bool().Draw(t, "rising")
		if v.Replicas == 1 {
			v.Table = rapid.SampledFrom([]int{0, 0, 1, 20}).Draw(t, "table")
		}
		if rapid.Bool().Draw(t, "idles") {
			v.Idle = d("idle", time.Second, time.Minute)
		}
		v.Login = Login{Capacity: rapid.SampledFrom([]float64{0, 1}).Draw(t, "login"), Queue: dur(time.Second), Reject: 0.02}
		v.Cost.Initialized = rapid.SampledFrom([]float64{0, 1}).Draw(t, "initialized")
		for i := range rapid.IntRange(0, 4).Draw(t, "events") {
			s.Events = append(s.Events, anyEvent(t, i, *v))
		}
		return s
	})
}

func anyEvent(t *rapid.T, i int, v ServerSpec) Event {
	kinds := []string{Restart, Mute}
	if v.Table == 0 {
		kinds = append(kinds, Forget, Cut)
	}
	if v.Login.Capacity > 0 {
		kinds = append(kinds, Expire)
	}
	e := Event{Kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
	e.At = Duration(rapid.Int64Range(1, int64(time.Minute)).Draw(t, "at"))
	e.Spread = Duration(rapid.SampledFrom([]time.Duration{0, 0, time.Second, 10 * time.Second}).Draw(t, "spread"))
	if e.Kind == Restart || e.Kind == Cut || e.Kind == Mute {
		e.For = Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(t, "for"))
	}
	if e.Kind == Restart {
		e.Every = Duration(rapid.SampledFrom([]time.Duration{0, 5 * time.Second}).Draw(t, "every"))
	} else if e.Kind != Expire {
		e.Share = rapid.SampledFrom([]float64{0, 0.3, 1}).Draw(t, "share")
	}
	return e
}

// anyPolicy draws one of the presets, as they are the tempers that there are.
func anyPolicy() *rapid.Generator[policy.Policy] {
	return rapid.Custom(func(t *rapid.T) policy.Policy {
		p := rapid.SampledFrom(policy.Presets()).Draw(t, "policy").Policy
		p.HandshakeTimeout = Duration(rapid.SampledFrom([]time.Duration{time.Second, 30 * time.Second}).Draw(t, "handshake timeout"))
		p.HoldReset = Duration(rapid.SampledFrom([]time.Duration{time.Second, 60 * time.Second}).Draw(t, "hold reset"))
		p.Pacing.Every = Duration(rapid.SampledFrom([]time.Duration{0, 5 * time.Millisecond, 20 * time.Second}).Draw(t, "pacing"))
		p.Pacing.Burst = rapid.SampledFrom([]int{1, 3, 20}).Draw(t, "burst")
		p.Tokens.Earn = rapid.SampledFrom([]float64{0.1, p.Tokens.Earn}).Draw(t, "earn")
		return p
	})
}

// The wheel makes clients small and its clock has no order within a
// slot before it is sorted; the plain heap does neither. They agree in
// every event, and in the result.
func TestEnginesAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Run{Scenario: anyScenario().Draw(t, "scenario"), Policy: anyPolicy().Draw(t, "policy"), Naive: anyPolicy().Draw(t, "naive"), Seed: rapid.Uint64Range(0, 5).Draw(t, "seed")}
		slow, story := traced(t, r, new(reference))
		fast, again := traced(t, r, new(wheel))
		for i := range min(len(story), len(again)) {
			if story[i] != again[i] {
				t.Fatalf("event %d: the heap says\n%sthe wheel says\n%s", i, around(story, i), around(again, i))
			}
		}
		if len(story) != len(again) {
			t.Fatalf("the heap tells %d events, the wheel %d", len(story), len(again))
		}
		if diff := cmp.Diff(slow, fast, cmp.AllowUnexported(Second{})); diff != "" {
			t.Fatalf("the results differ (- heap, + wheel):\n%s", diff)
		}
		whole, _ := traced(t, r, new(stepwise))
		whole.Events = slow.Events
		if diff := cmp.Diff(slow, whole, cmp.AllowUnexported(Second{})); diff != "" {
			t.Fatalf("answers that are events of their own make a difference (- none, + made):\n%s", diff)
		}
	})
}

// What the policy said beforehand of good answers is what it says when it is
// asked.
func TestEarn(t *testing.T) {
	for _, preset := range policy.Presets() {
		r := Run{Scenario: Base(), Policy: preset.Policy}
		w, err := newWorld(r)
		if err != nil {
			t.Fatal(err)
		}
		for spent := range int16(mostSpent + 50) {
			for odd := range uint8(2) {
				var earned, credited client
				earned.endpoint.Spent, earned.session.Odd = spent, odd
				credited = earned
				w.earn(&earned)
				w.credit(&credited)
				if earned != credited {
					t.Errorf("%s, %d spent, %d odd: %+v beforehand, %+v now", preset.Name, spent, odd, earned.endpoint, credited.endpoint)
				}
			}
			if spent > mostSpent {
				continue
			}
			earned := healthy{past: past(0).left(spent)}
			credited := earned
			w.earnSmall(&earned)
			w.creditSmall(&credited)
			if earned != credited {
				t.Errorf("%s, %d spent: %d beforehand, %d now", preset.Name, spent, earned.past.spent(), credited.past.spent())
			}
		}
	}
}

// stepwise is the plain heap, in which every answer is an event of its own.
type stepwise struct{ reference }

func (r *stepwise) run(w *world, watch func(Time) bool) Time {
	w.whole = true
	return r.reference.run(w, watch)
}

// traceLine is one line of a run's trace.
type traceLine struct {
	now    Time
	id     uint32
	what   step
	detail uint64
}

func traced(t *rapid.T, r Run, e engine) (*Result, []traceLine) {
	var story []traceLine
	result, err := r.on(context.Background(), e, func(now Time, id uint32, what step, detail uint64) {
		story = append(story, traceLine{now, id, what, detail})
	})
	if err != nil {
		t.Fatal(err)
	}
	return result, story
}

func around(story []traceLine, i int) (text string) {
	for _, l := range story[max(i-5, 0):min(i+2, len(story))] {
		text += fmt.Sprintf("%12d client %d %s %s\n", l.now, l.id, stepWords[l.what], words(l.what, l.detail))
	}
	return text
}

// Who is in backoff is some of those who wait; the others wait for a handshake.
func TestBackoffIsPartOfWaiting(t *testing.T) {
	s, _ := Named("outage")
	r := mustRun(t, Run{Scenario: s.Scaled(2000), Policy: policy.Default(), Seed: 1})
	most, others := uint32(0), false
	for i, x := range r.Seconds {
		if x.Backoff > x.Waiting {
			t.Fatalf("second %d: %d in backoff, %d wait", i, x.Backoff, x.Waiting)
		}
		most = max(most, x.Backoff)
		others = others || x.Waiting > x.Backoff
	}
	if most < 50 || !others {
		t.Errorf("at most %d in backoff, others wait: %v", most, others)
	}
	t.Logf("at most %d in backoff", most)
}
