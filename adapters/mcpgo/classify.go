package mcpgo

import (
	"context"
	"errors"
	"net"

	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/mcprecover/mcprecover/adapters/door"
	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/classify"
)

// Classify says what an error of the SDK means, with or without the engine
// below: of an *nethttp.Error what the engine found; of the SDK's own errors
// what they tell, which is less. nil is a success; what tells nothing is taken
// as classify.MaybeSent, which promises least.
func Classify(err error) classify.Verdict {
	var typed *nethttp.Error
	if err == nil {
		return classify.Verdict{Class: classify.OK, Reason: classify.Succeeded, Executed: classify.Yes}
	}
	if errors.As(err, &typed) {
		return door.Verdict(typed)
	}
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			return s.verdict
		}
	}
	var network net.Error
	switch {
	case mcp.IsUnsupportedProtocolVersion(err):
		return classify.Verdict{Class: classify.Fatal, Reason: classify.VersionRefused}
	case errors.As(err, new(mcp.HeaderMismatchError)):
		return classify.Verdict{Class: classify.Fatal, Reason: classify.HeaderMismatch}
	case errors.As(err, new(mcp.MissingRequiredClientCapabilityError)):
		return classify.Verdict{Class: classify.Fatal, Reason: classify.MissingCapability}
	case errors.As(err, &network) && network.Timeout():
		return classify.OfFailure(classify.TimedOut)
	}
	return classify.OfFailure(classify.MaybeSent)
}

// sentinels are the SDK's errors that name one thing.
var sentinels = []struct {
	err     error
	verdict classify.Verdict
}{
	{transport.ErrSessionTerminated, classify.Verdict{Class: classify.Stale, Reason: classify.SessionGone, Executed: classify.No}},
	{transport.ErrOAuthAuthorizationRequired, classify.Verdict{Class: classify.Auth, Reason: classify.Unauthorized, Executed: classify.No}},
	{transport.ErrAuthorizationRequired, classify.Verdict{Class: classify.Auth, Reason: classify.Unauthorized, Executed: classify.No}},
	{transport.ErrUnauthorized, classify.Verdict{Class: classify.Auth, Reason: classify.Unauthorized, Executed: classify.No}},
	{transport.ErrLegacySSEServer, classify.Verdict{Class: classify.Fatal, Reason: classify.ClientError, Executed: classify.No}}, // 4xx to initialize
	{transport.ErrGetMethodNotAllowed, classify.Verdict{Class: classify.Fatal, Reason: classify.MethodNotAllowed, Executed: classify.No}},
	{mcp.ErrParseError, rpcError},
	{mcp.ErrInvalidRequest, rpcError},
	{mcp.ErrMethodNotFound, rpcError},
	{mcp.ErrInvalidParams, rpcError},
	{mcp.ErrInternalError, rpcError},
	{mcp.ErrResourceNotFound, rpcError},
	{context.Canceled, classify.OfFailure(classify.Cancelled)},
}

// rpcError: the server answered, with an error that is not about the session.
// The SDK keeps the text of it alone.
var rpcError = classify.Verdict{Class: classify.Fatal, Reason: classify.RPCError}
