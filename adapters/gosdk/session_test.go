package gosdk_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcprecover/mcprecover/adapters/door/doortest"
	"github.com/mcprecover/mcprecover/adapters/gosdk"
	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

// keep connects a Session by tr, which ends with the test.
func keep(t *testing.T, d gosdk.Dialer) *gosdk.Session {
	t.Helper()
	session, err := d.Connect(t.Context())
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session
}

// plain is a Dialer without an engine: each lost session ends its connection.
func plain(t *testing.T, s *doortest.Server) gosdk.Dialer {
	tr := fresh(t, s)
	tr.DisableStandaloneSSE = true
	return gosdk.Dialer{Client: mcp.NewClient(impl, nil), Dial: func() mcp.Transport { return tr }, Options: pinned}
}

// wrapped is a Dialer as users write it.
func wrapped(t *testing.T, s *doortest.Server, opts *mcp.ClientSessionOptions) gosdk.Dialer {
	tr := gosdk.Wrap(fresh(t, s), nil)
	return gosdk.Dialer{Client: mcp.NewClient(impl, nil), Dial: func() mcp.Transport { return tr }, Options: opts}
}

// runs is a closure for Do that calls the tool "run", and counts itself.
func runs(n string, count *int) func(context.Context, *mcp.ClientSession) error {
	return func(ctx context.Context, cs *mcp.ClientSession) error {
		*count++
		return call(ctx, cs, "run", n)
	}
}

// sessionMissing answers as the specification says, which plain go-sdk dies of.
func sessionMissing(w http.ResponseWriter, r *http.Request) {
	http.Error(w, "session not found", http.StatusNotFound)
}

func TestADeadConnectionIsReplaced(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	session := keep(t, plain(t, s))
	old := session.Current()

	s.Once("tools/call", sessionMissing)
	count := 0
	if err := session.Do(t.Context(), runs("once", &count)); !errors.Is(err, mcp.ErrSessionMissing) || count != 1 {
		t.Errorf("Do: %v after %d runs, want the closure's error after one", err, count)
	}
	if err := session.Do(t.Context(), runs("next", &count)); err != nil || count != 2 {
		t.Errorf("the next Do: %v after %d runs", err, count)
	}
	if session.Current() == old {
		t.Error("the connection is still the old one")
	}

	s.Once("tools/call", sessionMissing)
	count = 0
	if err := session.DoRepeatable(t.Context(), runs("twice", &count)); err != nil || count != 2 || s.Runs("twice") != 1 {
		t.Errorf("DoRepeatable: %v after %d runs, want success after two", err, count)
	}
}

func TestAClosureNeverRunsMoreThanTwice(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	session := keep(t, plain(t, s))
	s.Faults(func(w http.ResponseWriter, r *http.Request, m doortest.Message) bool {
		if m.Method == "tools/call" {
			sessionMissing(w, r)
			return true
		}
		return false
	})
	count := 0
	if err := session.DoRepeatable(t.Context(), runs("never", &count)); !errors.Is(err, mcp.ErrSessionMissing) || count != 2 {
		t.Errorf("%v after %d runs, want the error of the second", err, count)
	}
}

func TestManyCallsShareOneNewConnection(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	session := keep(t, plain(t, s))
	_ = session.Current().Close()
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			n, count := fmt.Sprint("call ", i), 0
			if err := session.DoRepeatable(t.Context(), runs(n, &count)); err != nil || s.Runs(n) != 1 {
				t.Errorf("%s: %v, the tool ran %d times", n, err, s.Runs(n))
			}
		})
	}
	wg.Wait()
	if got := s.Count("initialize"); got != 2 {
		t.Errorf("%d initializes, want two", got)
	}
}

