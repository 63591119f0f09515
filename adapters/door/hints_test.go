package door

import (
	"fmt"
	"net/url"
	"testing"
)

func TestHints(t *testing.T) {
	a, b := &url.URL{Scheme: "http", Host: "a.test", Path: "/mcp"}, &url.URL{Scheme: "http", Host: "a.test", Path: "/other"}
	yes, no := map[string]bool{"look": true}, map[string]bool{"look": false}
	for _, c := range []struct {
		name string
		does func(*hints)
		safe bool
	}{
		{"nothing listed", func(h *hints) {}, false},
		{"listed as safe", func(h *hints) { h.learn(true, yes) }, true},
		{"listed as unsafe", func(h *hints) { h.learn(true, no) }, false},
		{"on a later page", func(h *hints) { h.learn(true, map[string]bool{"run": false}); h.learn(false, yes) }, true},
		{"a later page leaves the first one's", func(h *hints) { h.learn(true, yes); h.learn(false, map[string]bool{"run": false}) }, true},
		{"listed anew without it", func(h *hints) { h.learn(true, yes); h.learn(true, map[string]bool{"run": true}) }, false},
		{"another server answers", func(h *hints) { h.learn(true, yes); h.forget() }, false},
		{"requests to a second endpoint", func(h *hints) { h.learn(true, yes); h.meant(b) }, false},
		{"listed after those", func(h *hints) { h.meant(b); h.learn(true, yes) }, false},
		{"more tools than are remembered", func(h *hints) {
			for i := range maxHints {
				h.learn(false, map[string]bool{fmt.Sprint(i): true})
			}
			h.learn(false, yes)
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var h hints
			h.meant(a)
			c.does(&h)
			if got := h.safe("look"); got != c.safe {
				t.Errorf("safe: %v, want %v", got, c.safe)
			}
		})
	}
}
