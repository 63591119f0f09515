package simulate

// Scenario describes a fleet of clients, the server that they call, and what
// befalls it. It is plain data; files write it as YAML. The zero value is not
// valid: start from Base or from a built-in one.
type Scenario struct {
	Schema   int        `yaml:"schema"`   // version of the format
	Name     string     `yaml:"name"`     // one word, for commands
	About    string     `yaml:"about"`    // one sentence, for people
	Governed bool       `yaml:"governed"` // the policy decides whether the fleet comes back
	Clients  ClientSpec `yaml:"clients"`
	Server   ServerSpec `yaml:"server"`
	Events   []Event    `yaml:"events"`
	Horizon  Duration   `yaml:"horizon"` // how long the run goes on after the last event is over
}

// ClientSpec describes the fleet. Each client has one session and one user, who
// makes one call at a time.
type ClientSpec struct {
	Number   int       `yaml:"number"`     // clients, which is sessions
	Think    Duration  `yaml:"think"`      // mean time between a call's end and the next call, exponential
	Start    StartSpec `yaml:"start"`      // how the run begins
	RTT      Duration  `yaml:"rtt"`        // round trip between client and server, without service
	Spread   Duration  `yaml:"rtt_spread"` // what the round trip of the farthest client is more; in between evenly
	Deadline Duration  `yaml:"deadline"`   // the caller gives up a call then
	Timeout  Duration  `yaml:"timeout"`    // one send of a call fails then; 0: only the deadline ends it
	Safe     float64   `yaml:"safe"`       // share of calls that may be run twice
	Eager    float64   `yaml:"eager"`      // share of clients with a listening stream, which notice a loss at once
	Naive    float64   `yaml:"naive"`      // share of processes that run another, unguarded policy
	Modern   float64   `yaml:"modern"`     // share of clients of the stateless era: no session, no handshake
	Gateways Gateways  `yaml:"gateways"`   // processes that hold many sessions and share breaker, pacing and budget
}

// StartSpec says how a run begins.
type StartSpec struct {
	Over Duration `yaml:"over"` // first calls are spread evenly over this; 0: as if the fleet had been calling for ever
	Lost bool     `yaml:"lost"` // the sessions were forgotten before the run began
}

// Gateways are the first processes*sessions clients of the fleet; each of the
// others has a process of its own.
type Gateways struct {
	Processes int `yaml:"processes"`
	Sessions  int `yaml:"sessions"` // in each
}
