// Package gosdk is the door for clients built on the official Go SDK,
// github.com/modelcontextprotocol/go-sdk. Three things, each of use alone:
//
//   - Wrap puts the engine under a transport: lost sessions are recovered
//     below the SDK, which does not notice.
//   - Middleware lets the engine know which tools may be repeated, and makes
//     *nethttp.Errors of errors that came inside a stream.
//   - Connect gives a Session, which also repairs what HTTP cannot: a
//     connection that the SDK has closed, and a server that changed its era.
package gosdk

import (
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcprecover/mcprecover/adapters/door"
	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

// Wrap returns a copy of t that sends through the engine, with the settings of
// rt; nil rt is the default engine. t and rt stay as they are. The copy may be
// connected more than once, and should be: one engine for all connections to a
// server is one breaker, one pace and one budget for them.
//
// The copy keeps MaxRetries, OAuthHandler and the rest of t, and HTTPClient's
// Jar, CheckRedirect and Timeout. The SDK would let Timeout cut its listening
// stream; here it bounds every POST and DELETE, each hop of a redirect anew,
// and no GET. An HTTPClient.Transport of the user's own becomes the engine's
// Base; where rt has another one, every request fails with an error that says
// so.
//
// The engine hands no answer up that would end the SDK's connection: such a
// failure is an *nethttp.Error. Only with an OAuthHandler do 401 and 403 auth
// challenges go up as they came, and Authorize is called for them. So set
// OAuthHandler before Wrap.
//
// If t was wrapped before, the copy shares its engine.
func Wrap(t *mcp.StreamableClientTransport, rt *nethttp.Transport) *mcp.StreamableClientTransport {
	w := *t
	hc := t.HTTPClient
	if hc == nil {
		hc = http.DefaultClient // as the SDK does
	}
	var sdk door.SDK
	if t.OAuthHandler != nil {
		sdk.Challenges = []int{http.StatusUnauthorized, http.StatusForbidden}
	}
	w.HTTPClient = door.Client(hc, rt, sdk)
	return &w
}
