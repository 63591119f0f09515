package classify

import (
	"encoding/json"
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// object is a JSON object whose members keep their order, which maps do not.
type object []pair

type pair struct {
	name  string
	value any // object, []any, string, int, float64, bool, nil
}

// write renders a value; space puts white space where JSON allows some.
func write(b *strings.Builder, value any, space func() string) {
	switch v := value.(type) {
	case object:
		b.WriteString(space() + "{" + space())
		for i, p := range v {
			if i > 0 {
				b.WriteString("," + space())
			}
			name, _ := json.Marshal(p.name)
			b.Write(name)
			b.WriteString(space() + ":" + space())
			write(b, p.value, space)
			b.WriteString(space())
		}
		b.WriteString("}" + space())
	case []any:
		b.WriteString("[" + space())
		for i, e := range v {
			if i > 0 {
				b.WriteString("," + space())
			}
			write(b, e, space)
			b.WriteString(space())
		}
		b.WriteString("]")
	default:
		data, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		b.Write(data)
	}
}

func dense() string { return "" }

func render(value any, space func() string) []byte {
	var b strings.Builder
	write(&b, value, space)
	return []byte(b.String())
}

var sayings = []string{
	"Session not found", "Unauthorized", "Invalid or expired session token", `Session "abc" not found`,
	"no valid session id\nprovided", "Server not initialized", "Internal error", "", "käse \u2019 \U0001F600", `\"}{][`, "result",
}

func drawText(t *rapid.T) string {
	if rapid.Bool().Draw(t, "random text") {
		return rapid.String().Draw(t, "text")
	}
	return rapid.SampledFrom(sayings).Draw(t, "saying")
}

// drawValue draws any JSON value, not too deep.
func drawValue(t *rapid.T, depth int) any {
	kind := rapid.IntRange(0, 7).Draw(t, "kind")
	if depth == 0 {
		kind %= 5
	}
	switch kind {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return rapid.IntRange(-40000, 40000).Draw(t, "int")
	case 3, 4:
		return drawText(t)
	case 5:
		return drawMembers(t, []string{"message", "reason", "supported", "a", "result", "error"}, depth-1)
	case 6:
		return drawMembers(t, []string{"code", "message", "data", "type"}, depth-1)
	}
	var list []any
	for range rapid.IntRange(0, 3).Draw(t, "length") {
		list = append(list, drawValue(t, depth-1))
	}
	return list
}

func drawMembers(t *rapid.T, names []string, depth int) object {
	o := object{}
	for range rapid.IntRange(0, 5).Draw(t, "members") {
		name := rapid.SampledFrom(names).Draw(t, "name")
		if rapid.IntRange(0, 9).Draw(t, "odd name") == 0 {
			name = drawText(t)
		}
		o = append(o, pair{name, drawValue(t, depth)})
	}
	return o
}

// drawAnswer draws a body like those of JSON-RPC servers: mostly an error.
func drawAnswer(t *rapid.T) object {
	o := drawMembers(t, []string{"jsonrpc", "id", "message", "detail", "x"}, 2)
	switch rapid.IntRange(0, 5).Draw(t, "answer") {
	case 0:
		o = append(o, pair{"result", drawValue(t, 3)})
	case 1:
		o = append(o, pair{"error", drawText(t)})
	default:
		e := drawMembers(t, []string{"data", "message", "x"}, 2)
		e = append(e, pair{"code", rapid.SampledFrom([]any{-32001, -32000, -32600, -32601, -32603, -32020, "token_expired", 1.5, 0, nil}).Draw(t, "code")})
		e = append(e, pair{"message", drawText(t)})
		o = append(o, pair{"error", e})
	}
	return append(o, drawMembers(t, []string{"jsonrpc", "id", "x"}, 1)...)
}

func drawHeader(t *rapid.T) map[string][]string {
	h := map[string][]string{}
	for range rapid.IntRange(0, 4).Draw(t, "headers") {
		name := rapid.SampledFrom([]string{"Content-Type", "Retry-After", "Www-Authenticate", "Date", "Location", "Content-Encoding", "Server"}).Draw(t, "header")
		h[name] = []string{rapid.SampledFrom([]string{
			"application/json", "text/html", "text/event-stream", "Bearer", `Bearer error="insufficient_scope"`, "3", "-1", "soon",
			"Wed, 21 Oct 2015 07:28:00 GMT", "https://x.example/login", "gzip", "deflate", "",
		}).Draw(t, "value")}
	}
	return h
}

func drawObservation(t *rapid.T, body []byte) Observation {
	return Observation{
		Method:     rapid.SampledFrom([]string{"POST", "GET", "DELETE", "", "post"}).Draw(t, "method"),
		RPCMethod:  rapid.SampledFrom([]string{"tools/call", "initialize", "", "response", "notifications/cancelled"}).Draw(t, "rpc method"),
		Era:        Era(rapid.IntRange(0, 2).Draw(t, "era")),
		HadSession: rapid.Bool().Draw(t, "had session"),
		Status:     rapid.SampledFrom([]int{200, 202, 302, 400, 401, 403, 404, 409, 410, 422, 429, 500, 502, 503, 0, 999}).Draw(t, "status"),
		Header:     drawHeader(t),
		Body:       body,
	}
}

func (o Observation) String() string {
	return fmt.Sprintf("%s %q era %v session %v: %d %v %q", o.Method, o.RPCMethod, o.Era, o.HadSession, o.Status, o.Header, o.Body)
}
