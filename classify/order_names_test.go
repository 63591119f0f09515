package classify

import (
	"testing"

	"pgregory.net/rapid"
)

// Nor does the order of members matter where several names hold words, at any
// depth.
func TestOrderOfWordsDoesNotMatter(t *testing.T) {
	top := []string{"message", "Message", "msg", "detail", "jsonRpcError", "errors", "fault", "details", "error_description",
		"errorMessage", "error_message", "description", "title", "reason", "code", "error", "jsonrpc", "result"}
	inner := []string{"message", "msg", "detail", "details", "description", "reason", "error", "code", "type", "name", "status", "data", "supported"}
	words := []string{"Session not found", "bad request", "session_token_expired", "Missing Mcp-Session-Id", "Server not initialized",
		"session user mismatch", "token expired", "Unavailable", "host"}
	var draw func(t *rapid.T, names []string, depth int) object
	draw = func(t *rapid.T, names []string, depth int) object {
		o := object{}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 5, rapid.ID[string]).Draw(t, "names") {
			var value any = rapid.SampledFrom(words).Draw(t, "words")
			if depth > 0 && rapid.Bool().Draw(t, "object") {
				value = draw(t, inner, depth-1)
			}
			o = append(o, pair{name, value})
		}
		return o
	}
	var turn func(t *rapid.T, o object) object
	turn = func(t *rapid.T, o object) object {
		o = rapid.Permutation(o).Draw(t, "order")
		for i, p := range o {
			if within, ok := p.value.(object); ok {
				o[i].value = turn(t, within)
			}
		}
		return o
	}
	rapid.Check(t, func(t *rapid.T) {
		answer := draw(t, top, 2)
		o := Observation{Method: "POST", RPCMethod: "tools/call", HadSession: rapid.Bool().Draw(t, "had session"),
			Status: rapid.SampledFrom([]int{200, 400, 401, 403, 404, 500}).Draw(t, "status"), Body: render(answer, dense)}
		turned := o
		turned.Body = render(turn(t, append(object{}, answer...)), dense)
		if a, b := Of(o), Of(turned); a != b {
			t.Fatalf("%s: %+v\n%s: %+v", o.Body, a, turned.Body, b)
		}
	})
}
