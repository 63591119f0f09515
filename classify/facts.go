package classify

import "math/bits"

// fact is one thing that a rule may ask about an answer. A rule of order.go
// names the facts that must hold and those that must not; facts that cost a
// look at the text are learnt when the first rule asks for them.
type fact uint64

const (
	// What was asked.
	hadSession fact = 1 << iota // the request carried Mcp-Session-Id
	sessionful                  // the era has sessions, or is unknown
	posted                      // a POST
	opening                     // initialize
	replying                    // a POSTed JSON-RPC response
	oneway                      // nothing is waited for: no POST, a notification, a JSON-RPC response

	// What the headers say.
	challenged // WWW-Authenticate is there
	bearer     // it names the Bearer scheme
	narrow     // it says insufficient_scope
	comeBack   // Retry-After is there
	toLogin    // Location leads to a login

	// What the body is.
	empty     // nothing, {} or []
	page      // HTML
	stream    // server-sent events
	foreign   // neither JSON nor events nor empty
	hasResult // a JSON-RPC result
	hasError  // an error member

	// Which JSON-RPC error code it has.
	codeHeader     // -32020, or a draft's -32001 with its text
	codeCapability // -32021
	codeVersion    // -32022, or a draft's -32004 with data.supported
	codeParse      // -32700
	codeMethod     // -32601, -32602, -32002
	codeInternal   // -32603

	// What the text says of the session; see families.go.
	gone
	uninitialized
	idMissing
	idRefused
	ofAnother

	veto   // words of a login, or of a tool's arguments; see causes.go
	secret // words of a token, a key or a password

	// What else the text says; see causes.go.
	elsewhere   // a session further on could not be opened, or not be ended
	oldVersion  // the protocol version is not supported
	duplicate   // the request id is in use
	hostGuard   // Host, Origin
	misrouted   // refused, but not for the credentials
	unavailable // something behind is down for now
	temporary   // the same may work later
	credentials // token, scope, permission
	badHeader   // the Authorization header or the client id is wrong
	signIn      // a login page
	otherCause  // a route, tool or deployment is not found
	offline     // a tunnel is
)

const (
	phraseFacts = gone | uninitialized | idMissing | idRefused | ofAnother
	causeFacts  = elsewhere | oldVersion | duplicate | hostGuard | misrouted | unavailable |
		temporary | credentials | badHeader | signIn | otherCause | offline
	lazyFacts = phraseFacts | veto | secret | causeFacts
)

var factNames = [...]string{
	"had-session", "sessionful", "posted", "initialize", "response", "one-way",
	"challenge", "bearer", "insufficient-scope", "retry-after", "login-location",
	"empty", "html", "event-stream", "foreign", "result", "error",
	"code-header", "code-capability", "code-version", "code-parse", "code-method", "code-internal",
	"gone", "uninitialized", "id-missing", "id-refused", "of-another",
	"veto", "secret",
	"elsewhere", "old-version", "duplicate", "host", "misrouted", "unavailable",
	"temporary", "credentials", "bad-header", "sign-in", "other-cause", "offline",
}

func (f fact) names() []string {
	var names []string
	for ; f != 0; f &= f - 1 {
		names = append(names, factNames[bits.TrailingZeros64(uint64(f))])
	}
	return names
}
