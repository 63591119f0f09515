package faults

import "maps"

// Event is one request and what came of it. It is told before the answer
// leaves; a stream that is cut later, and a connection that a restart resets,
// are told by an Event of their own.
type Event struct {
	HTTPMethod string
	Number     int    // of the request among those of its HTTP method, from 1; 0 for others than POST, GET, DELETE
	RPCMethod  string // of its first message; "" if it has none
	Session    string // the Mcp-Session-Id that it carried
	Opened     string // the id of the session that the answer opens
	Status     int    // 0: the connection was reset instead
	// Fault is what went wrong on purpose: a JSON name in What, or Forgotten;
	// "": nothing.
	Fault string
}

// Forgotten is the fault of requests whose session was lost by an earlier one.
const Forgotten = "forgotten"

// Counts are what came to a Server so far.
type Counts struct {
	POSTs       int
	Initializes int            // POSTs with the JSON-RPC method initialize
	Faults      int            // that took place: Events that name one
	Calls       map[string]int // tools/call messages that reached the handler, by tool; for the first 1000 tools
}

const maxTools = 1000

// Counts is safe to call at any time.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counts
	c.POSTs = s.numbers["POST"]
	c.Calls = maps.Clone(c.Calls)
	return c
}

// reached counts the calls of a request that goes on to the handler.
func (c *Counts) reached(q *request) {
	for _, m := range q.messages {
		if m.Method != "tools/call" {
			continue
		}
		if _, known := c.Calls[m.Params.Name]; known || len(c.Calls) < maxTools {
			c.Calls[m.Params.Name]++
		}
	}
}
