package simulate

// Opened is the session that a client has at time 0. It is called once for
// each client, in their order. A session that is lost from the start is one
// that the server will not know.
func (s *Server) Opened(client uint32, lost bool) Token {
	switch {
	case s.table != nil:
		token := s.table.open()
		if lost {
			s.table.clear()
		}
		return token
	case lost:
		return ghost
	}
	return s.token(among(s.chance.bits(forHome, client, 0), len(s.nodes)), client, 0)
}

// A token without a table names a replica and how often the replica, or the
// client, had lost its sessions when it was made.
const (
	made       Token = 1 << 31
	nodeShift        = 16
	maxNodes         = 1 << 15
	ghost      Token = made | 0xffff // lost before the run began
	lowestWord       = 0xffff
)

func (s *Server) token(node int, client uint32, now Time) Token {
	return made | Token(node)<<nodeShift | Token(s.generation(node, client, now))
}

// nodeOf is the replica that opened a session.
func (s *Server) nodeOf(t Token) int {
	if s.table != nil || t == 0 {
		return 0
	}
	return int(t&^made) >> nodeShift
}

// generation counts what a client's sessions on a replica have survived.
func (s *Server) generation(node int, client uint32, now Time) uint16 {
	g := s.nodes[node].generation
	for i := range s.partial {
		if s.partial[i].when(s.chance, client) <= now {
			g++
		}
	}
	return g
}

// Swept reports whether a session was lost to an event of the schedule, and
// not to idleness, a full table or a request that went to another replica.
// It must not be asked about the past.
func (s *Server) Swept(t Token, client uint32, now Time) bool {
	s.advance(now)
	switch {
	case t == 0:
		return false
	case t == ghost:
		return true
	case s.table != nil:
		return t <= s.table.since
	}
	return uint16(t&lowestWord) != s.generation(s.nodeOf(t), client, now)
}

// knows reports whether the replica knows the session, and notes its use.
func (s *Server) knows(now Time, node int, q Request) bool {
	switch {
	case s.table != nil:
		if !s.table.use(q.Token) {
			return false
		}
	case q.Token == ghost, s.nodeOf(q.Token) != node, uint16(q.Token&lowestWord) != s.generation(node, q.Client, now):
		return false
	}
	if s.used != nil {
		if now-s.used[q.Client] > int64(s.spec.Idle) {
			return false
		}
		s.used[q.Client] = now
	}
	return true
}

// open makes a session.
func (s *Server) open(now Time, node int, q Request) Token {
	if s.used != nil {
		s.used[q.Client] = now
	}
	if s.table != nil {
		return s.table.open()
	}
	return s.token(node, q.Client, now)
}
