package simulate

import "github.com/mcprecover/mcprecover/policy"

// Duration is a span of time that files write "250ms" or "1m30s".
type Duration = policy.Duration

// ServerSpec describes a server, or a fleet of replicas behind one address.
// Work is counted in units; an ordinary call costs about one.
type ServerSpec struct {
	Capacity   float64  `yaml:"capacity"`    // units of work a second, of all replicas together
	Cost       Costs    `yaml:"cost"`        // units of work a request
	Queue      Duration `yaml:"queue"`       // longest wait for service; a request that would wait longer is turned away
	Depth      int      `yaml:"depth"`       // most requests in one replica, waiting or served; 0: only queue bounds them
	Workers    int      `yaml:"workers"`     // requests that one replica serves at a time, sharing its capacity
	Variation  float64  `yaml:"variation"`   // squared coefficient of variation of the cost: 0 fixed, 1 exponential, above 1 long-tailed
	ColdShare  float64  `yaml:"cold_share"`  // share of the capacity right after a restart
	ColdRamp   Duration `yaml:"cold_ramp"`   // until all of it is back
	Replicas   int      `yaml:"replicas"`    // servers behind the address
	Affinity   bool     `yaml:"affinity"`    // requests of a session go to the replica that opened it
	PreferNew  bool     `yaml:"prefer_new"`  // new sessions go to replicas that have restarted, if there are any
	Down       string   `yaml:"down"`        // what a client meets while all replicas are down: refused, silent, 502 or 503
	Full       int      `yaml:"full"`        // status of a request that is turned away: 503 or 429
	RetryAfter Duration `yaml:"retry_after"` // Retry-After of a request that is turned away, in whole seconds; 0: none
	Rising     bool     `yaml:"rising"`      // each request turned away gets a later Retry-After: its place in an imagined queue
	Stale      string   `yaml:"stale"`       // how a lost session is told: 404, 400, or 401 (with a text that says so)
	Table      int      `yaml:"table"`       // sessions that the server remembers; the least recently used goes; 0: all
	Idle       Duration `yaml:"idle"`        // a session unused for so long is forgotten; 0: never
	Login      Login    `yaml:"login"`       // the identity provider
}

// Costs are units of work. What is answered without being run costs less.
type Costs struct {
	Call        float64 `yaml:"call"`
	Initialize  float64 `yaml:"initialize"`
	Initialized float64 `yaml:"initialized"`
	Listen      float64 `yaml:"listen"`
	Ping        float64 `yaml:"ping"`
	Delete      float64 `yaml:"delete"`
	Stale       float64 `yaml:"stale"`  // of any request with a lost session
	Reject      float64 `yaml:"reject"` // of any request that is turned away
	Denied      float64 `yaml:"denied"` // of any request with an expired credential
}

// Login is the identity provider that gives out credentials.
type Login struct {
	Capacity float64  `yaml:"capacity"` // refreshes a second; 0: credentials never expire
	Queue    Duration `yaml:"queue"`    // longest wait; a refresh that would wait longer is turned away
	Reject   float64  `yaml:"reject"`   // cost of turning one away, in refreshes
}

// Event is something that befalls the server.
type Event struct {
	Kind   string   `yaml:"kind"`   // restart, forget, cut, mute or expire; see the constants
	At     Duration `yaml:"at"`     // since the run began
	For    Duration `yaml:"for"`    // how long it lasts: restart, cut, mute
	Spread Duration `yaml:"spread"` // over which the clients notice: their streams break, their sessions go
	Share  float64  `yaml:"share"`  // of the clients that it befalls: forget, cut, mute; 0: all
	Every  Duration `yaml:"every"`  // restart: one replica after the other, so far apart; 0: all at once
}

// The kinds of events.
const (
	Restart = "restart" // down, then back without its sessions
	Forget  = "forget"  // the sessions are lost, the server stays up
	Cut     = "cut"     // nothing that the clients send gets an answer; then their sessions are lost
	Mute    = "mute"    // an initialize gets no answer; all else goes on
	Expire  = "expire"  // all credentials are refused from now on, until they are refreshed
)

// cost is the work of a kind of request that is served.
func (c Costs) of(k Kind) float64 {
	return [kinds]float64{c.Call, c.Initialize, c.Initialized, c.Listen, c.Ping, c.Delete, 1}[k]
}

// handshake is the work of opening one session.
func (c Costs) handshake() float64 { return c.Initialize + c.Initialized }
