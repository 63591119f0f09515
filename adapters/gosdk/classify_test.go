package gosdk_test

import (
	"context"
	"fmt"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/oauth2"

	"github.com/mcprecover/mcprecover/adapters/gosdk"
	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/classify"
)

func TestClassify(t *testing.T) {
	facts := nethttp.Facts{Class: classify.Stale, Reason: classify.SessionGone, Executed: classify.No}
	rejected := &jsonrpc.Error{Code: -32005, Message: "rejected by transport"}
	for _, c := range []struct {
		name string
		err  error
		want classify.Verdict
	}{
		{"nil", nil, classify.Verdict{Class: classify.OK, Reason: classify.Succeeded, Executed: classify.Yes}},
		{"the engine's", &nethttp.Error{Class: classify.Fatal, Reason: classify.BadRequest, Executed: classify.No}, classify.Verdict{Class: classify.Fatal, Reason: classify.BadRequest, Executed: classify.No}},
		{"the engine's, inside a stream", &jsonrpc.Error{Code: nethttp.Code, Data: facts.Data()}, classify.Verdict{Class: classify.Stale, Reason: classify.SessionGone, Executed: classify.No}},
		{"the session is missing", mcp.ErrSessionMissing, classify.Verdict{Class: classify.Stale, Reason: classify.SessionGone, Executed: classify.No}},
		{"the connection is closed", mcp.ErrConnectionClosed, classify.Verdict{Class: classify.Stale, Reason: classify.SessionGone}},
		{"a server's answer", &jsonrpc.Error{Code: -32602, Message: "no such tool"}, classify.Verdict{Class: classify.Fatal, Reason: classify.RPCError, Code: -32602}},
		{"a server's word for a lost session", &jsonrpc.Error{Code: -32001, Message: "Session not found"}, classify.Verdict{Class: classify.Stale, Reason: classify.SessionGone, Code: -32001}},
		{"another era", &jsonrpc.Error{Code: mcp.CodeUnsupportedProtocolVersion, Message: "unsupported protocol version"}, classify.Verdict{Class: classify.Fatal, Reason: classify.VersionRefused, Code: mcp.CodeUnsupportedProtocolVersion}},
		{"data that is no JSON", &jsonrpc.Error{Code: -32602, Data: []byte("{")}, classify.OfFailure(classify.MaybeSent)},
		{"rejected by the SDK's transport", rejected, classify.OfFailure(classify.MaybeSent)},
		{"a time-out below it", fmt.Errorf("%w: %w", rejected, &url.Error{Op: "Post", URL: "http://mcp.test", Err: context.DeadlineExceeded}), classify.OfFailure(classify.TimedOut)},
		{"the caller gave up", context.Canceled, classify.OfFailure(classify.Cancelled)},
		{"the caller's deadline", context.DeadlineExceeded, classify.OfFailure(classify.TimedOut)},
		{"a token refresh that was refused", &oauth2.RetrieveError{ErrorCode: "invalid_grant"}, classify.Verdict{Class: classify.Auth, Reason: classify.BadCredentials, Executed: classify.No}},
		{"anything else", fmt.Errorf("request terminated without response"), classify.OfFailure(classify.MaybeSent)},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.err
			if err != nil {
				err = fmt.Errorf("calling %q: %w", "tools/call", err)
			}
			if d := cmp.Diff(c.want, gosdk.Classify(err)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
