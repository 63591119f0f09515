package classify

import "testing"

// Logins and tools have sessions of their own, and say so in the same words.
func TestWhoseSession(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   Class
	}{
		// In a 401 a token, a key or a password beside the session is what ended.
		{401, `Unauthorized: Session not found`, Stale},
		{401, `{"error":"Session expired or invalid"}`, Stale},
		{401, `{"error":"Invalid or expired session.","code":"BAD_TOKEN"}`, Auth},
		{401, `Session from session_id claim in JWT does not exist`, Auth},
		{401, `{"error":{"code":-32001,"message":"Session expired"},"hint":"Refresh the token"}`, Stale}, // a hint is no place for words
		{401, `Invalid Refresh Token: Session Expired`, Auth},
		{401, `session expired: jwt expired`, Auth},
		{401, `invalid or expired session, supply a valid API key`, Auth},
		{404, `invalid or expired session, supply a valid API key`, Stale}, // nobody refuses a key with 404
		// In a success a word that nobody knows makes it a tool's session.
		{200, `{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Session not found"}}`, Stale},
		{200, `{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"MCP session not found"}}`, Stale},
		{200, `{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Scan session not found or expired."}}`, Fatal},
		{200, `{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"missing or invalid session_id"}}`, Fatal},
		{404, `{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Frobnicator session not found"}}`, Stale},
	} {
		v := Of(Observation{Method: "POST", RPCMethod: "tools/call", HadSession: true, Status: c.status, Body: []byte(c.body)})
		if v.Class != c.want {
			t.Errorf("%d %s: %v (%v), want %v", c.status, c.body, v.Class, v.Reason, c.want)
		}
	}
}
