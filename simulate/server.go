package simulate

import (
	"strconv"
	"time"
)

// Server is an MCP server, or a fleet of replicas, as one value that knows no
// clock: Arrive says what becomes of a request. Requests are told to it in the
// order in which they arrive. It is not safe for concurrent use.
//
// What it accepts it does, also when the client has given up by then.
type Server struct {
	spec    ServerSpec
	chance  Chance
	clients int
	cost    [kinds]float64
	stale   int // status of a lost session
	down    int // status of a proxy in front of nobody; 0: there is none

	nodes    []node
	up       []uint16 // nodes that are not down
	anyFresh bool
	login    node

	stops   []stop
	losses  []loss
	cuts    []window
	mutes   []window
	changes []change
	changed int
	due     Time   // of the next change
	partial []loss // under way, or of a part of the clients

	table     *table
	used      []Time // with an idle expiry: by client, when it last used its session
	expired   Time
	refreshed bitset
	imagined  Time // the end of the queue that rising hints imagine

	Work Work
}

// Work is what a server has done, in units of work.
type Work struct {
	Served   [kinds]float64
	Stale    float64
	Rejected float64
	Denied   float64
}

// NewServer makes the server of a scenario, at time 0. Its clients are
// numbered from 0. The scenario must be valid.
func NewServer(s Scenario, seed Chance) *Server {
	spec := s.Server
	v := &Server{
		spec: spec, chance: seed, clients: s.Clients.Number, expired: never,
		nodes: make([]node, spec.Replicas), table: newTable(spec.Table),
		stale: number(spec.Stale), down: number(spec.Down),
	}
	for k := range v.cost {
		v.cost[k] = spec.Cost.of(Kind(k))
	}
	for k := range v.nodes {
		v.nodes[k] = newNode(spec.Capacity/float64(spec.Replicas), spec.Workers, spec.Depth, spec.Queue, spec.Variation)
	}
	if spec.Login.Capacity > 0 {
		v.login = newNode(spec.Login.Capacity, 1, 0, spec.Login.Queue, 0)
	}
	if spec.Idle > 0 {
		v.used = make([]Time, v.clients)
	}
	v.plan(s.Events)
	v.listUp()
	return v
}

// Arrive says what becomes of a request that arrives now.
func (s *Server) Arrive(now Time, q Request) (r Reply) {
	s.arrive(now, q, &r)
	return r
}

// arrive is Arrive for those in a hurry: the reply is written where it stays.
func (s *Server) arrive(now Time, q Request, r *Reply) {
	if s.due <= now {
		s.advance(now)
	}
	*r = Reply{}
	switch {
	case q.Kind == Refresh:
		s.refresh(now, q, r)
		return
	case s.silent(now, q):
		r.Fate, r.Done = Silent, never
		return
	case len(s.up) == 0:
		s.away(now, r)
		return
	}
	k := s.route(now, q)
	n := &s.nodes[k]
	tick := now * ticks
	if _, in := n.start(tick); !in {
		s.reject(now, n, r)
		return
	}
	work, luck := s.cost[q.Kind], uint64(0)
	switch {
	case now >= s.expired && !s.refreshed.has(q.Client):
		work = s.spec.Cost.Denied
		s.Work.Denied += work
		r.Cause, r.Status = Denied, 401
	case q.Token != 0 && !s.knows(now, k, q):
		work = s.spec.Cost.Stale
		s.Work.Stale += work
		r.Cause, r.Status = Lost, s.stale
	default:
		s.Work.Served[q.Kind] += work
		r.Cause, r.Status = Served, 200
		if n.variation > 0 {
			luck = s.chance.bits(forService, q.Client, uint64(now)) | 1
		}
	}
	s.leave(n, n.serve(tick, work, luck), r)
	switch {
	case r.Cause != Served:
	case q.Kind == Initialize:
		r.Token = s.open(now, k, q)
	case q.Kind == Delete && s.table != nil: // without a table nobody asks for it again
		s.table.drop(q.Token)
	}
}

// silent reports whether the request gets no answer at all.
func (s *Server) silent(now Time, q Request) bool {
	for i := range s.cuts {
		if s.cuts[i].covers(s.chance, q.Client, now) {
			return true
		}
	}
	if q.Kind == Initialize && len(s.up) > 0 {
		for i := range s.mutes {
			if s.mutes[i].covers(s.chance, q.Client, now) {
				return true
			}
		}
	}
	return false
}

// leave is when an answer goes out, unless the replica goes down before.
func (s *Server) leave(n *node, leaves int64, r *Reply) {
	r.Fate, r.Done = Answered, (leaves+ticks-1)/ticks
	if r.Done > n.nextDown {
		*r = Reply{}
		if s.away(n.nextDown, r); r.Fate != Answered {
			r.Fate, r.Done = Reset, n.nextDown
		}
	}
}

// away is what a client meets where nobody is up.
func (s *Server) away(now Time, r *Reply) {
	switch s.spec.Down {
	case "silent":
		r.Fate, r.Done = Silent, never
	case "refused":
		r.Fate, r.Done = Refused, now
	default:
		r.Fate, r.Cause, r.Status, r.Done = Answered, Away, s.down, now
	}
}

// reject turns a request away.
func (s *Server) reject(now Time, n *node, r *Reply) {
	s.Work.Rejected += s.spec.Cost.Reject
	hint := time.Duration(s.spec.RetryAfter)
	if s.spec.Rising {
		room := now + (n.backlog(now*ticks)-n.longest)/ticks
		s.imagined = max(s.imagined, room) + int64(float64(s.spec.Cost.handshake()*n.unit)/ticks)
		hint = max(hint, time.Duration(s.imagined-now))
	}
	r.Cause, r.Status, r.Hint = Full, s.spec.Full, wholeSeconds(hint)
	s.leave(n, n.refuse(now*ticks, s.spec.Cost.Reject), r)
}

// wholeSeconds rounds up, since that is what Retry-After can say.
func wholeSeconds(d time.Duration) time.Duration {
	return (d + time.Second - 1).Truncate(time.Second)
}

// refresh is the identity provider's answer.
func (s *Server) refresh(now Time, q Request, r *Reply) {
	n := &s.login
	if _, in := n.start(now * ticks); !in {
		r.Cause, r.Status = Full, 503
		s.leave(n, n.refuse(now*ticks, s.spec.Login.Reject), r)
		return
	}
	if s.refreshed != nil {
		s.refreshed.set(q.Client)
	}
	r.Cause, r.Status = Served, 200
	s.leave(n, n.serve(now*ticks, 1, 0), r)
}

// backlog is the longest wait in front of any replica that is up.
func (s *Server) backlog(now Time) (longest int64) {
	for _, k := range s.up {
		longest = max(longest, s.nodes[k].backlog(now*ticks)/ticks)
	}
	return longest
}

// number reads a status that a scenario writes as text.
func number(status string) int {
	n, _ := strconv.Atoi(status)
	return n
}
