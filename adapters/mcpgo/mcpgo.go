// Package mcpgo is the door for clients built on github.com/mark3labs/mcp-go.
//
//   - New makes a transport that sends through the engine: lost sessions are
//     recovered below the SDK, which does not notice and need not call
//     Initialize again.
//   - Connect gives a Session, which also repairs what HTTP cannot: a server
//     that changed its era.
package mcpgo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/mcprecover/mcprecover/adapters/door"
	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

// Transport is a transport.StreamableHTTP whose requests go through the engine
// and whose errors are *nethttp.Errors, also those that came inside a stream.
// Give it to client.NewClient. Its methods may be called concurrently, as those
// of StreamableHTTP.
type Transport struct {
	*transport.StreamableHTTP
	door *door.Door
}

// New is transport.NewStreamableHTTP on a copy of hc that sends through the
// engine, with the settings of rt. nil hc is a new http.Client, nil rt the
// default engine.
//
// Give the http.Client here and not by transport.WithHTTPBasicClient, which
// would lead past the engine: the first request then fails with an error that
// says so. The copy keeps Jar, CheckRedirect and Timeout. The SDK would let
// Timeout, and transport.WithHTTPTimeout, cut its listening stream; here they
// bound every POST and DELETE, each hop of a redirect anew, and no GET. A
// Transport of the user's own in hc becomes the engine's Base; where rt has
// another one, every request fails with an error that says so.
//
// For several transports to one server, give each of them the http.Client that
// Client returned: one engine is one breaker, one pace and one budget.
func New(serverURL string, hc *http.Client, rt *nethttp.Transport, options ...transport.StreamableHTTPCOption) (*Transport, error) {
	hc = Client(hc, rt)
	t := &Transport{door: door.Of(hc)}
	inner, err := transport.NewStreamableHTTP(serverURL, append([]transport.StreamableHTTPCOption{transport.WithHTTPBasicClient(hc)}, options...)...)
	if err != nil {
		return nil, err
	}
	t.StreamableHTTP = inner
	if hc.Timeout != 0 { // WithHTTPTimeout was among the options
		t.door.SetTimeout(hc.Timeout)
		hc.Timeout = 0
	}
	return t, nil
}

// Client returns the copy of hc that New uses. Given to New again, it stands
// for the same engine.
func Client(hc *http.Client, rt *nethttp.Transport) *http.Client {
	return door.Client(hc, rt, door.SDK{Challenges: []int{http.StatusUnauthorized}, NoAnswerIn404: true})
}

// errAstray: the SDK's requests do not come through the engine.
var errAstray = errors.New("mcpgo: an option replaced the transport's http.Client, so nothing would be recovered: give that client to New instead")

// SendRequest sends a request as StreamableHTTP does. Its error is, or unwraps
// to, an *nethttp.Error where the engine gave the call up.
func (t *Transport) SendRequest(ctx context.Context, request transport.JSONRPCRequest) (*transport.JSONRPCResponse, error) {
	ctx, p := door.Watch(ctx, request.Method)
	resp, err := t.StreamableHTTP.SendRequest(ctx, request)
	switch {
	case err != nil:
		return nil, legacy(request.Method, err)
	case !p.Crossed():
		return nil, errAstray
	case resp == nil:
		return nil, nil
	case resp.Error != nil:
		e := resp.Error
		if lifted := p.Lift(int64(e.Code), e.Message, dataOf(e), e.AsError()); lifted != nil {
			return nil, lifted
		}
	case request.Method == string(mcp.MethodToolsList):
		learn(p, request.Params, resp.Result)
	default:
		p.Meet(resp.Result)
	}
	return resp, nil
}

// legacy keeps the sentinel by which a client learns that a server may speak
// the older HTTP+SSE transport: 4xx to initialize (MCP specification,
// transports, backwards compatibility).
func legacy(method string, err error) error {
	var typed *nethttp.Error
	if method == string(mcp.MethodInitialize) && errors.As(err, &typed) && typed.Status/100 == 4 && typed.Status != http.StatusUnauthorized && typed.Status != http.StatusTooManyRequests {
		return fmt.Errorf("%w: %w", transport.ErrLegacySSEServer, err)
	}
	return err
}

func dataOf(e *mcp.JSONRPCErrorDetails) json.RawMessage {
	if e.Data == nil {
		return nil
	}
	data, err := json.Marshal(e.Data)
	if err != nil {
		return nil
	}
	return data
}

// learn notes which tools may be repeated after a failure that may have come
// after they ran: those that their annotations call read-only or idempotent
// (MCP specification, ToolAnnotations). This is void when a recovery finds
// another server, and where the engine's SafeTool is set, that alone decides. A
// server's word is enough here, since it is the one that is called twice.
func learn(p *door.Passage, params any, result json.RawMessage) {
	var page struct {
		Tools []struct {
			Name        string `json:"name"`
			Annotations struct {
				ReadOnly   bool `json:"readOnlyHint"`
				Idempotent bool `json:"idempotentHint"`
			} `json:"annotations"`
		} `json:"tools"`
	}
	if json.Unmarshal(result, &page) != nil {
		return
	}
	safe := make(map[string]bool, len(page.Tools))
	for _, t := range page.Tools {
		safe[t.Name] = t.Annotations.ReadOnly || t.Annotations.Idempotent
	}
	var asked struct {
		Cursor string `json:"cursor"`
	}
	if encoded, err := json.Marshal(params); err != nil || json.Unmarshal(encoded, &asked) != nil {
		return
	}
	p.Learn(asked.Cursor == "", safe)
}
