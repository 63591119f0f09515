package mcpgo_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/mcprecover/mcprecover/adapters/door/doortest"
	"github.com/mcprecover/mcprecover/adapters/mcpgo"
)

func keep(t *testing.T, d mcpgo.Dialer) *mcpgo.Session {
	t.Helper()
	session, err := d.Connect(t.Context())
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session
}

// wrapped is a Dialer as users write it, pinned to a version or to none.
func wrapped(t *testing.T, s *doortest.Server, version string) mcpgo.Dialer {
	hc := mcpgo.Client(fresh(t), nil)
	return mcpgo.Dialer{Hello: hello(version), Dial: func() (*client.Client, error) {
		tr, err := mcpgo.New(s.URL, hc, nil)
		if err != nil {
			return nil, err
		}
		return client.NewClient(tr, client.WithProtocolVersion(version)), nil
	}}
}

// plain is a Dialer without an engine: the SDK holds each lost session for ended.
func plain(t *testing.T, s *doortest.Server) mcpgo.Dialer {
	hc := fresh(t)
	return mcpgo.Dialer{Hello: hello(doortest.Revision), Dial: func() (*client.Client, error) {
		tr, err := transport.NewStreamableHTTP(s.URL, transport.WithHTTPBasicClient(hc))
		if err != nil {
			return nil, err
		}
		return client.NewClient(tr, client.WithProtocolVersion(doortest.Revision)), nil
	}}
}

func runs(n string, count *int) func(context.Context, *client.Client) error {
	return func(ctx context.Context, c *client.Client) error {
		*count++
		return call(ctx, c, "run", n)
	}
}

func TestAnEndedSessionIsReplaced(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	session := keep(t, plain(t, s))
	old := session.Current()
	s.Once("tools/call", says(404, "text/plain", "session not found"))
	count := 0
	if err := session.Do(t.Context(), runs("once", &count)); !errors.Is(err, transport.ErrSessionTerminated) || count != 1 {
		t.Errorf("Do: %v after %d runs, want the closure's error after one", err, count)
	}
	if err := session.Do(t.Context(), runs("next", &count)); err != nil || count != 2 {
		t.Errorf("the next Do: %v after %d runs", err, count)
	}
	if session.Current() == old {
		t.Error("the client is still the old one")
	}
	s.Once("tools/call", says(404, "text/plain", "session not found"))
	count = 0
	if err := session.DoRepeatable(t.Context(), runs("twice", &count)); err != nil || count != 2 || s.Runs("twice") != 1 {
		t.Errorf("DoRepeatable: %v after %d runs, want success after two", err, count)
	}
	_ = session.Close()
	if err := session.Do(t.Context(), runs("closed", &count)); !errors.Is(err, mcpgo.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// legacyOnly refuses what later revisions send, as a server that lacks them.
func legacyOnly(w http.ResponseWriter, r *http.Request, m doortest.Message) bool {
	if r.Header.Get("Mcp-Protocol-Version") < "2026-07-28" {
		return false
	}
	says(400, "application/json", fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32022,"message":"unsupported protocol version","data":{"supported":["2025-11-25"],"requested":"2026-07-28"}}}`, m.ID))(w, r)
	return true
}

func TestAServerThatChangesItsEraIsFollowed(t *testing.T) {
	for _, c := range []struct{ from, to, version string }{
		{"stateless", "go-sdk", ""}, {"go-sdk", "stateless", ""},
		{"stateless", "go-sdk", doortest.Revision}, {"go-sdk", "stateless", doortest.Revision},
	} {
		t.Run(fmt.Sprintf("from %s to %s, version %q", c.from, c.to, c.version), func(t *testing.T) {
			s := doortest.Start(t, c.from)
			serve := func(kind string) {
				s.Faults(nil)
				if kind != "stateless" {
					s.Faults(legacyOnly)
				}
				s.Serve(kind)
			}
			serve(c.from)
			session := keep(t, wrapped(t, s, c.version))
			if modern := mcp.IsModernProtocol(session.Current().ProtocolVersion()); modern != (c.from == "stateless" && c.version == "") {
				t.Fatalf("the first connection speaks %s", session.Current().ProtocolVersion())
			}
			serve(c.to)
			count := 0
			if err := session.DoRepeatable(t.Context(), runs("after", &count)); err != nil {
				t.Errorf("after %d runs: %v", count, err)
			}
			if got := s.Runs("after"); got != 1 {
				t.Errorf("the tool ran %d times", got)
			}
		})
	}
}

func TestRenewedIsToldOfRecoveriesAndNewConnections(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	renewed := make(chan *client.Client, 8)
	d := wrapped(t, s, doortest.Revision)
	d.Renewed = func(ctx context.Context, c *client.Client) {
		if _, err := c.ListTools(ctx, mcp.ListToolsRequest{}); err != nil {
			t.Errorf("listing again: %v", err)
		}
		renewed <- c
	}
	session := keep(t, d)
	first := session.Current()
	count := 0
	s.Forget()
	if err := session.Do(t.Context(), runs("recovers", &count)); err != nil {
		t.Fatal(err)
	}
	if got := await(t, renewed); got != first {
		t.Error("after a recovery, Renewed got another client than the one that goes on")
	}
	otherEra := mcp.UnsupportedProtocolVersionError{Version: doortest.Revision}
	if err := session.Do(t.Context(), func(context.Context, *client.Client) error { return otherEra }); !errors.Is(err, otherEra) {
		t.Fatal(err)
	}
	if got := await(t, renewed); got == first || got != session.Current() {
		t.Error("after a new connection, Renewed did not get it")
	}
}

func await[T any](t *testing.T, ch <-chan T) (got T) {
	t.Helper()
	done := make(chan struct{})
	go func() { got = <-ch; close(done) }()
	doortest.Await(t, done, "a value on the channel")
	return got
}

func TestADialerNamesWhatItMisses(t *testing.T) {
	broken := errors.New("no such URL")
	for _, d := range []mcpgo.Dialer{
		{},
		{Dial: func() (*client.Client, error) { return nil, nil }},
		{Dial: func() (*client.Client, error) { return nil, broken }},
	} {
		if _, err := d.Connect(t.Context()); err == nil {
			t.Errorf("%+v connected", d)
		}
	}
}
