package classify

import "testing"

func TestOfFailure(t *testing.T) {
	for _, c := range []struct {
		failure Failure
		want    Verdict
	}{
		{NeverSent, Verdict{Class: Transient, Reason: NeverSent, Executed: No}},
		{MaybeSent, Verdict{Class: Transient, Reason: MaybeSent}},
		{TimedOut, Verdict{Class: Transient, Reason: TimedOut}},
		{Cancelled, Verdict{Class: Fatal, Reason: Cancelled}},
		{0, Verdict{Class: Transient, Reason: MaybeSent}},
		{Succeeded, Verdict{Class: Transient, Reason: MaybeSent}},
	} {
		if got := OfFailure(c.failure); got != c.want {
			t.Errorf("%v: %+v, want %+v", c.failure, got, c.want)
		}
	}
}
