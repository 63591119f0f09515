package classify_test

import (
	"fmt"
	"os"

	"github.com/mcprecover/mcprecover/classify"
)

// A server that lost its sessions in a deploy may answer 401, although the
// credentials are fine.
func ExampleOf() {
	v := classify.Of(classify.Observation{
		Method:     "POST",
		RPCMethod:  "tools/call",
		HadSession: true,
		Status:     401,
		Header:     map[string][]string{"Content-Type": {"text/plain"}},
		Body:       []byte("Unauthorized: Session not found"),
	})
	fmt.Println(v.Class, v.Reason, "executed:", v.Executed)

	v = classify.Of(classify.Observation{
		Method:     "POST",
		RPCMethod:  "tools/call",
		HadSession: true,
		Status:     401,
		Body:       []byte("Invalid or expired session token"),
	})
	fmt.Println(v.Class, v.Reason, "executed:", v.Executed)
	// Output:
	// stale session-gone executed: no
	// auth unauthorized executed: no
}

// What no rule of ours knows, a rule of your own can tell.
func ExampleDecodeRules() {
	rules, err := classify.DecodeRules([]byte(`[
		{"name": "our gateway", "status": [440], "class": "stale", "executed": "no"}
	]`))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	o := classify.Observation{Method: "POST", HadSession: true, Status: 440}
	fmt.Println(classify.Of(o).Class, rules.Of(o).Class)
	// Output: fatal stale
}

// Every verdict can say why.
func ExampleExplain() {
	e := classify.Explain(classify.Observation{
		HadSession: true,
		Status:     400,
		Body:       []byte(`{"error":{"code":-32000,"message":"Bad Request: Unknown Mcp-Session-Id header"}}`),
	})
	fmt.Println(e.Verdict.Class, e.Verdict.Reason)
	fmt.Println("because of", e.Text)
	fmt.Println("which is like", e.Phrase)
	// Output:
	// stale session-gone
	// because of [Bad Request: Unknown Mcp-Session-Id header]
	// which is like invalid, expired, unknown ... session
}

// A request that got no answer is judged by how far it got.
func ExampleOfFailure() {
	for _, f := range []classify.Failure{classify.NeverSent, classify.MaybeSent} {
		v := classify.OfFailure(f)
		fmt.Println(v.Class, v.Reason, "executed:", v.Executed)
	}
	// Output:
	// transient never-sent executed: no
	// transient maybe-sent executed: unknown
}
