package simulate

import "github.com/mcprecover/mcprecover/policy"

// Duration is a span of time that files write "250ms" or "1m30s".
type Duration = policy.Duration

// ServerSpec describes a server, or a fleet of replicas behind one address.
// Work is counted in units; an ordinary call costs about one.
type ServerSpec struct {
	Capacity  float64  `yaml:"capacity"`   // units of work a second, of all replicas together
	Cost      Costs    `yaml:"cost"`       // units of work a request
	Queue     Duration `yaml:"queue"`      // longest wait for service; a request that would wait longer is turned away; 0: none waits
	Depth     int      `yaml:"depth"`      // most requests in one replica, waiting or served; 0: only queue bounds them
	Workers   int      `yaml:"workers"`    // requests that one replica serves at a time, sharing its capacity
	Variation float64  `yaml:"variation"`  // squared coefficient of variation of the cost of what is served: 0 fixed, 1 exponential, above 1 long-tailed
	ColdShare float64  `yaml:"cold_share"` // share of the capacity right after a restart; it grows evenly over cold_ramp
	ColdRamp  Duration `yaml:"cold_ramp"`  // time after a restart until all of the capacity is back; 0: at once
	Replicas  int      `yaml:"replicas"`   // servers behind the address, each with an equal part of the capacity and sessions of its own
	Affinity  bool     `yaml:"affinity"`   // requests of a session go to the replica that opened it while that is up; else to any
	PreferNew bool     `yaml:"prefer_new"` // new sessions go to replicas that have restarted, if there are any
	// What a client meets while all replicas are down: refused connections,
	// silent (no answer ever), or 502 or 503 of a proxy in front of them. A
	// request that is in a replica as it goes down is told the 502 or 503, or
	// its connection breaks.
	Down       string   `yaml:"down"`
	Full       int      `yaml:"full"`        // HTTP status of a request that is turned away
	RetryAfter Duration `yaml:"retry_after"` // Retry-After of a request that is turned away, rounded up to whole seconds; 0: none
	Rising     bool     `yaml:"rising"`      // each request turned away gets a later Retry-After: its place in an imagined queue
	Stale      string   `yaml:"stale"`       // HTTP status of a request whose session is lost; its body says that the session was not found
	Table      int      `yaml:"table"`       // sessions that the server remembers; the least recently used goes; 0: all
	Idle       Duration `yaml:"idle"`        // a session unused for longer is forgotten; 0: never
	Login      Login    `yaml:"login"`       // the identity provider
}

// Costs are units of work. What is answered without being run costs less.
type Costs struct {
	Call        float64 `yaml:"call"`        // units of work of a tool call, or any other call of a user's
	Initialize  float64 `yaml:"initialize"`  // units of work of an initialize, which opens a session
	Initialized float64 `yaml:"initialized"` // units of work of the notifications/initialized behind it
	Listen      float64 `yaml:"listen"`      // units of work of attaching a listening stream (GET); an open one costs nothing
	Ping        float64 `yaml:"ping"`        // units of work of a ping, with which a client asks whether its session lives
	Delete      float64 `yaml:"delete"`      // units of work of ending a session
	Stale       float64 `yaml:"stale"`       // units of work of answering any request with a lost session
	Reject      float64 `yaml:"reject"`      // units of work of turning any request away
	Denied      float64 `yaml:"denied"`      // units of work of answering any request with an expired credential
}

// Login is the identity provider that gives out credentials.
type Login struct {
	Capacity float64  `yaml:"capacity"` // new credentials a second; 0: there is no provider, and no credential may expire
	Queue    Duration `yaml:"queue"`    // longest wait for a new credential; a request that would wait longer is turned away; 0: none waits
	Reject   float64  `yaml:"reject"`   // work of turning one away, in new credentials
}

// Event is something that befalls the server.
type Event struct {
	Kind   string   `yaml:"kind"`   // what happens, one of the words below
	At     Duration `yaml:"at"`     // when it begins, since the run began
	For    Duration `yaml:"for"`    // how long it lasts
	Spread Duration `yaml:"spread"` // time over which clients notice, evenly: of a restart their streams break, of a forget or a cut their sessions go; of no effect on the others
	Share  float64  `yaml:"share"`  // share of the clients that it befalls; 0: all
	Every  Duration `yaml:"every"`  // the replicas one after the other, so far apart; 0: all at once
}

// The kinds of events.
const (
	Restart = "restart" // the replicas are down, then back, empty and without their sessions
	Forget  = "forget"  // the sessions are lost, the server stays up
	Cut     = "cut"     // nothing that the clients send gets an answer; then their sessions are lost
	Mute    = "mute"    // an initialize gets no answer; all else goes on
	Expire  = "expire"  // all credentials are refused from now on, until each client has a new one
)

// cost is the work of a kind of request that is served.
func (c Costs) of(k Kind) float64 {
	return [kinds]float64{c.Call, c.Initialize, c.Initialized, c.Listen, c.Ping, c.Delete, 1}[k]
}

// handshake is the work of opening one session.
func (c Costs) handshake() float64 { return c.Initialize + c.Initialized }
