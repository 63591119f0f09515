package policytest

import (
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

func waitsInTime(w *world) error {
	for i, r := range w.records {
		switch {
		case r.kind == decided && waits(r.d) && (r.d.Due < r.now || r.d.Due > r.c0.End):
			return w.broken(i, "the wait ends outside [now, end], end %v", time.Duration(r.c0.End-start))
		case r.kind == admitted && r.a.Role == policy.Later && (r.a.At < r.now || r.a.At > r.c0.End):
			return w.broken(i, "the wait ends outside [now, end], end %v", time.Duration(r.c0.End-start))
		}
	}
	return nil
}

// monotoneWaits asks again with more of u, and with more of the hint.
func monotoneWaits(w *world) error {
	for i, r := range w.records {
		switch r.kind {
		case decided:
			if err := w.monotoneDecide(i, r); err != nil {
				return err
			}
		case settled:
			if err := w.monotoneSettle(i, r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *world) monotoneDecide(i int, r record) error {
	again := func(hint time.Duration, u float64) policy.Decision {
		x := r.x
		x.Hint = hint
		_, _, _, d := w.steps.Decide(r.now, r.e0, r.s0, r.c0, x, u)
		return d
	}
	if d := again(r.x.Hint, (r.u+1)/2); d.Due < r.d.Due {
		return w.broken(i, "due %v with a larger u", time.Duration(d.Due-start))
	}
	hint := max(r.x.Hint, 0)
	last := r.d
	for _, more := range []time.Duration{1, time.Second, 10 * time.Second, time.Hour} {
		d := again(hint+min(more, 1<<62-hint), r.u)
		if d.Due < last.Due && waits(last) {
			return w.broken(i, "due %v with a hint longer by %v", time.Duration(d.Due-start), more)
		}
		if last.Action == policy.Fail && d.Action != policy.Fail {
			return w.broken(i, "%v with a hint longer by %v", d.Action, more)
		}
		last = d
	}
	if plain := again(0, r.u); waits(r.d) && waits(plain) {
		own := time.Duration(plain.Due - r.now)
		if least := min(max(own, hint), time.Duration(w.policy.HintMax)); r.d.Due < r.now+int64(least) {
			return w.broken(i, "the wait is shorter than %v", least)
		}
	}
	return nil
}

func (w *world) monotoneSettle(i int, r record) error {
	again := func(hint time.Duration, u float64) policy.Session {
		_, s := w.steps.Settle(r.now, r.e0, r.s0, r.b, r.end, hint, u)
		return s
	}
	if s := again(r.hint, (r.u+1)/2); s.Due < r.s1.Due {
		return w.broken(i, "the session is due at %v with a larger u", time.Duration(s.Due-start))
	}
	hint := max(r.hint, 0)
	if s := again(hint+min(time.Second, 1<<62-hint), r.u); s.Due < r.s1.Due {
		return w.broken(i, "the session is due at %v with a longer hint", time.Duration(s.Due-start))
	}
	if failed := r.end == policy.Failed || r.end == policy.Lost; failed && r.s1.Due < r.now+int64(min(hint, time.Duration(w.policy.HintMax))) {
		return w.broken(i, "the session is due before the server's Retry-After")
	}
	return nil
}
