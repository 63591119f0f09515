package simulate

// route picks the replica for a request: the one of its session if there is
// affinity and it is up, else any that is up.
func (s *Server) route(now Time, q Request) int {
	if len(s.nodes) == 1 {
		return 0
	}
	if s.spec.Affinity && q.Token != 0 && q.Token != ghost {
		if k := s.nodeOf(q.Token); !s.nodes[k].down {
			return k
		}
	}
	r := s.chance.bits(forRoute, q.Client, uint64(now))
	if s.spec.PreferNew && q.Token == 0 && s.anyFresh {
		fresh := 0
		for _, k := range s.up {
			if s.nodes[k].fresh {
				fresh++
			}
		}
		pick := among(r, max(fresh, 1))
		for _, k := range s.up {
			if s.nodes[k].fresh {
				if pick == 0 {
					return int(k)
				}
				pick--
			}
		}
	}
	return int(s.up[among(r, len(s.up))])
}
