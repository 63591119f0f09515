package door

import (
	"fmt"
	"net/http"
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
		{"a new connection to the same server", func(h *hints) {
			h.meet("initialize", "v1")
			h.learn(true, yes)
			h.meet("initialize", "v1")
		}, true},
		{"a new connection to another one", func(h *hints) {
			h.meet("initialize", "v1")
			h.learn(true, yes)
			h.meet("initialize", "v2")
		}, false},
		{"another one of the stateless era", func(h *hints) {
			h.meet("server/discover", "v1")
			h.learn(true, yes)
			h.meet("server/discover", "v2")
		}, false},
		{"another one, and back", func(h *hints) {
			h.meet("initialize", "v1")
			h.learn(true, yes)
			h.meet("initialize", "v2")
			h.meet("initialize", "v1")
		}, false},
		{"another one, listed anew", func(h *hints) {
			h.meet("initialize", "v1")
			h.learn(true, no)
			h.meet("initialize", "v2")
			h.learn(true, yes)
		}, true},
		{"another one before anything was listed", func(h *hints) {
			h.meet("initialize", "v1")
			h.meet("initialize", "v2")
			h.learn(true, yes)
			h.meet("initialize", "v2")
		}, true},
		{"another one, which is met by the other method", func(h *hints) {
			h.meet("initialize", "v1")
			h.learn(true, yes)
			h.meet("server/discover", "v2")
		}, false},
		{"that, and back, with another list between", func(h *hints) {
			h.meet("initialize", "v1")
			h.learn(true, no)
			h.meet("server/discover", "v2")
			h.learn(true, yes)
			h.meet("initialize", "v1")
		}, false},
		{"a server that is asked in two ways", func(h *hints) {
			h.meet("server/discover", "versions")
			h.meet("initialize", "v1")
			h.learn(true, yes)
			h.meet("server/discover", "versions")
			h.meet("initialize", "v1")
		}, true},
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

// Which server answers is told by the results of two methods, not by those of
// others, which differ from call to call.
func TestWhichResultsTellOfAnotherServer(t *testing.T) {
	for _, c := range []struct {
		method string
		safe   bool
	}{{"initialize", false}, {"server/discover", false}, {"ping", true}, {"tools/call", true}, {"tools/list", true}} {
		hc := Client(&http.Client{Transport: &asked{}}, nil, SDK{})
		passage := func(method string) *Passage {
			ctx, p := Watch(t.Context(), method)
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://mcp.test/mcp", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := hc.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			return p
		}
		passage(c.method).Meet("one")
		passage("tools/list").Learn(true, map[string]bool{"look": true})
		passage(c.method).Meet("one")
		if !Of(hc).hints.safe("look") {
			t.Errorf("%s: the same result made the hints void", c.method)
		}
		passage(c.method).Meet("two")
		if got := Of(hc).hints.safe("look"); got != c.safe {
			t.Errorf("%s: after another result the tool is safe: %v, want %v", c.method, got, c.safe)
		}
	}
}
