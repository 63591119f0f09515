package classify

// Failure is how a request ended that got no answer: one of the reasons
// NeverSent, MaybeSent, TimedOut, Cancelled. It is a Reason, so that logs and
// policies have one word for it.
type Failure = Reason

// OfFailure judges a request that got no answer. Anything but the four
// failures is taken as MaybeSent, which promises least.
func OfFailure(f Failure) Verdict {
	switch f {
	case NeverSent:
		return Verdict{Class: Transient, Reason: NeverSent, Executed: No}
	case TimedOut:
		return Verdict{Class: Transient, Reason: TimedOut}
	case Cancelled:
		return Verdict{Class: Fatal, Reason: Cancelled}
	}
	return Verdict{Class: Transient, Reason: MaybeSent}
}
