package policy

import "math"

// Credit tells endpoint and session of served good answers since the last
// look: tokens come back, and the session is not suspect any more. Decide
// credits the good answers that it sees itself; do not count those again.
func (p *Plan) Credit(e Endpoint, s Session, served uint32) (Endpoint, Session) {
	p.credit(&e, &s, served)
	return e, s
}

func (p *Plan) credit(e *Endpoint, s *Session, served uint32) {
	if served == 0 {
		return
	}
	earned := int64(served) * int64(p.earn)
	e.Spent = int16(max(int64(e.Spent)-earned, 0))
	s.Odd = 0
}

// affords reports whether the bucket holds the price of a retry.
func (p *Plan) affords(e *Endpoint) bool {
	return int32(e.Spent)+int32(p.cost) <= int32(p.full) || p.cost == 0
}

func (p *Plan) pay(e *Endpoint) {
	e.Spent = int16(min(int32(e.Spent)+int32(p.cost), math.MaxInt16))
}
