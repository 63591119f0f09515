package simulate

// Scenario describes a fleet of clients, the server that they call, and what
// befalls it. It is plain data; files write it as YAML. The zero value is not
// valid: start from Base or from a built-in one.
type Scenario struct {
	Schema   int        `yaml:"schema"`   // version of the format
	Name     string     `yaml:"name"`     // one word, for commands and tables
	About    string     `yaml:"about"`    // one sentence, for people
	Governed bool       `yaml:"governed"` // the policy decides whether the fleet comes back; false only marks the scenario where it is shown
	Clients  ClientSpec `yaml:"clients"`  // the fleet
	Server   ServerSpec `yaml:"server"`   // the server, or the replicas behind one address
	Events   []Event    `yaml:"events"`   // what befalls the server
	Horizon  Duration   `yaml:"horizon"`  // how long the run goes on after the last event is over
}

// ClientSpec describes the fleet. Each client has one session and one user, who
// makes one call at a time.
type ClientSpec struct {
	Number   int       `yaml:"number"`     // clients, each with one session and one user
	Think    Duration  `yaml:"think"`      // mean time between a call's end and the next call, exponential
	Start    StartSpec `yaml:"start"`      // how the run begins
	RTT      Duration  `yaml:"rtt"`        // round trip between client and server, without service
	Spread   Duration  `yaml:"rtt_spread"` // what the round trip of the farthest client is more; in between evenly
	Deadline Duration  `yaml:"deadline"`   // time after which the caller gives up a call, all its sends together
	Timeout  Duration  `yaml:"timeout"`    // time after which one send of a call fails; 0: only the deadline ends it
	Safe     float64   `yaml:"safe"`       // share of calls that may be run twice
	Eager    float64   `yaml:"eager"`      // share of clients with a listening stream, which notice a loss at once; the others notice by their next call
	Naive    float64   `yaml:"naive"`      // share of processes that run another, unguarded policy: the preset naive-fixed
	Modern   float64   `yaml:"modern"`     // share of clients of the stateless era: no session, no handshake
	Gateways Gateways  `yaml:"gateways"`   // processes that hold many sessions and share breaker, pacing and budget
}

// StartSpec says how a run begins.
type StartSpec struct {
	Over Duration `yaml:"over"` // first calls are spread evenly over this time; 0: as if the fleet had been calling for ever
	Lost bool     `yaml:"lost"` // the sessions were forgotten before the run began
}

// Gateways are the first processes*sessions clients of the fleet; each of the
// others has a process of its own.
type Gateways struct {
	Processes int `yaml:"processes"` // such processes; 0: each client has one of its own
	Sessions  int `yaml:"sessions"`  // clients in each; at least 1 where there are such processes
}
