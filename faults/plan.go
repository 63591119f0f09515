package faults

// Plan is a schedule of faults. It is plain data; its JSON form is what Decode
// reads. The zero value is a server without faults.
type Plan struct {
	Rules []Rule `json:"rules"`
}

// Rule says what goes wrong, and when. Where several rules meet one request,
// all of them take place, in their order; the first that answers it or resets
// its connection decides what its client sees.
type Rule struct {
	When When `json:"when"`
	What What `json:"what"`
}

// When chooses requests by counting them: At one, or From one on, or Every few
// (From the first of them). Counted are all requests of the HTTP and JSON-RPC
// method that are named here, from 1, from the Server's start.
type When struct {
	HTTPMethod string `json:"http_method,omitempty"` // POST, GET or DELETE; "": POST
	RPCMethod  string `json:"rpc_method,omitempty"`  // such as tools/call; "": any
	At         int    `json:"at,omitempty"`
	From       int    `json:"from,omitempty"`
	Every      int    `json:"every,omitempty"`
}

// What is one fault: exactly one field is set.
type What struct {
	// Stale drops the session of the request and answers as a server that has
	// forgotten it. Later requests with its id get the same answer. A request
	// without an id is only answered.
	Stale *Answer `json:"stale,omitempty"`
	// Forget drops all sessions; requests with their ids get this answer.
	Forget *Answer `json:"forget,omitempty"`
	// Restart drops all sessions and resets all connections, that of the request
	// too; later requests with the sessions' ids get this answer.
	Restart *Answer `json:"restart,omitempty"`
	// Answer answers in the handler's place. The session is kept.
	Answer *Answer `json:"answer,omitempty"`
	// Unavailable answers this request and those that follow for a while.
	Unavailable *Outage `json:"unavailable,omitempty"`
	// Reset resets the connection, so that no answer comes.
	Reset *Reset `json:"reset,omitempty"`
	// Cut ends the event stream that answers this request; other answers pass.
	Cut *Cut `json:"cut,omitempty"`
	// Delay holds the headers of the answer back. The handler runs at once.
	Delay Duration `json:"delay,omitempty"`
}

// Answer is what a client gets instead of the handler's answer. The zero value
// is Seed; otherwise fields mean what they say. In JSON, missing fields are
// Seed's.
type Answer struct {
	Status      int               `json:"status,omitempty"`       // 200 to 599
	ContentType string            `json:"content_type,omitempty"` // "": application/json for a body that begins like JSON, else text/plain
	Body        string            `json:"body"`                   // "{id}" becomes the request's JSON-RPC id, or null
	Header      map[string]string `json:"header,omitempty"`
}

// Seed is the answer that started it all: a lost session that calls itself a
// missing login.
var Seed = Answer{Status: 401, Body: "Unauthorized: Session not found"}

// Outage is a time in which a server refuses everything, sessions kept. It ends
// after Requests, the first one included, or after For. The zero value is one
// answer 503 without Retry-After.
type Outage struct {
	Requests   int      `json:"requests,omitempty"`    // 0: 1, unless For is set
	For        Duration `json:"for,omitempty"`         // not together with Requests
	RetryAfter Duration `json:"retry_after,omitempty"` // sent in whole seconds, rounded up; 0: no such header. In JSON 1s if missing
	Status     int      `json:"status,omitempty"`      // 0: 503
}

// Reset says when a connection is reset.
type Reset struct {
	AfterRun bool `json:"after_run,omitempty"` // once the handler has run; its answer is lost. false: it does not run
}

// Cut says where an event stream ends. The zero value ends it in order behind
// its headers.
type Cut struct {
	Events int  `json:"events,omitempty"` // whole events that pass; what has no data is no event
	Mid    bool `json:"mid,omitempty"`    // inside the data of the event after them
	Reset  bool `json:"reset,omitempty"`  // by a connection reset; false: in order, as if the server had no more to say
}
