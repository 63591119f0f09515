package mcpgo_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/mcprecover/mcprecover/adapters/mcpgo"
	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/classify"
)

func TestClassify(t *testing.T) {
	auth := classify.Verdict{Class: classify.Auth, Reason: classify.Unauthorized, Executed: classify.No}
	answered := classify.Verdict{Class: classify.Fatal, Reason: classify.RPCError}
	rpc := func(code int, message string) error {
		return (&mcp.JSONRPCErrorDetails{Code: code, Message: message}).AsError()
	}
	for _, c := range []struct {
		name string
		err  error
		want classify.Verdict
	}{
		{"nil", nil, classify.Verdict{Class: classify.OK, Reason: classify.Succeeded, Executed: classify.Yes}},
		{"the engine's", &nethttp.Error{Class: classify.Fatal, Reason: classify.BadRequest, Executed: classify.No}, classify.Verdict{Class: classify.Fatal, Reason: classify.BadRequest, Executed: classify.No}},
		{"the session is terminated", transport.ErrSessionTerminated, classify.Verdict{Class: classify.Stale, Reason: classify.SessionGone, Executed: classify.No}},
		{"401", &transport.AuthorizationRequiredError{}, auth},
		{"401 with OAuth", &transport.OAuthAuthorizationRequiredError{}, auth},
		{"4xx to initialize", transport.ErrLegacySSEServer, classify.Verdict{Class: classify.Fatal, Reason: classify.ClientError, Executed: classify.No}},
		{"no listening stream", transport.ErrGetMethodNotAllowed, classify.Verdict{Class: classify.Fatal, Reason: classify.MethodNotAllowed, Executed: classify.No}},
		{"another era", rpc(mcp.UNSUPPORTED_PROTOCOL_VERSION, ""), classify.Verdict{Class: classify.Fatal, Reason: classify.VersionRefused}},
		{"headers that disagree", rpc(mcp.HEADER_MISMATCH, ""), classify.Verdict{Class: classify.Fatal, Reason: classify.HeaderMismatch}},
		{"a capability that is missing", rpc(mcp.MISSING_REQUIRED_CLIENT_CAPABILITY, ""), classify.Verdict{Class: classify.Fatal, Reason: classify.MissingCapability}},
		{"a server's answer", rpc(mcp.INVALID_PARAMS, "no such tool"), answered},
		{"no such method", rpc(mcp.METHOD_NOT_FOUND, "no"), answered},
		{"the caller gave up", context.Canceled, classify.OfFailure(classify.Cancelled)},
		{"the caller's deadline", context.DeadlineExceeded, classify.OfFailure(classify.TimedOut)},
		{"a status that is text alone", errors.New("request failed with status 503: starting"), classify.OfFailure(classify.MaybeSent)},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.err
			if err != nil {
				err = transport.NewError(fmt.Errorf("failed to send request: %w", err))
			}
			if d := cmp.Diff(c.want, mcpgo.Classify(err)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
