package classify

import "testing"

const (
	sessionLost = `{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"Session not found"}}`
	loginPage   = `<!DOCTYPE html><html><head><title>Sign in</title></head><body><form><input type="password"></form></body></html>`
	webPage     = `<html><body><h1>It works!</h1></body></html>`
)

func rpcError(code, rest string) string {
	return `{"jsonrpc":"2.0","id":1,"error":{"code":` + code + `,` + rest + `}}`
}

// asked are the ways in which the answers below were asked for.
var asked = map[string]Observation{
	"call":          {Method: "POST", RPCMethod: "tools/call", HadSession: true},
	"call, no id":   {Method: "POST", RPCMethod: "tools/call"},
	"initialize":    {Method: "POST", RPCMethod: "initialize"},
	"initialize+id": {Method: "POST", RPCMethod: "initialize", HadSession: true},
	"notification":  {Method: "POST", RPCMethod: "notifications/cancelled", HadSession: true},
	"response":      {Method: "POST", RPCMethod: "response"},
	"GET":           {Method: "GET", HadSession: true},
	"GET, no id":    {Method: "GET"},
	"DELETE":        {Method: "DELETE", HadSession: true},
	"unknown":       {HadSession: true},
	"stateless":     {Method: "POST", RPCMethod: "tools/call", HadSession: true, Era: Stateless},
	"stateless, -":  {Method: "POST", RPCMethod: "tools/call", Era: Stateless},
	"sessionful":    {Method: "POST", RPCMethod: "tools/call", HadSession: true, Era: Sessionful},
}

type head1 = map[string][]string

