package simulate

import (
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

// Time is an instant of virtual time, in nanoseconds since the run began.
type Time = policy.Time

// never is later than every instant of a run.
const never = Time(1<<63 - 1)

// Request is what a server is asked. Only what a server can see is in it.
type Request struct {
	Kind   Kind
	Client uint32 // which client of the fleet, from 0
	Token  Token  // the session it carries; 0: none
}

// Token is a session id as the server made it. 0 is no session.
type Token uint32

// Kind is what a request asks for. It decides what the request costs.
type Kind uint8

// The kinds of requests.
const (
	Call        Kind = iota // a tool call or any other call of the user's
	Initialize              // opens a session
	Initialized             // notifications/initialized: ends the handshake
	Listen                  // GET: the stream on which the server speaks
	Ping
	Delete  // ends a session
	Refresh // a new credential, from the identity provider

	kinds = iota
)

var kindWords = [kinds]string{"call", "initialize", "initialized", "listen", "ping", "delete", "refresh"}

// String is the kind's word in tables and traces.
func (k Kind) String() string { return kindWords[k] }

// Reply is what becomes of a request.
type Reply struct {
	Fate   Fate
	Cause  Cause         // why, if Fate is Answered
	Status int           // of HTTP, if Fate is Answered; else 0
	Token  Token         // the new session, if an Initialize was answered with 200
	Hint   time.Duration // Retry-After, in whole seconds; 0: none
	Done   Time          // when it leaves the server; never, if Fate is Silent
}

// Fate is how a request ends, as its client sees it. The zero value is none.
type Fate uint8

// The fates.
const (
	_        Fate = iota
	Answered      // with Status
	Refused       // no connection was made: it never left the client
	Reset         // the connection broke: it may have run
	Silent        // nothing ever comes
)

var fateWords = [...]string{"none", "answered", "refused", "reset", "silent"}

// String is the fate's word in tables and traces.
func (f Fate) String() string { return fateWords[f] }

// Cause is why an answer is what it is. The zero value is none.
type Cause uint8

// The causes.
const (
	_      Cause = iota
	Served       // the request was run
	Lost         // its session is not known
	Full         // it was turned away: it would have waited too long
	Away         // a proxy answers for a server that is down
	Denied       // its credential has expired
)
