package classify

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

var plainText = map[string][]string{"Content-Type": {"text/plain; charset=utf-8"}}
var jsonType = map[string][]string{"Content-Type": {"application/json"}}

// answer is a body that must be judged within a budget, on the machine that the
// budgets were set on; elsewhere the ratio to encoding/json counts.
type answer struct {
	name   string
	budget time.Duration
	o      Observation
}

func answers() []answer {
	words := strings.Repeat("lorem ipsum dolor sit amet ", 200)
	call := func(status int, header map[string][]string, body string) Observation {
		return Observation{Method: "POST", RPCMethod: "tools/call", HadSession: true, Status: status, Header: header, Body: []byte(body)}
	}
	return []answer{
		{"seed", 60, call(401, nil, "Unauthorized: Session not found")},
		{"seed-headers", 120, call(401, plainText, "Unauthorized: Session not found")},
		{"error-120B", 120, call(404, nil, `{"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"Not Found: Session not found","data":null}}`)},
		{"error-phrase", 200, call(404, jsonType, `{"jsonrpc":"2.0","id":"server-error","error":{"code":-32600,"message":"Not Found: Invalid or expired session ID"}}`)},
		{"error-tool", 200, call(200, jsonType, `{"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"Unknown tool: invalid_tool_name"}}`)},
		{"empty-2xx", 5, call(202, jsonType, "")},
		{"result-280B", 120, call(200, jsonType, `{"jsonrpc":"2.0","id":12,"result":{"content":[{"type":"text","text":"`+words[:212]+`"}]}}`)},
		{"result-4K", 1000, call(200, jsonType, `{"jsonrpc":"2.0","id":12,"result":{"content":[{"type":"text","text":"`+words[:4000]+`"}]}}`)},
		{"error-4K", 1000, call(404, jsonType, `{"jsonrpc":"2.0","id":12,"error":{"data":"`+words[:4000]+`","code":-32001,"message":"Session not found"}}`)},
		{"text-64K", 25000, call(500, plainText, strings.Repeat(words, 13)[:MaxBody])},
		{"session-64K", 25000, call(500, plainText, strings.Repeat("session ", MaxBody/8))},
		{"json-64K", 25000, call(500, jsonType, `{"jsonrpc":"2.0","id":12,"error":{"data":"`+strings.Repeat(words, 13)[:MaxBody-70]+`","message":"x"}}`)},
		{"brackets-64K", 25000, call(500, jsonType, `{"data":`+strings.Repeat("[", MaxBody-8))},
		{"strings-64K", 25000, call(500, jsonType, `{"data":[`+strings.Repeat(`"",`, MaxBody/3)[:MaxBody-9])},
		{"members-64K", 25000, call(500, jsonType, `{`+strings.Repeat(`"a":1,`, MaxBody/6))},
		{"html-64K", 25000, call(403, nil, "<html>"+strings.Repeat("<b>log</b> ", MaxBody/11))},
		{"blank-64K", 25000, call(500, nil, strings.Repeat(" ", MaxBody))},
		{"lines-64K", 25000, call(500, nil, "data:\n"+strings.Repeat("\n", MaxBody-6))},
	}
}

// BenchmarkOf measures us and encoding/json in turns, on the same body in the
// same run, and prints medians: what an answer takes, its budget, and how many
// times that encoding/json takes to decode it.
func BenchmarkOf(b *testing.B) {
	for _, a := range answers() {
		b.Run(a.name, func(b *testing.B) {
			isJSON := len(a.o.Body) > 0 && a.o.Body[0] == '{'
			const batch = 20 // to call it through a closure costs too
			rounds := 1 + 25_000/int(a.budget)
			var ours, ratios []float64
			for b.Loop() {
				one := nanoseconds(rounds, func() {
					for range batch {
						sink = Of(a.o)
					}
				}) / batch
				ours = append(ours, one)
				if isJSON {
					ratios = append(ratios, nanoseconds(rounds, func() { theirs(a.o.Body) })/one)
				}
			}
			b.ReportMetric(0, "ns/op") // of a round of many
			b.ReportMetric(median(ours), "ns/answer")
			b.ReportMetric(float64(a.budget), "budget-ns")
			if isJSON {
				b.ReportMetric(median(ratios), "x-encoding/json")
			}
		})
	}
}

var sink Verdict

// theirs decodes the body with encoding/json, into any: servers put their words
// in a dozen places (document.go), and "error" may be an object or a string.
func theirs(body []byte) {
	var v any
	_ = json.Unmarshal(body, &v)
}

// nanoseconds is what one of many calls takes.
func nanoseconds(rounds int, f func()) float64 {
	start := time.Now()
	for range rounds {
		f()
	}
	return float64(time.Since(start)) / float64(rounds)
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// The answers of everyday are judged without a single allocation.
func TestNoAllocation(t *testing.T) {
	for _, a := range answers() {
		if n := testing.AllocsPerRun(20, func() { sink = Of(a.o) }); n != 0 {
			t.Errorf("%s: %v allocations", a.name, n)
		}
		if n := testing.AllocsPerRun(20, func() { sink = Rules(nil).Of(a.o) }); n != 0 {
			t.Errorf("%s, by rules that are none: %v allocations", a.name, n)
		}
	}
}