var verdicts = []struct {
	asked    string
	status   int
	header   head1
	body     string
	class    Class
	reason   Reason
	executed Executed
}{
	// A success.
	{"call", 200, nil, `{"jsonrpc":"2.0","id":1,"result":{"content":[]}}`, OK, Succeeded, Yes},
	{"call", 200, nil, `{"jsonrpc":"2.0","id":1,"result":{"isError":true,"content":[{"text":"Session not found"}]}}`, OK, Succeeded, Yes},
	{"call", 200, nil, `[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","id":2,"error":{"code":1,"message":"Session not found"}}]`, OK, Succeeded, Yes},
	{"call", 200, nil, `{"jsonrpc":"2.0","method":"notifications/progress"}`, OK, Succeeded, Yes},
	{"call", 200, nil, "", OK, Succeeded, Yes},
	{"call", 204, nil, " \r\n", OK, Succeeded, Yes},
	{"notification", 202, nil, "Accepted", OK, Succeeded, Yes},
	{"call", 202, nil, "Accepted", OK, Succeeded, Yes},
	{"GET", 200, head1{"Content-Type": {"text/event-stream"}}, ": hello\n\n", OK, Succeeded, Yes},
	{"GET", 200, nil, "event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"x\"}\n\n", OK, Succeeded, Yes},
	{"GET", 200, nil, "ok", OK, Succeeded, Yes},

	// A success that is none.
	{"call", 200, nil, sessionLost, Stale, SessionGone, Unknown},
	{"call", 200, head1{"Content-Type": {"text/event-stream"}}, "event: message\ndata: " + sessionLost + "\n\n", Stale, SessionGone, Unknown},
	{"call", 200, nil, rpcError("0", `"message":"method \"tools/call\" is invalid during session initialization"`), Stale, SessionUninitialized, Unknown},
	{"call", 200, nil, rpcError("-32602", `"message":"invalid arguments: session_id required"`), Fatal, RPCError, Unknown},
	{"call", 200, nil, rpcError("-32602", `"message":"Invalid arguments for tool close: session not found"`), Fatal, RPCError, Unknown},
	{"call", 200, nil, rpcError("-32602", `"message":"Unknown tool: x"`), Fatal, RPCError, Unknown},
	{"call", 200, nil, rpcError("-32603", `"message":"boom"`), Transient, Unavailable, Unknown},
	{"call", 200, nil, rpcError("-32000", `"message":"Request timed out"`), Transient, Unavailable, Unknown},
	{"call", 200, nil, `{"result":null,"error":{"code":-32001,"message":"Session not found"}}`, Stale, SessionGone, Unknown},
	{"call", 200, nil, loginPage, Auth, LoginPage, No},
	{"call", 200, nil, webPage, Transient, ForeignAnswer, Unknown},
	{"initialize", 200, nil, webPage, Fatal, ForeignAnswer, Unknown},
	{"call", 200, nil, "hello", Transient, ForeignAnswer, Unknown},
	{"initialize", 200, nil, "hello", Fatal, ForeignAnswer, Unknown},

	// Redirects, and networks that want a login.
	{"call", 302, head1{"Location": {"https://x.example/"}}, "", Auth, LoginRedirect, No},
	{"call", 307, head1{"Location": {"https://x.example/oauth/authorize"}}, "", Auth, LoginRedirect, No},
	{"call", 308, head1{"Location": {"/mcp/"}}, "", Fatal, Redirected, Unknown},
	{"call", 407, nil, "", Auth, ProxyAuth, No},
	{"call", 511, nil, loginPage, Auth, ProxyAuth, No},

	// Codes with one meaning, whatever the words and the session.
	{"call", 400, nil, rpcError("-32020", `"message":"Session not found"`), Fatal, HeaderMismatch, No},
	{"call", 400, nil, rpcError("-32001", `"message":"Header mismatch: Mcp-Name"`), Fatal, HeaderMismatch, No},
	{"call", 400, nil, rpcError("-32021", `"message":"x"`), Fatal, MissingCapability, No},
	{"call", 400, nil, rpcError("-32022", `"message":"x"`), Fatal, VersionRefused, No},
	{"call", 400, nil, rpcError("-32004", `"message":"x","data":{"supported":["2025-11-25"]}`), Fatal, VersionRefused, No},
	{"call", 400, nil, rpcError("-32004", `"message":"x","data":{}`), Fatal, BadRequest, No},
	{"call", 400, nil, rpcError("-32700", `"message":"Parse error"`), Fatal, ParseError, No},
	{"call", 400, nil, "Bad Request: Unsupported protocol version (supported versions: 2025-11-25)", Fatal, VersionRefused, No},
	{"call", 400, nil, `Bad Request: protocol version "2026-07-28" is not supported`, Fatal, VersionRefused, No},
	{"call", 400, nil, "client responses are not supported in protocol version 2026-07-28: sent before", Fatal, BadRequest, No},

	// Statuses with one meaning.
	{"GET", 405, nil, "session not found", Fatal, MethodNotAllowed, No},
	{"call", 413, nil, "", Fatal, RefusedAsSent, No},
	{"call", 501, nil, "", Fatal, RefusedAsSent, Unknown},
	{"call", 429, nil, "session not found", Transient, RateLimited, No},
	{"call", 503, head1{"Retry-After": {"3"}}, "session expired", Transient, RetryLater, Unknown},
	{"GET", 409, head1{"Retry-After": {"1"}}, "", Transient, RetryLater, No},
	{"call", 409, nil, "request id 7 is already in flight", Fatal, DuplicateRequest, No},
	{"GET", 409, nil, "Conflict: Only one SSE stream is allowed per session", Transient, Conflict, No},
	{"call", 403, head1{"WWW-Authenticate": {`Bearer error="insufficient_scope"`}}, "session not found", Auth, InsufficientScope, No},

	// A lost session.
	{"call", 401, nil, "Unauthorized: Session not found", Stale, SessionGone, No}, // the seed case
	{"sessionful", 401, nil, "Unauthorized: Session not found", Stale, SessionGone, No},
	{"unknown", 401, nil, "Unauthorized: Session not found", Stale, SessionGone, No},
	{"call", 401, nil, "Invalid or expired session token", Auth, Unauthorized, No},
	{"call", 401, head1{"Www-Authenticate": {`Bearer error="invalid_token"`}}, sessionLost, Stale, SessionGone, No},
	{"call", 401, nil, "Session expired, please log in again", Auth, Unauthorized, No},
	{"call", 404, nil, rpcError("-32601", `"message":"Not Found: Invalid session ID"`), Stale, SessionGone, No},
	{"call", 422, nil, "Unexpected message, expect initialize request", Stale, SessionUninitialized, No},
	{"call", 400, nil, "Bad Request: Session ID required", Stale, SessionIDMissing, No},
	{"initialize+id", 400, nil, "Mcp-Session-Id header not allowed with InitializeRequest.", Stale, SessionIDRefused, No},
	{"call", 403, nil, "session user mismatch", Stale, SessionOfAnother, No},
	{"call", 500, nil, "session user mismatch", Transient, ServerError, Unknown},
	{"call", 500, nil, "Session not found: 7", Stale, SessionGone, Unknown},
	{"call", 599, nil, "Session not found: 7", Stale, SessionGone, Unknown},
	{"call", 502, nil, "Session not found", Transient, ServerError, Unknown},
	{"call", 504, nil, "Session not found", Transient, ServerError, Unknown},
	{"call", 500, nil, "failed to create session: session not found", Transient, ServerError, Unknown},
	{"DELETE", 500, nil, "Session termination failed: session not found", Transient, ServerError, Unknown},
	{"DELETE", 404, nil, sessionLost, Stale, SessionGone, No},
	{"GET", 404, nil, sessionLost, Stale, SessionGone, No},
	{"call", 400, nil, `<html><body>Session not found</body></html>`, Fatal, BadRequest, No},

	// No session was named, and one is wanted.
	{"call, no id", 400, nil, "Missing session ID", Stale, SessionNeeded, No},
	{"call, no id", 401, nil, "Unauthorized: Session ID is required", Stale, SessionNeeded, No},
	{"GET, no id", 401, nil, "Unauthorized: Session ID is required", Fatal, SessionMisplaced, Unknown},
	{"GET, no id", 401, head1{"WWW-Authenticate": {"Bearer"}}, "Session ID is required", Auth, Unauthorized, No},
	{"GET, no id", 400, nil, "Session ID is required", Fatal, SessionMisplaced, No},
	{"initialize", 400, nil, "Missing sessionId parameter", Fatal, SessionMisplaced, No},
	{"initialize", 401, nil, "Session not found", Auth, Unauthorized, No},
	{"response", 400, nil, "Missing session ID for sampling response", Fatal, SessionMisplaced, No},

	// Without sessions nothing is stale.
	{"stateless", 401, nil, "Unauthorized: Session not found", Auth, Unauthorized, No},
	{"stateless", 404, nil, sessionLost, Fatal, NotFound, No},
	{"stateless", 404, nil, "", Fatal, NotFound, No},
	{"stateless", 400, nil, "Missing session ID", Fatal, BadRequest, No},
	{"stateless, -", 400, nil, "Missing session ID", Fatal, BadRequest, No},
	{"stateless", 200, nil, sessionLost, Fatal, RPCError, Unknown},
	{"stateless", 500, nil, "Session not found", Transient, ServerError, Unknown},

	// Credentials.
	{"initialize", 401, nil, "", Auth, Unauthorized, No},
	{"call", 403, head1{"WWW-Authenticate": {"Bearer"}}, "", Auth, AccessDenied, No},
	{"call", 403, nil, loginPage, Auth, AccessDenied, No},
	{"call", 403, nil, webPage, Fatal, Forbidden, Unknown},
	{"call", 403, nil, "<html><script>login(); if (a<b) x()</script><style>sign in</style><p>blocked", Fatal, Forbidden, Unknown},
	{"call", 403, nil, `{"detail":"Session ownership unavailable"}`, Transient, Unavailable, Unknown},
	{"call", 403, nil, "Forbidden: invalid Host header", Fatal, HostRefused, Unknown},
	{"call", 403, nil, `{"message":"Missing Authentication Token"}`, Fatal, Forbidden, Unknown},
	{"call", 403, nil, "", Auth, AccessDenied, No},
	{"call", 403, nil, "{}", Auth, AccessDenied, No},
	{"call", 403, nil, "insufficient permissions", Auth, AccessDenied, No},
	{"call", 403, nil, "blocked by rule 12", Fatal, Forbidden, Unknown},
	{"call", 400, head1{"WWW-Authenticate": {"Bearer"}}, "bad", Auth, BadCredentials, No},
	{"call", 400, nil, "malformed Authorization header", Auth, BadCredentials, No},
	{"call", 400, nil, rpcError("-32603", `"message":"x","data":{"message":"Server unavailable"}`), Transient, Unavailable, No},
	{"call", 400, nil, "", Fatal, BadRequest, No},

	// Not found: what?
	{"call", 404, nil, rpcError("-32601", `"message":"Method not found"`), Fatal, MethodUnknown, No},
	{"call", 404, nil, rpcError("-32002", `"message":"Resource not found"`), Fatal, MethodUnknown, No},
	{"call, no id", 404, nil, "", Fatal, NotFound, No},
	{"initialize", 404, nil, "", Fatal, NotFound, No},
	{"call", 404, nil, "Tunnel abc not found", Transient, Unavailable, No},
	{"call", 404, nil, "route not found", Fatal, NotFound, No},
	{"call", 404, nil, "<!DOCTYPE html><html><body><pre>Cannot POST /mcp</pre></body></html>", Fatal, NotFound, No},
	{"call", 404, nil, "", Stale, SessionPresumedGone, No},
	{"call", 404, nil, "404 page not found\n", Stale, SessionPresumedGone, No},
	{"call", 410, nil, "", Stale, SessionPresumedGone, No},
	{"call", 410, nil, webPage, Fatal, NotFound, No},

	// The rest by status.
	{"call", 408, nil, "", Transient, TryAgain, Unknown},
	{"call", 425, nil, "", Transient, TryAgain, No},
	{"call", 499, nil, "", Transient, TryAgain, Unknown},
	{"call", 421, nil, webPage, Transient, TryAgain, No},
	{"call", 421, nil, "Invalid Host header", Fatal, HostRefused, No},
	{"call", 495, nil, "", Fatal, TLSRefused, Unknown},
	{"call", 526, nil, "", Fatal, TLSRefused, Unknown},
	{"call", 520, nil, "", Transient, ServerError, Unknown},
	{"call", 599, nil, "", Transient, ServerError, Unknown},
	{"call", 418, nil, "", Fatal, ClientError, Unknown},
	{"call", 101, nil, "", Fatal, NoStatus, Unknown},
	{"call", 0, nil, "", Fatal, NoStatus, Unknown},
	{"call", -7, nil, "session not found", Fatal, NoStatus, Unknown},
	{"call", 600, nil, "", Fatal, NoStatus, Unknown},
}