// An error that only looks like the end of the connection costs it nothing.
func TestAServersOwnErrorIsNoDeadConnection(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	session := keep(t, wrapped(t, s, pinned))
	old := session.Current()
	s.Faults(func(w http.ResponseWriter, _ *http.Request, m doortest.Message) bool {
		if m.Method != "tools/call" {
			return false
		}
		says(200, "application/json", fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32003,"message":"out of paper"}}`, m.ID))(w, nil)
		return true
	})
	count := 0
	if err := session.DoRepeatable(t.Context(), runs("paper", &count)); !errors.Is(err, mcp.ErrConnectionClosed) || count != 1 {
		t.Errorf("%v after %d runs, want what the SDK makes of -32003, after one", err, count)
	}
	if session.Current() != old {
		t.Error("the connection was replaced")
	}
}

// What the SDK's KeepAlive closes in an outage, a Session opens again.
func TestASessionOutlivesKeepAlive(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	d := wrapped(t, s, pinned)
	d.Client = mcp.NewClient(impl, &mcp.ClientOptions{KeepAlive: 200 * time.Millisecond})
	session := keep(t, d)
	s.Down()
	_ = session.Current().Wait() // the first ping that fails closes it
	s.Up(t)
	count := 0
	if err := session.DoRepeatable(t.Context(), runs("after", &count)); err != nil || s.Runs("after") != 1 {
		t.Errorf("%v, the tool ran %d times", err, s.Runs("after"))
	}
}

// The remedy without a Session: a threshold above the pings that fail in the
// longest outage that is to be survived.
func TestAThresholdAboveTheOutageKeepsTheConnection(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	failed := make(chan struct{}, 100)
	rt := &nethttp.Transport{Observer: func(e nethttp.Event) {
		if e.Kind == nethttp.CallFailed && e.Method == "ping" {
			select {
			case failed <- struct{}{}:
			default:
			}
		}
	}}
	client := mcp.NewClient(impl, &mcp.ClientOptions{KeepAlive: 10 * time.Millisecond, KeepAliveFailureThreshold: 1000})
	cs, err := client.Connect(t.Context(), gosdk.Wrap(fresh(t, s), rt), pinned)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cs.Close() })
	s.Down()
	for range 5 {
		doortest.Await(t, failed, "a ping that fails")
	}
	s.Up(t)
	mustRun(t, s, cs, "after")
}

func TestAServerThatChangesItsEraIsFollowed(t *testing.T) {
	for _, c := range []struct {
		from, to string
		opts     *mcp.ClientSessionOptions
	}{{"stateless", "go-sdk", nil}, {"go-sdk", "stateless", nil}, {"stateless", "go-sdk", pinned}, {"go-sdk", "stateless", pinned}} {
		t.Run(fmt.Sprintf("from %s to %s, pinned %v", c.from, c.to, c.opts != nil), func(t *testing.T) {
			s := doortest.Start(t, c.from)
			session := keep(t, wrapped(t, s, c.opts))
			count := 0
			if err := session.Do(t.Context(), runs("before", &count)); err != nil {
				t.Fatal(err)
			}
			if modern := session.Current().ID() == ""; modern != (c.from == "stateless") {
				t.Fatalf("the first connection's session id is %q", session.Current().ID())
			}
			s.Serve(c.to)
			count = 0
			if err := session.DoRepeatable(t.Context(), runs("after", &count)); err != nil {
				t.Errorf("after %d runs: %v", count, err)
			}
			if got := s.Runs("after"); got != 1 {
				t.Errorf("the tool ran %d times", got)
			}
		})
	}
}

// A loss that the server tells inside an event stream, where the engine does
// not look, is the Session's to repair.
func TestALossToldInsideAStreamIsRepaired(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	session := keep(t, wrapped(t, s, pinned))
	s.Faults(func(w http.ResponseWriter, _ *http.Request, m doortest.Message) bool {
		if m.Method != "tools/call" {
			return false
		}
		s.Faults(nil)
		says(200, "text/event-stream", fmt.Sprintf("data: {\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32001,\"message\":\"Session not found\"}}\n\n", m.ID))(w, nil)
		return true
	})
	count := 0
	if err := session.DoRepeatable(t.Context(), runs("after", &count)); err != nil || count != 2 || s.Runs("after") != 1 {
		t.Errorf("%v after %d runs", err, count)
	}
}

func TestRenewedIsToldOfRecoveriesAndNewConnections(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	d := wrapped(t, s, pinned)
	renewed := make(chan *mcp.ClientSession, 8)
	d.Renewed = func(ctx context.Context, cs *mcp.ClientSession) {
		if _, err := cs.ListTools(ctx, nil); err != nil {
			t.Errorf("listing again: %v", err)
		}
		renewed <- cs
	}
	session := keep(t, d)
	first := session.Current()

	count := 0
	s.Forget()
	if err := session.Do(t.Context(), runs("recovers", &count)); err != nil {
		t.Fatal(err)
	}
	if got := await(t, renewed); got != first {
		t.Error("after a recovery, Renewed got another session than the one that goes on")
	}
	_ = first.Close()
	if err := session.DoRepeatable(t.Context(), runs("connects", &count)); err != nil {
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

func TestCloseEndsWhatASessionDoes(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	session := keep(t, plain(t, s))
	_ = session.Current().Close()
	opening, release := make(chan struct{}), make(chan struct{})
	s.Once("initialize", func(w http.ResponseWriter, r *http.Request) {
		close(opening)
		select {
		case <-r.Context().Done():
		case <-release:
		}
	})
	defer close(release)
	failed := make(chan error, 1)
	count := 0
	go func() { failed <- session.DoRepeatable(context.Background(), runs("closed", &count)) }()
	doortest.Await(t, opening, "the new connection's initialize")
	_ = session.Close()
	if err := await(t, failed); err == nil || s.Runs("closed") != 0 {
		t.Errorf("Do during Close: %v, the tool ran %d times", err, s.Runs("closed"))
	}
	count = 0
	if err := session.Do(t.Context(), runs("closed", &count)); !errors.Is(err, gosdk.ErrClosed) || count != 0 {
		t.Errorf("Do after Close: %v after %d runs", err, count)
	}
	if err := session.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}

// A caller that gives up takes nobody else's new connection with it.
func TestACallerThatGivesUpLeavesTheAttemptToTheOthers(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	session := keep(t, plain(t, s))
	_ = session.Current().Close()
	opening, release := make(chan struct{}), make(chan struct{})
	s.Faults(func(_ http.ResponseWriter, _ *http.Request, m doortest.Message) bool {
		if m.Method == "initialize" {
			s.Faults(nil)
			close(opening)
			<-release
		}
		return false
	})
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		count := 0
		gone <- session.DoRepeatable(ctx, runs("gone", &count))
	}()
	doortest.Await(t, opening, "the new connection's initialize")
	cancel()
	if err := await(t, gone); !errors.Is(err, context.Canceled) {
		t.Errorf("the caller that gave up got %v", err)
	}
	close(release)
	count := 0
	if err := session.Do(t.Context(), runs("stays", &count)); err != nil {
		t.Error(err)
	}
	if got := s.Count("initialize"); got != 2 {
		t.Errorf("%d initializes, want two", got)
	}
}

func TestADialerNamesWhatItMisses(t *testing.T) {
	for _, d := range []gosdk.Dialer{
		{},
		{Client: mcp.NewClient(impl, nil)},
		{Client: mcp.NewClient(impl, nil), Dial: func() mcp.Transport { return nil }},
	} {
		if _, err := d.Connect(t.Context()); err == nil {
			t.Errorf("%+v connected", d)
		}
	}
}
