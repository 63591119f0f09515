package classify

// Of judges an answer by its status alone; what the text says comes with the
// table of rules.
func Of(o Observation) Verdict {
	switch s := o.Status; {
	case s >= 200 && s < 300:
		return Verdict{Class: OK, Reason: Succeeded, Executed: Yes}
	case (s == 404 || s == 410) && o.HadSession && o.Era != Stateless:
		return Verdict{Class: Stale, Reason: SessionPresumedGone, Executed: No}
	case s == 401:
		return Verdict{Class: Auth, Reason: Unauthorized, Executed: No}
	case s == 429:
		return Verdict{Class: Transient, Reason: RateLimited, Executed: No}
	case s >= 500 && s < 600:
		return Verdict{Class: Transient, Reason: ServerError}
	}
	return Verdict{Class: Fatal, Reason: ClientError}
}
