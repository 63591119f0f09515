package classify

// Reason is the rule that spoke: a closed vocabulary shared by logs, goldens,
// policies and the simulator. The zero value is no reason and never comes out
// of Of or OfFailure.
type Reason uint8

const (
	_ Reason = iota

	Succeeded     // a 2xx without an error in it
	LoginPage     // a login page in a 2xx
	ForeignAnswer // a 2xx that is no MCP answer: a web page, plain text

	LoginRedirect // 302, 303, or a Location that leads to a login
	Redirected    // any other 3xx
	ProxyAuth     // 407, 511: a proxy or a network wants credentials

	HeaderMismatch    // JSON-RPC code -32020: headers and body disagree
	MissingCapability // JSON-RPC code -32021: the client lacks a capability
	VersionRefused    // the protocol version is not supported: -32022, or a 400 that says so
	ParseError        // JSON-RPC code -32700: the server could not read the request

	MethodNotAllowed // 405
	RefusedAsSent    // 402, 406, 411 to 417, 426, 431, 501, 505
	RateLimited      // 429
	RetryLater       // Retry-After on 408, 409, 425 or 5xx
	DuplicateRequest // 409: this request id is in flight already
	Conflict         // any other 409

	InsufficientScope // WWW-Authenticate says error="insufficient_scope"

	SessionGone          // the text says that the session is unknown, expired, closed
	SessionUninitialized // the text wants initialize first, though the request had a session
	SessionIDMissing     // the text misses a session id, though the request had one
	SessionIDRefused     // the text refuses the session id header
	SessionOfAnother     // the session belongs to another user
	SessionNeeded        // no session id was sent and the server wants one: initialize
	SessionMisplaced     // as SessionNeeded, but nothing can be renewed for this request
	SessionPresumedGone  // 404 or 410 to a session id, and no other cause named

	Unauthorized   // 401
	AccessDenied   // 403 about the credentials
	BadCredentials // 400 about the credentials
	HostRefused    // 403, 421: the guard of Host or Origin
	Forbidden      // any other 403
	BadRequest     // any other 400

	MethodUnknown // 404 or 410 with JSON-RPC code -32601, -32602, -32002
	NotFound      // 404 or 410 for another cause than a session

	TryAgain    // 408, 421 with a web page, 423, 424, 425, 499
	TLSRefused  // 495, 496, 525, 526: certificates
	Unavailable // the text says that something behind it is down for now
	ServerError // any other 5xx
	ClientError // any other 4xx
	RPCError    // any other JSON-RPC error in a 2xx
	NoStatus    // no status of HTTP: below 200 or above 599

	UserRule // a rule of the user's own; see Compile

	NeverSent // no answer: the request never left
	MaybeSent // no answer: it may have left
	TimedOut  // no answer in time
	Cancelled // the caller gave up
)

var reasons = [...]string{
	Succeeded: "succeeded", LoginPage: "login-page", ForeignAnswer: "foreign-answer",
	LoginRedirect: "login-redirect", Redirected: "redirected", ProxyAuth: "proxy-auth",
	HeaderMismatch: "header-mismatch", MissingCapability: "missing-capability",
	VersionRefused: "version-refused", ParseError: "parse-error",
	MethodNotAllowed: "method-not-allowed", RefusedAsSent: "refused-as-sent",
	RateLimited: "rate-limited", RetryLater: "retry-later",
	DuplicateRequest: "duplicate-request", Conflict: "conflict",
	InsufficientScope: "insufficient-scope",
	SessionGone:       "session-gone", SessionUninitialized: "session-uninitialized",
	SessionIDMissing: "session-id-missing", SessionIDRefused: "session-id-refused",
	SessionOfAnother: "session-of-another", SessionNeeded: "session-needed",
	SessionMisplaced: "session-misplaced", SessionPresumedGone: "session-presumed-gone",
	Unauthorized: "unauthorized", AccessDenied: "access-denied", BadCredentials: "bad-credentials",
	HostRefused: "host-refused", Forbidden: "forbidden", BadRequest: "bad-request",
	MethodUnknown: "method-unknown", NotFound: "not-found",
	TryAgain: "try-again", TLSRefused: "tls-refused", Unavailable: "unavailable",
	ServerError: "server-error", ClientError: "client-error", RPCError: "rpc-error",
	NoStatus: "no-status", UserRule: "user-rule",
	NeverSent: "never-sent", MaybeSent: "maybe-sent", TimedOut: "timed-out", Cancelled: "cancelled",
}

// Reasons returns every reason in its order, in a new slice.
func Reasons() []Reason {
	all := make([]Reason, 0, len(reasons)-1)
	for r := Succeeded; int(r) < len(reasons); r++ {
		all = append(all, r)
	}
	return all
}

// String returns the word used in logs and files, such as "session-gone"; the
// zero value is "none".
func (r Reason) String() string { return spell(reasons[:], uint8(r), "none") }

// MarshalText writes the word of String; the zero value is empty.
func (r Reason) MarshalText() ([]byte, error) { return marshal("reason", reasons[:], uint8(r)) }

// UnmarshalText reads a word written by MarshalText.
func (r *Reason) UnmarshalText(text []byte) error {
	n, err := unmarshal("reason", reasons[:], text)
	if err == nil {
		*r = Reason(n)
	}
	return err
}
