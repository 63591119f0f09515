package classify

// Of judges an answer. It is total: any Observation, also one cut at any byte,
// gets one of the five classes. It is pure, safe for concurrent use, and
// allocates nothing except for bodies that are compressed or have their text
// written with many escapes.
func Of(o Observation) Verdict {
	if len(o.Body) == 0 && uint(o.Status-200) < 100 {
		return succeeded
	}
	return judge(&o)
}

var succeeded = Verdict{Class: OK, Reason: Succeeded, Executed: Yes}

func judge(o *Observation) (verdict Verdict) {
	v := view{o: o, families: everyFamily}
	r := &order[v.decide()]
	v.conclude(&verdict, r.class, r.reason)
	return verdict
}

func (v *view) decide() int {
	v.look()
	return v.route()
}

// route returns the place in order of the first row that fits.
func (v *view) route() int {
	gates := routes[place(v.o.Status)].gates
	for i := range gates {
		g := &gates[i]
		if g.all&v.known&^v.facts == 0 && g.none&v.facts == 0 && v.fits(&order[g.row]) {
			return int(g.row)
		}
	}
	return len(order) - 1 // fits everything
}

// fits learns of the text what the row still depends on; most rows have failed
// before on what is known already.
func (v *view) fits(r *row) bool {
	if need := (r.all | r.any) &^ v.known; need != 0 {
		v.learn(need)
	}
	if r.all&^v.facts != 0 || r.any != 0 && r.any&v.facts == 0 {
		return false
	}
	if need := r.none &^ v.known; need != 0 {
		v.learn(need)
	}
	return r.none&v.facts == 0
}

// conclude writes the verdict to where the caller wants it: small fields that
// are copied from frame to frame as one cost as much as the rules.
func (v *view) conclude(verdict *Verdict, class Class, reason Reason) {
	verdict.Class = class
	verdict.Reason = reason
	verdict.Executed = executed(class, v.o.Status)
	verdict.Code = v.doc.code
	if class != OK && v.head.retryAfter != "" {
		verdict.RetryAfter = v.retryAfter()
	}
}
