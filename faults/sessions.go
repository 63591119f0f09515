package faults

// generation is half of the session ids that a Server remembers: those of more
// than this many sessions ago are forgotten ones.
const generation = 5000

// sessions knows what became of session ids. It keeps two generations of them,
// so that it is bounded and forgets those that were not used for longest.
type sessions struct {
	young, old map[string]*Answer // nil: alive; else what its requests get
	lost       *Answer            // for ids that stand in neither; nil: no session was lost yet, and they are alive
}

// of says what a request with this id gets; nil: the session is alive.
func (s *sessions) of(id string) *Answer {
	fate, known := s.young[id]
	if known {
		return fate
	}
	if fate, known = s.old[id]; !known {
		if s.lost != nil {
			return s.lost
		}
		fate = nil // it was opened before this Server stood before its handler
	}
	s.put(id, fate)
	return fate
}

func (s *sessions) put(id string, fate *Answer) {
	if s.young == nil || len(s.young) >= generation {
		s.old, s.young = s.young, map[string]*Answer{}
	}
	s.young[id] = fate
}

// drop makes a session's id unknown from now on.
func (s *sessions) drop(id string, a *Answer) {
	s.put(id, a)
	s.lost = a
}

// forget makes all ids unknown.
func (s *sessions) forget(a *Answer) { *s = sessions{lost: a} }
