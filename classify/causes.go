package classify

import (
	"bytes"
	"math/bits"
)

// causes lists what a text may say besides that the session is lost, by the
// phrases that say it (phrase.go). A line proves one fact; most facts are asked
// for under one or two statuses only (order.go).
var causes = []struct {
	proves  fact
	phrases []string
}{
	{veto, []string{ // words of a person's login, or of a tool that has sessions of its own
		"log|logged|logging in|into", "login|signin", "sign|signed|signing in|into",
		"re authenticate|authenticating|authentication|authorize|authorise|authorizing", "reauthenticate|reauthorize|reauthorise",
		"oauth flow", "o auth flow", "arguments|argument for tool"}},
	{secret, []string{ // beside these a lost session is a person's, or the token's
		"token|tokens", "jwt", "password", "api key|keys", "apikey", "authenticate", "invalid grant"}},
	{elsewhere, []string{
		"fail|fails|failed|failure|unable|cannot|error to? create|initialize|initialise|establish|open|start|creating|initializing|opening the|a|an|new? upstream|backend|mcp? session|sessions",
		"could not create|initialize|initialise|establish|open|start the|a|an|new? upstream|backend|mcp? session|sessions",
		"session creation|initialization failed|error", "termination"}},
	{oldVersion, []string{
		"unsupported|unknown|invalid|unrecognized|incompatible mcp? protocol version|versions",
		"protocol version header? ... unsupported", "protocol version header? ... is|are? not|only supported|accepted|recognized|allowed",
		"does not support ... protocol version"}},
	{duplicate, []string{"duplicate", "duplicated", "already ... in flight|use|progress", "already in flight|use|progress", "in flight request", "already been? used"}},
	{hostGuard, []string{"host|hosts|hostname", "origin|origins", "localhost", "rebinding", "cors"}},
	{misrouted, []string{"missing authentication token", "service disabled", "scoped to", "has not been used in project"}},
	{unavailable, []string{"unavailable", "temporarily", "currently stopped", "maintenance", "not available ... now|currently", "overloaded"}},
	{temporary, []string{"timed out", "timeout", "time out", "overloaded", "unavailable", "try again", "temporarily",
		"rate limit|limited|limiting", "too many", "busy", "retry later|shortly", "throttled|throttling"}},
	{credentials, []string{"token|tokens", "scope|scopes", "bearer", "credential|credentials", "api key|keys", "apikey",
		"permission|permissions", "role|roles", "unauthorized|unauthorised|unauthenticated", "access denied", "authentication|authenticated|authorization|authorized|authorised",
		"^ error|access|http? forbidden resource? .", "privilege|privileges", "jwt", "oauth", "subscription key", "not allowed to ... user|account", "login|signin"}},
	{badHeader, []string{"authorization header", "re authorize|authorise|authorizing|authorization", "reauthorize|reauthorise|reauthorization",
		"unknown|invalid client id?", "client id ... not|unknown", "client not found|registered|recognized", "bearer token|scheme|format", "invalid|expired|missing|malformed access? token", "token|jwt ... ... expired|revoked"}},
	{signIn, []string{"sign|signed|signing in", "log|logged in", "login|signin|logon", "single sign on", "sso", "password", "does not have permission",
		"authenticate", "authentication required"}},
	{otherCause, []string{"no route|routes", "route|routes not found", "no matching route|endpoint|handler", "deployment|deployments", "cannot|cant post|get|delete",
		"not configured", "isnt configured", "no such app|application|server|tool|resource|bucket|key|project|host",
		"server|servers|backend|tool|tools|resource|task|prompt|method|model|function|project|workspace|organization|tenant|user|agent|app|application|integration|connector|endpoint|service|plugin|toolkit|namespace|account|bucket|file ... not found|exist",
		"unknown|invalid mcp? server|backend|tool|resource|task|method|endpoint|route|tenant|workspace|project", "no endpoint|server|backend|tool|resource|task|handler ... found|with|for|named|matching"}},
	{offline, []string{"tunnel|tunnels", "ngrok", "endpoint ... is offline", "is offline"}},
}

// harmless is a quick look that clears most texts of a veto: each phrase of it
// has a "g", or "auth" behind "o", "e" or a mark.
func (t text) harmless() bool {
	if len(t) >= 8 && len(t) <= shortText {
		return t.shortHarmless()
	}
	return bytes.IndexByte(t, 'g') < 0 && bytes.IndexByte(t, 'G') < 0 &&
		!t.mayAuth('h') && !t.mayAuth('H')
}

// shortHarmless looks at eight bytes at a time.
func (t text) shortHarmless() bool {
	for i := 0; i < len(t)-8; i += 8 {
		if b, _ := load(t, i); mayHarm(b) && t.harm(b, i) {
			return false
		}
	}
	b, _ := load(t, len(t)-8)
	return !mayHarm(b) || !t.harm(b, len(t)-8)
}

// mayHarm: one of eight bytes is a "g" or an "h".
func mayHarm(b uint64) bool {
	b = small(b)
	return zeros(b^'g'*ones)|zeros(b^'h'*ones) != 0
}

// harm looks closer at the eight bytes b at i.
func (t text) harm(b uint64, i int) bool {
	b = small(b)
	if zeros(b^'g'*ones) != 0 {
		return true
	}
	for h := zeros(b ^ 'h'*ones); h != 0; h &= h - 1 {
		if t.auth(i + bits.TrailingZeros64(h)/8) {
			return true
		}
	}
	return false
}

// mayAuth looks for "auth" by its last letter, which is the rarest.
func (t text) mayAuth(last byte) bool {
	for i := 0; ; i++ {
		n := bytes.IndexByte(t[i:], last)
		if n < 0 {
			return false
		}
		if i += n; t.auth(i) {
			return true
		}
	}
}

// auth: the "h" at i may end an "auth" that matters.
func (t text) auth(i int) bool {
	if i < 4 || t[i-1]|0x20 != 't' || t[i-2]|0x20 != 'u' || t[i-3]|0x20 != 'a' {
		return false
	}
	c := t[i-4]
	return kinds[c] == 0 || c|0x20 == 'o' || c|0x20 == 'e'
}

// keyless is a quick look that clears most harmless texts of a secret: each
// phrase of it has a "k" or a "w", or else what harmless looks for.
func (t text) keyless() bool {
	if len(t) < 8 || len(t) > shortText {
		return bytes.IndexByte(t, 'k') < 0 && bytes.IndexByte(t, 'K') < 0 &&
			bytes.IndexByte(t, 'w') < 0 && bytes.IndexByte(t, 'W') < 0
	}
	for i := 0; i < len(t)-8; i += 8 {
		if b, _ := load(t, i); hasKey(b) {
			return false
		}
	}
	b, _ := load(t, len(t)-8)
	return !hasKey(b)
}

func hasKey(b uint64) bool {
	b = small(b)
	return zeros(b^'k'*ones)|zeros(b^'w'*ones) != 0
}
