package classify

// Of judges an answer. It is total: any Observation, also one cut at any byte,
// gets one of the five classes. It is pure, safe for concurrent use, and
// allocates nothing except for bodies that are compressed or have their text
// written with many escapes.
func Of(o Observation) Verdict {
	if o.Status/100 == 2 && len(o.Body) == 0 {
		return Verdict{Class: OK, Reason: Succeeded, Executed: Yes}
	}
	return judge(&o)
}

func judge(o *Observation) Verdict {
	v := view{o: o, families: everyFamily}
	i := v.decide()
	return v.verdict(order[i].class, order[i].reason)
}

func (v *view) decide() int {
	v.look()
	return v.route()
}

// route returns the place in order of the first row that fits.
func (v *view) route() int {
	for _, i := range routes[place(v.o.Status)] {
		if v.fits(&order[i]) {
			return int(i)
		}
	}
	return len(order) - 1 // fits everything
}

// fits learns of the text only what the row still depends on: most rows fail
// on what is known already.
func (v *view) fits(r *row) bool {
	if r.all&v.known&^v.facts != 0 || r.none&v.facts != 0 {
		return false
	}
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

func (v *view) verdict(class Class, reason Reason) Verdict {
	verdict := Verdict{Class: class, Reason: reason, Executed: executed(class, v.o.Status), Code: v.doc.code}
	if class != OK {
		verdict.RetryAfter = v.retryAfter()
	}
	return verdict
}
