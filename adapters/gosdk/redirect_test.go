package gosdk_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcprecover/mcprecover/adapters/door/doortest"
	"github.com/mcprecover/mcprecover/adapters/gosdk"
)

// A server at /mcp/ to which /mcp redirects, as web frameworks do that want a
// slash at the end, serves a client that asks at /mcp: wrapped or not.
func TestARedirectOfTheServersOwnIsFollowed(t *testing.T) {
	for _, c := range []struct {
		name string
		wrap func(*mcp.StreamableClientTransport) *mcp.StreamableClientTransport
	}{
		{"plain", func(tr *mcp.StreamableClientTransport) *mcp.StreamableClientTransport { return tr }},
		{"wrapped", func(tr *mcp.StreamableClientTransport) *mcp.StreamableClientTransport { return gosdk.Wrap(tr, nil) }},
	} {
		for _, status := range []int{http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
			t.Run(c.name+", "+http.StatusText(status), func(t *testing.T) {
				s := doortest.Start(t, "go-sdk")
				mux := http.NewServeMux()
				mux.Handle("/mcp/", s)
				mux.HandleFunc("/mcp", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/mcp/", status) })
				front := httptest.NewServer(mux)
				t.Cleanup(front.Close)
				tr := fresh(t, s)
				tr.Endpoint = front.URL + "/mcp"
				cs := connect(t, c.wrap(tr))
				mustRun(t, s, cs, "call")
				if c.name == "wrapped" {
					s.Forget()
					mustRun(t, s, cs, "call after the session was lost")
				}
			})
		}
	}
}
