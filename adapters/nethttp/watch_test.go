package nethttp

import (
	"strings"
	"testing"
)

func TestWhetherAStreamsLastMessageAnsweredACall(t *testing.T) {
	long := strings.Repeat("x", 4*maxWatched)
	for _, c := range []struct {
		name, stream     string
		answered, failed bool
	}{
		{"nothing", "", false, false},
		{"a priming event", "id: 1\ndata:\n\n", false, false},
		{"a result", "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n", true, false},
		{"a result first", "data:{\"result\":{\"x\":\"" + long + "\"},\"id\":1}\n\n", true, false},
		{"an error", "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-1}}\n\n", true, true},
		{"an error first", "data: {\"error\":{\"message\":\"" + long + "\"},\"id\":1}\n\n", true, true},
		{"the word error in a result", "data: {\"id\":1,\"result\":{\"error\":1}}\n\n", true, false},
		{"a notification", "data: {\"method\":\"notifications/progress\",\"params\":{\"result\":1}}\n\n", false, false},
		{"a question", "data: {\"id\":1,\"method\":\"ping\"}\n\n", false, false},
		{"an id longer than is looked at", "data: {\"id\":\"" + long + "\",\"result\":{}}\n\n", true, false},
		{"a notification, then the result", "data: {\"method\":\"a\"}\n\ndata: {\"id\":1,\"result\":{}}\n\n", true, false},
		{"a result, then half a line", "data: {\"id\":1,\"result\":{}}\n\ndat", true, false},
		{"a result, then a question", "data: {\"id\":1,\"result\":{}}\n\ndata: {\"id\":1,\"method\":\"ping\"}\n\n", false, false},
		{"a result whose event has not ended", "data: {\"id\":1,\"result\":{}}\n", false, false},
		{"a result, and another field of its event", "data: {\"id\":1,\"result\":{}}\nid: 7\n", false, false},
		{"half a data line", "data: {\"id\":1,\"result\":{}}", false, false},
		{"a result in CRLF lines", "data: {\"id\":1,\"result\":{}}\r\n\r\n", true, false},
		{"a result in the usual order", "data: {\"jsonrpc\":\"2.0\",\"id\":12,\"result\":{\"x\":\"" + long + "\"}}\n\n", true, false},
		{"an error without a blank before", "data:{\"jsonrpc\":\"2.0\",\"id\":12,\"error\":{\"code\":-1}}\n\n", true, true},
		{"a question in the usual order", "data: {\"jsonrpc\":\"2.0\",\"id\":12,\"method\":\"ping\"}\n\n", false, false},
		{"another field", "database: {\"id\":1,\"result\":{}}\n\n", false, false},
	} {
		for size := 1; size <= len(c.stream)+1; size++ { // however it is cut
			var st stream
			for rest := c.stream; len(rest) > 0; rest = rest[min(size, len(rest)):] {
				st.follow([]byte(rest[:min(size, len(rest))]))
			}
			w := &st.watch
			if got := w.answered(); got != c.answered || w.failed != c.failed {
				t.Fatalf("%s, in pieces of %d: answered %v, failed %v; want %v, %v", c.name, size, got, w.failed, c.answered, c.failed)
			}
		}
	}
}
