// Package classify says what the answer to an MCP request over streamable HTTP
// means: whether the session is lost, the credentials are, the server is busy,
// or the request itself is wrong. It is pure: values in, values out, no lock,
// no clock, no socket, and nothing of the answer is kept.
//
// The order of the rules is one table, in order.go, to be read from top to
// bottom; the first row that fits speaks, and every row has a [Reason] of its
// own. What servers say in words is told by families of phrases, in
// families.go, because the wording differs from server to server and the
// status alone is right for three answers of four.
package classify

import "time"

// MaxBody is the number of bytes at the start of a body that Of looks at:
// 64 KiB. What stands behind them is never read, so a caller need not hold it.
const MaxBody = 64 << 10

// Observation is what was asked and what came back. The zero value is an
// answer without a status, which is fatal. Of keeps neither Header nor Body
// and changes neither, so one Observation may be judged by several goroutines.
type Observation struct {
	Method     string              // HTTP method; "" counts as POST
	RPCMethod  string              // JSON-RPC method, "response" for a POSTed JSON-RPC response, "" if unknown
	Era        Era                 // revision of the protocol; unknown is judged as sessionful
	HadSession bool                // the request carried Mcp-Session-Id
	Status     int                 // HTTP status of the answer
	Header     map[string][]string // of the answer; names in any case; an http.Header assigns to it
	Body       []byte              // the first MaxBody bytes of the answer, decoded or not (gzip, deflate)
}

func (o *Observation) success() bool { return uint(o.Status-200) < 100 }

// Verdict is what an answer means. The zero value is no verdict: its class is
// none of the five.
type Verdict struct {
	Class      Class         `json:"class"`
	Reason     Reason        `json:"reason"`                // the rule that spoke
	Executed   Executed      `json:"executed"`              // may the request have been run?
	Code       int           `json:"code,omitempty"`        // JSON-RPC error code, 0 if there was none
	RetryAfter time.Duration `json:"retry_after,omitempty"` // RFC 9110 section 10.2.3, not capped; 0 if absent, past or unreadable

	_ uint64 // 24 bytes are copied as two halves that overlap, for which a processor has to wait; 32 are not
}