// The order of the rules, row by row, and what each proves of the request.
func TestOrder(t *testing.T) {
	spoken := make(map[int]bool)
	for _, c := range verdicts {
		o, ok := asked[c.asked]
		if !ok {
			t.Fatalf("nobody asks %q", c.asked)
		}
		o.Status, o.Header, o.Body = c.status, c.header, []byte(c.body)
		got := Of(o)
		if got.Class != c.class || got.Reason != c.reason || got.Executed != c.executed {
			t.Errorf("%s, %d %v %.80q:\n\t got %v, %v, executed %v\n\twant %v, %v, executed %v", c.asked, c.status, c.header, c.body,
				got.Class, got.Reason, got.Executed, c.class, c.reason, c.executed)
		}
		v := view{o: &o, families: everyFamily}
		spoken[v.decide()] = true
	}
	for i := range order {
		if !spoken[i] {
			t.Errorf("no answer here for row %d, %v (%v)", i, &order[i], order[i].reason)
		}
	}
}

// Every reason belongs to one class, but for those named here, so that a log
// that has only the reason is clear.
func TestReasonsAndClasses(t *testing.T) {
	both := map[Reason]bool{ForeignAnswer: true} // fatal to initialize, transient to a call
	classOf := make(map[Reason]Class)
	for i := range order {
		r := &order[i]
		if r.class == 0 || r.reason == 0 {
			t.Errorf("row %d has no class or no reason", i)
		}
		if c, ok := classOf[r.reason]; ok && c != r.class && !both[r.reason] {
			t.Errorf("%v is %v and %v", r.reason, c, r.class)
		}
		classOf[r.reason] = r.class
	}
	elsewhere := map[Reason]bool{UserRule: true, NeverSent: true, MaybeSent: true, TimedOut: true, Cancelled: true}
	for _, reason := range Reasons() {
		if _, ok := classOf[reason]; !ok && !elsewhere[reason] {
			t.Errorf("%v: no row has it", reason)
		}
	}
}
