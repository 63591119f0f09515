package faults

import "time"

// rule is a Rule that counts.
type rule struct {
	Rule
	seen int // requests that it counts
}

// meets counts a request, and reports whether its turn has come.
func (r *rule) meets(q *request) bool {
	w := r.When
	if method := w.HTTPMethod; method != q.method && (method != "" || q.method != "POST") {
		return false
	}
	if w.RPCMethod != "" && !q.has(w.RPCMethod) {
		return false
	}
	r.seen++
	switch {
	case w.At > 0:
		return r.seen == w.At
	case w.Every == 0:
		return r.seen >= w.From
	}
	first := w.From
	if first == 0 {
		first = w.Every
	}
	return r.seen >= first && (r.seen-first)%w.Every == 0
}

// outage is an Outage that has begun.
type outage struct {
	answer *Answer
	left   int       // requests
	until  time.Time // zero: requests are counted
}

func begin(o *Outage) outage {
	d := outage{answer: o.answer(), left: max(o.Requests, 1)}
	if o.For > 0 {
		d.until = time.Now().Add(time.Duration(o.For))
	}
	return d
}

// refuses reports whether one more request falls into the outage.
func (d *outage) refuses() bool {
	switch {
	case d.answer == nil:
		return false
	case !d.until.IsZero():
		return time.Now().Before(d.until)
	case d.left == 0:
		return false
	}
	d.left--
	return true
}

// task is what is to be done with a request.
type task struct {
	fault   string // the first one, for the event
	answer  *Answer
	reset   *Reset
	cut     *Cut
	delay   time.Duration
	restart bool
}

func (t *task) decided() bool { return t.answer != nil || t.reset != nil }

// decide counts a request, lets the rules whose turn has come change what the
// server knows, and says what the request gets.
func (s *Server) decide(q *request) task {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch q.method {
	case "POST", "GET", "DELETE":
		s.numbers[q.method]++
		q.number = s.numbers[q.method]
	}
	if q.has("initialize") {
		s.counts.Initializes++
	}

	var t task
	for i := range s.rules {
		if s.rules[i].meets(q) {
			s.apply(&t, s.rules[i].What, q)
		}
	}
	if q.method == "POST" && len(s.next) > 0 {
		s.apply(&t, s.next[0], q)
		s.next = s.next[1:]
	}
	if s.down.refuses() && !t.decided() {
		t.answer, t.fault = s.down.answer, "unavailable"
	}
	if a := s.fate(q); a != nil && !t.decided() {
		t.answer = a
		if t.fault != "forget" {
			t.fault = Forgotten
		}
	}
	return t
}

// fate is the answer to a request of a lost session; nil if it is alive, or
// there is none.
func (s *Server) fate(q *request) *Answer {
	if q.session == "" {
		return nil
	}
	return s.sessions.of(q.session)
}

func (s *Server) apply(t *task, w What, q *request) {
	fault := w.names()[0]
	decides := func(a *Answer, r *Reset) {
		if !t.decided() {
			t.answer, t.reset, t.fault = a, r, fault
		}
	}
	switch fault {
	case "stale":
		if q.session != "" {
			s.sessions.drop(q.session, w.Stale)
		}
		decides(w.Stale, nil)
	case "forget":
		s.sessions.forget(w.Forget)
	case "restart":
		s.sessions.forget(w.Restart)
		t.restart = true
		decides(nil, &Reset{})
	case "answer":
		decides(w.Answer, nil)
	case "unavailable":
		s.down = begin(w.Unavailable)
	case "reset":
		decides(nil, w.Reset)
	case "cut":
		t.cut = w.Cut
	case "delay":
		t.delay += time.Duration(w.Delay)
	}
	if t.fault == "" {
		t.fault = fault
	}
}
