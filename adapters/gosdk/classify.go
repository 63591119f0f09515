package gosdk

import (
	"context"
	"errors"
	"net"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/oauth2"

	"github.com/mcprecover/mcprecover/adapters/door"
	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/classify"
)

// codeRejected is the code of the SDK's internal error for requests that its
// transport did not get through; what the server said is lost in it.
const codeRejected = -32005

// Classify says what an error of the SDK means, with or without the engine
// below: of an *nethttp.Error what the engine found; of the SDK's own errors
// what they tell, which is less. nil is a success; what tells nothing is taken
// as classify.MaybeSent, which promises least.
//
// Stale means here what it means for a session: connect again.
func Classify(err error) classify.Verdict {
	var (
		typed   *nethttp.Error
		rpc     *jsonrpc.Error
		refresh *oauth2.RetrieveError
		network net.Error
	)
	switch {
	case err == nil:
		return classify.Verdict{Class: classify.OK, Reason: classify.Succeeded, Executed: classify.Yes}
	case errors.As(err, &typed):
		return door.Verdict(typed)
	case errors.Is(err, mcp.ErrSessionMissing): // a 404 to a request that carried the session's id
		return classify.Verdict{Class: classify.Stale, Reason: classify.SessionGone, Executed: classify.No}
	case errors.Is(err, mcp.ErrConnectionClosed):
		return classify.Verdict{Class: classify.Stale, Reason: classify.SessionGone}
	case errors.As(err, &refresh): // the token endpoint refused
		return classify.Verdict{Class: classify.Auth, Reason: classify.BadCredentials, Executed: classify.No}
	case errors.Is(err, context.Canceled):
		return classify.OfFailure(classify.Cancelled)
	case errors.As(err, &network) && network.Timeout(): // context.DeadlineExceeded too
		return classify.OfFailure(classify.TimedOut)
	case errors.As(err, &rpc) && rpc.Code != codeRejected:
		return door.VerdictOfRPC(rpc.Code, rpc.Message, rpc.Data)
	}
	return classify.OfFailure(classify.MaybeSent)
}
