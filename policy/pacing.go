package policy

// The recovery budget is a GCRA in its virtual scheduling form (ITU-T I.371):
// Endpoint.Turn is the theoretical arrival time, tolerance is (burst-1)*every.

// turn is the first turn not before from: when it is due, and Endpoint.Turn
// once it is taken.
func (p *Plan) turn(e *Endpoint, from Time) (due, taken Time) {
	if p.every == 0 {
		return from, e.Turn
	}
	return max(from, e.Turn-p.tolerance), later(max(from, e.Turn), p.every)
}

// poll is how long after now a session looks again that waits for the result
// of another session's probe.
func (p *Plan) poll() int64 { return max(p.every, p.least) }
