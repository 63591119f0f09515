package gosdk_test

import (
	"errors"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcprecover/mcprecover/adapters/door/doortest"
	"github.com/mcprecover/mcprecover/adapters/gosdk"
	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

// An error inside a stream reaches errors.As through the Middleware, and the
// SDK's own error stays behind it.
func TestErrorsInsideAStreamAreLifted(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	for _, with := range []bool{true, false} {
		client := mcp.NewClient(impl, nil)
		if with {
			client.AddSendingMiddleware(gosdk.Middleware, gosdk.Middleware)
		}
		cs, err := client.Connect(t.Context(), gosdk.Wrap(fresh(t, s), nil), pinned)
		if err != nil {
			t.Fatal(err)
		}
		defer cs.Close()
		s.Once("tools/call", says(200, "text/event-stream", ": hello\n\n"))
		err = call(t.Context(), cs, "run", "cut")
		var typed *nethttp.Error
		var rpc *jsonrpc.Error
		if errors.As(err, &typed) != with || !errors.As(err, &rpc) {
			t.Errorf("with the Middleware %v: %v", with, err)
		}
		if !with {
			continue
		}
		if !typed.OutcomeUnknown() || typed.Method != "tools/call" || typed.URL != s.URL || typed.Err == nil {
			t.Errorf("the lifted error: %+v", typed)
		}
	}
}

// What the tools' annotations say is believed as long as the same server answers.
func TestToolsAreRepeatedByTheirHints(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	cs := connect(t, gosdk.Wrap(fresh(t, s), nil))
	attempt := func(tool, n string, repeated bool) {
		t.Helper()
		s.Once("tools/call", resets)
		err := call(t.Context(), cs, tool, n)
		if (err == nil) != repeated || (s.Runs(n) == 1) != repeated {
			t.Errorf("%s %s after a reset: ran %d times, error %v; repeated expected: %v", tool, n, s.Runs(n), err, repeated)
		}
	}
	list := func() {
		t.Helper()
		if _, err := cs.ListTools(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	attempt("look", "before tools/list", false)
	list()
	attempt("look", "read-only", true)
	attempt("run", "not read-only", false)
	s.Forget()
	mustRun(t, s, cs, "recovers")
	attempt("look", "the same server again", true)
}

func TestHintsAreVoidWhenAnotherServerAnswers(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	cs := connect(t, gosdk.Wrap(fresh(t, s), nil))
	if _, err := cs.ListTools(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	s.Serve("mcp-go")
	mustRun(t, s, cs, "recovers")
	s.Once("tools/call", resets)
	if err := call(t.Context(), cs, "look", "another server"); err == nil {
		t.Error("a tool was repeated by the hints of another server")
	}
	if _, err := cs.ListTools(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	s.Once("tools/call", resets)
	if err := call(t.Context(), cs, "look", "listed again"); err != nil {
		t.Error(err)
	}
}

func TestTheUsersSafeToolDecidesAlone(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	rt := &nethttp.Transport{SafeTool: func(name string) bool { return name == "run" }}
	cs := connect(t, gosdk.Wrap(fresh(t, s), rt))
	if _, err := cs.ListTools(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	s.Once("tools/call", resets)
	mustRun(t, s, cs, "said to be safe")
	s.Once("tools/call", resets)
	if err := call(t.Context(), cs, "look", "not said"); err == nil {
		t.Error("a tool was repeated that the user's SafeTool did not name")
	}
}

// One client may speak to several servers: each keeps its own hints.
func TestHintsBelongToTheServerThatGaveThem(t *testing.T) {
	a, b := doortest.Start(t, "go-sdk"), doortest.Start(t, "go-sdk")
	client := mcp.NewClient(impl, nil)
	client.AddSendingMiddleware(gosdk.Middleware)
	session := func(tr *mcp.StreamableClientTransport) *mcp.ClientSession {
		cs, err := client.Connect(t.Context(), tr, pinned)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cs.Close() })
		return cs
	}
	toA := gosdk.Wrap(fresh(t, a), nil)
	first, second := session(toA), session(gosdk.Wrap(fresh(t, b), nil))
	if _, err := first.ListTools(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	b.Once("tools/call", resets)
	if err := call(t.Context(), second, "look", "b"); err == nil {
		t.Error("a tool of one server was repeated by the hints of another")
	}
	a.Once("tools/call", resets)
	if err := call(t.Context(), first, "look", "a"); err != nil {
		t.Error(err)
	}

	// An engine that serves two endpoints cannot tell their tools apart.
	shared := &mcp.StreamableClientTransport{Endpoint: b.URL, HTTPClient: toA.HTTPClient}
	session(shared)
	a.Once("tools/call", resets)
	if err := call(t.Context(), first, "look", "mixed"); err == nil {
		t.Error("a tool was repeated though its name may be another server's")
	}
}
