package proxy_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestOnlyKnownHostsAndOriginsAreServed(t *testing.T) {
	const served, refused = http.StatusOK, http.StatusForbidden
	for _, c := range []struct {
		host, origin string
		want         int
	}{
		{"localhost", "", served},
		{"LocalHost:80", "", served},
		{"127.0.0.1:8080", "", served},
		{"127.1.2.3", "", served},
		{"[::1]:8080", "", served},
		{"[::1]", "", served},
		{"gate.example", "", served},
		{"GATE.example:443", "", served},
		{"[fd00::7]:1", "", served},

		{"evil.example", "", refused},
		{"localhost.evil.example", "", refused},
		{"127.0.0.1.evil.example", "", refused},
		{"192.168.0.9:8080", "", refused},
		{"[fd00::8]:1", "", refused},
		{"", "", refused},

		{"localhost", "http://localhost:3000", served},
		{"localhost", "https://127.0.0.1", served},
		{"localhost", "https://gate.example", served},
		{"localhost", "http://[::1]:5173", served},

		{"localhost", "http://evil.example", refused},
		{"localhost", "http://localhost.evil.example", refused},
		{"localhost", "null", refused},
		{"localhost", "file://", refused},
		{"localhost", "chrome-extension://localhost", refused},
		{"localhost", "http://%zz", refused},
		{"evil.example", "http://localhost", refused},
	} {
		sent := false
		p := newProxy(t, "http://127.0.0.1:9000/mcp", roundTrip(func(r *http.Request) (*http.Response, error) {
			sent = true
			return ok(r)
		}), "Gate.example", "[fd00::7]")
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Host = c.host
			p.ServeHTTP(w, r)
		})
		var headers []string
		if c.origin != "" {
			headers = []string{"Origin", c.origin}
		}
		w := ask(h, "POST", "http://ignored/mcp", "{}", headers...)
		if w.Code != c.want || sent != (c.want == served) {
			t.Errorf("Host %q, Origin %q: status %d, sent on: %t; want %d", c.host, c.origin, w.Code, sent, c.want)
		}
		if c.want == refused && !strings.HasPrefix(w.Body.String(), "mcprecover: request ") {
			t.Errorf("Host %q, Origin %q: %s", c.host, c.origin, w.Body)
		}
	}
}
