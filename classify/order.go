package classify

// row is one rule: it speaks for an answer whose status is in on, where every
// fact of all holds, one of any (if there are some) and none of none.
type row struct {
	on             string
	all, any, none fact
	class          Class
	reason         Reason
}

const wantsSession = gone | uninitialized | idMissing

// unread: the text is not to be taken for a word about the session.
const unread = veto | page

// order is the order of the rules: the first that fits speaks. The last rows
// fit everything, so that every answer has a verdict. To teach it something,
// add a row above the first that is too wide, or a line to families.go or
// causes.go; every row needs a Reason that no row of another meaning has.
//
// Sources: MCP 2025-03-26 to 2025-11-25 (transports), 2026-07-28 (streamable
// HTTP), RFC 9110, RFC 6750, RFC 6585, and the servers of testdata/wire.jsonl.
var order = [...]row{
	// A success, but look inside.
	{on: "2xx", all: hasResult, class: OK, reason: Succeeded},
	{on: "2xx", all: empty, none: hasError, class: OK, reason: Succeeded},
	{on: "2xx", all: stream, none: hasError, class: OK, reason: Succeeded},
	{on: "2xx", all: page | signIn, class: Auth, reason: LoginPage},
	{on: "2xx", all: page | opening, class: Fatal, reason: ForeignAnswer},
	{on: "2xx", all: page, class: Transient, reason: ForeignAnswer},
	{on: "202", none: hasError, class: OK, reason: Succeeded},
	{on: "2xx", none: hasError | foreign, class: OK, reason: Succeeded},

	// Redirects, and networks that want a login.
	{on: "302 303", class: Auth, reason: LoginRedirect},
	{on: "3xx", all: toLogin, class: Auth, reason: LoginRedirect},
	{on: "3xx", class: Fatal, reason: Redirected},
	{on: "407 511", class: Auth, reason: ProxyAuth},

	// JSON-RPC codes that have one meaning (MCP 2026-07-28, JSON-RPC 2.0).
	{on: "any", all: codeHeader, class: Fatal, reason: HeaderMismatch},
	{on: "any", all: codeCapability, class: Fatal, reason: MissingCapability},
	{on: "any", all: codeVersion, class: Fatal, reason: VersionRefused},
	{on: "any", all: codeParse, class: Fatal, reason: ParseError},
	{on: "400", all: oldVersion, class: Fatal, reason: VersionRefused},

	// Statuses that have one meaning, whatever the text says.
	{on: "405", class: Fatal, reason: MethodNotAllowed},
	{on: "402 406 411 412 413 414 415 416 417 426 431 501 505", class: Fatal, reason: RefusedAsSent},
	{on: "429", class: Transient, reason: RateLimited},
	{on: "408 409 425 5xx", all: comeBack, class: Transient, reason: RetryLater},
	{on: "409", all: duplicate, class: Fatal, reason: DuplicateRequest},
	{on: "409", class: Transient, reason: Conflict},
	{on: "any", all: narrow, class: Auth, reason: InsufficientScope},

	// The text says that the session is lost. It is believed even beside a
	// challenge: initialize without the id is cheap and tells the truth, while
	// a login asked for in vain does not. 502 and 504 speak for a proxy. A session
	// id that is missing in a 2xx, though one was sent, is a tool's argument.
	{on: "5xx", all: elsewhere, class: Transient, reason: ServerError},
	// In a 401 that names a token, a key or a password too, it is that which ended.
	{on: "any -401 -502 -504", all: hadSession | sessionful | gone, none: unread, class: Stale, reason: SessionGone},
	{on: "401", all: hadSession | sessionful | gone, none: unread | secret, class: Stale, reason: SessionGone},
	{on: "any -502 -504", all: hadSession | sessionful | uninitialized, none: unread, class: Stale, reason: SessionUninitialized},
	{on: "any -2xx -502 -504", all: hadSession | sessionful | idMissing, none: unread, class: Stale, reason: SessionIDMissing},
	{on: "any -502 -504", all: hadSession | sessionful | idRefused, none: unread, class: Stale, reason: SessionIDRefused},
	{on: "400 401 403 404", all: hadSession | sessionful | ofAnother, none: unread, class: Stale, reason: SessionOfAnother},

	// No session id was sent and the server wants one.
	{on: "any -502 -504", all: sessionful | posted, any: wantsSession, none: hadSession | opening | replying | unread, class: Stale, reason: SessionNeeded},
	{on: "401", all: sessionful, any: wantsSession, none: hadSession | opening | challenged | unread, class: Fatal, reason: SessionMisplaced},
	{on: "any -401 -502 -504", all: sessionful, any: wantsSession, none: hadSession | unread, class: Fatal, reason: SessionMisplaced},

	// Credentials, and what only looks like them.
	{on: "401", class: Auth, reason: Unauthorized},
	{on: "403", all: challenged, class: Auth, reason: AccessDenied},
	{on: "403", all: page, any: signIn, class: Auth, reason: AccessDenied},
	{on: "403", any: unavailable, none: misrouted | hostGuard, class: Transient, reason: Unavailable},
	{on: "403", all: page, class: Fatal, reason: Forbidden},
	{on: "403", any: hostGuard, class: Fatal, reason: HostRefused},
	{on: "403", any: misrouted, class: Fatal, reason: Forbidden},
	{on: "403", any: empty | credentials, class: Auth, reason: AccessDenied},
	{on: "403", class: Fatal, reason: Forbidden},
	{on: "400", any: bearer | badHeader, class: Auth, reason: BadCredentials},
	{on: "400", all: codeInternal | unavailable, class: Transient, reason: Unavailable},
	{on: "400", class: Fatal, reason: BadRequest},

	// 404 to an id is the word of the MCP specification for a lost session,
	// unless the answer names another cause.
	{on: "404 410", all: codeMethod, class: Fatal, reason: MethodUnknown},
	{on: "404 410", none: hadSession, class: Fatal, reason: NotFound},
	{on: "404 410", all: offline, class: Transient, reason: Unavailable},
	{on: "404 410", all: otherCause, class: Fatal, reason: NotFound},
	{on: "410", all: page, class: Fatal, reason: NotFound},
	{on: "404 410", all: sessionful, class: Stale, reason: SessionPresumedGone},
	{on: "404 410", class: Fatal, reason: NotFound},

	// The rest by status.
	{on: "408 423 424 425 499", class: Transient, reason: TryAgain},
	{on: "421", all: page, class: Transient, reason: TryAgain},
	{on: "421", class: Fatal, reason: HostRefused},
	{on: "495 496 525 526", class: Fatal, reason: TLSRefused},
	{on: "5xx", class: Transient, reason: ServerError},
	{on: "4xx", class: Fatal, reason: ClientError},

	// A success that carries an error, or no MCP answer at all.
	{on: "2xx", all: hasError, any: codeInternal | temporary, class: Transient, reason: Unavailable},
	{on: "2xx", all: hasError, class: Fatal, reason: RPCError},
	{on: "2xx", all: oneway, class: OK, reason: Succeeded},
	{on: "2xx", all: opening, class: Fatal, reason: ForeignAnswer},
	{on: "2xx", class: Transient, reason: ForeignAnswer},
	{on: "1xx other", class: Fatal, reason: NoStatus},
}
