package gosdk_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcprecover/mcprecover/adapters/door/doortest"
	"github.com/mcprecover/mcprecover/adapters/gosdk"
	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/classify"
)

var (
	impl   = &mcp.Implementation{Name: "test", Version: "1"}
	pinned = &mcp.ClientSessionOptions{ProtocolVersion: doortest.Revision}
)

// fresh is a transport to s on connections of its own, which end with the test.
func fresh(t *testing.T, s *doortest.Server) *mcp.StreamableClientTransport {
	base := &http.Transport{}
	t.Cleanup(base.CloseIdleConnections)
	return &mcp.StreamableClientTransport{Endpoint: s.URL, HTTPClient: &http.Client{Transport: base}}
}

// connect connects a client that has the Middleware.
func connect(t *testing.T, tr *mcp.StreamableClientTransport) *mcp.ClientSession {
	t.Helper()
	client := mcp.NewClient(impl, nil)
	client.AddSendingMiddleware(gosdk.Middleware)
	cs, err := client.Connect(t.Context(), tr, pinned)
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	t.Cleanup(func() { _ = cs.Close() })
	return cs
}

func call(ctx context.Context, cs *mcp.ClientSession, tool, n string) error {
	res, err := cs.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: map[string]any{"n": n}})
	if err != nil {
		return err
	}
	if text, want := res.Content[0].(*mcp.TextContent).Text, "ran "+n; text != want {
		return fmt.Errorf("the answer is %q, want %q", text, want)
	}
	return nil
}

// mustRun calls the tool "run", which must run once.
func mustRun(t *testing.T, s *doortest.Server, cs *mcp.ClientSession, n string) {
	t.Helper()
	if err := call(t.Context(), cs, "run", n); err != nil {
		t.Errorf("%s: %v", n, err)
	}
	if got := s.Runs(n); got != 1 {
		t.Errorf("%s ran %d times, want once", n, got)
	}
}

func TestAWrappedTransportRecovers(t *testing.T) {
	for _, kind := range doortest.Kinds {
		t.Run(kind+" server", func(t *testing.T) {
			s := doortest.Start(t, kind)
			cs := connect(t, gosdk.Wrap(fresh(t, s), nil))
			id := cs.ID()
			mustRun(t, s, cs, "before")
			s.Forget()
			var wg sync.WaitGroup
			for i := range 16 {
				wg.Go(func() { mustRun(t, s, cs, fmt.Sprint("call ", i)) })
			}
			wg.Wait()
			if got := s.Count("initialize"); got != 2 {
				t.Errorf("%d initializes, want the client's own and one more", got)
			}
			if cs.ID() != id {
				t.Errorf("the client's session id is %q now, was %q", cs.ID(), id)
			}
		})
	}
}

func TestWrapKeepsWhatTheUserSet(t *testing.T) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	hc := &http.Client{Jar: jar, CheckRedirect: stay, Timeout: time.Hour}
	before := mcp.StreamableClientTransport{
		Endpoint: "http://mcp.test/mcp", HTTPClient: hc, MaxRetries: 7, DisableStandaloneSSE: true, MaxEventSize: 9, OAuthHandler: &login{},
	}
	given := before
	w := gosdk.Wrap(&given, nil)
	if given != before || hc.Timeout != time.Hour || hc.Transport != nil {
		t.Error("Wrap changed what it was given")
	}
	same := *w
	same.HTTPClient = hc
	if same != before {
		t.Errorf("the copy differs: %+v, want %+v", same, before)
	}
	if w.HTTPClient.Jar != jar || w.HTTPClient.CheckRedirect == nil {
		t.Error("the copy's http.Client lost Jar or CheckRedirect")
	}
	if w.HTTPClient.Timeout != 0 {
		t.Errorf("the copy's http.Client has a Timeout of %s, which cuts the listening stream", w.HTTPClient.Timeout)
	}
}

// deadlines notes which requests, by HTTP method, had one.
type deadlines struct {
	http.RoundTripper
	mu  sync.Mutex
	had map[string]bool
}

func (d *deadlines) RoundTrip(req *http.Request) (*http.Response, error) {
	_, had := req.Context().Deadline()
	d.mu.Lock()
	d.had[req.Method] = had
	d.mu.Unlock()
	return d.RoundTripper.RoundTrip(req)
}

func TestTheClientsTimeoutBoundsCallsAndNotTheListeningStream(t *testing.T) {
	for _, c := range []struct {
		name string
		wrap func(*mcp.StreamableClientTransport) *mcp.StreamableClientTransport
	}{
		{"wrapped once", func(tr *mcp.StreamableClientTransport) *mcp.StreamableClientTransport { return gosdk.Wrap(tr, nil) }},
		{"wrapped twice", func(tr *mcp.StreamableClientTransport) *mcp.StreamableClientTransport {
			return gosdk.Wrap(gosdk.Wrap(tr, nil), nil)
		}},
		{"the http.Client of another transport", func(tr *mcp.StreamableClientTransport) *mcp.StreamableClientTransport {
			return gosdk.Wrap(&mcp.StreamableClientTransport{Endpoint: tr.Endpoint, HTTPClient: gosdk.Wrap(tr, nil).HTTPClient}, nil)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := doortest.Start(t, "go-sdk")
			attached := make(chan struct{}, 8)
			tr := fresh(t, s)
			seen := &deadlines{RoundTripper: tr.HTTPClient.Transport, had: map[string]bool{}}
			engine := &nethttp.Transport{Base: seen, Observer: func(e nethttp.Event) {
				if e.Kind == nethttp.StreamAttached {
					attached <- struct{}{}
				}
			}}
			tr.HTTPClient = &http.Client{Transport: engine, Timeout: time.Hour}
			cs := connect(t, c.wrap(tr))
			doortest.Await(t, attached, "the listening stream")
			mustRun(t, s, cs, "call")
			seen.mu.Lock()
			defer seen.mu.Unlock()
			if d := cmp.Diff(map[string]bool{http.MethodPost: true, http.MethodGet: false}, seen.had); d != "" {
				t.Errorf("which requests had a deadline (-want +got):\n%s", d)
			}
		})
	}
}

// through counts what passes it.
type through struct {
	http.RoundTripper
	mu     sync.Mutex
	passed int
}

func (r *through) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.passed++
	r.mu.Unlock()
	return r.RoundTripper.RoundTrip(req)
}

// function is a RoundTripper that cannot be compared.
type function func(*http.Request) (*http.Response, error)

func (f function) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestAConflictingTransportIsAnErrorAtFirstUse(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	base := &http.Transport{}
	t.Cleanup(base.CloseIdleConnections)
	own := &through{RoundTripper: base}
	engine := &nethttp.Transport{Base: base}
	other := &nethttp.Transport{Base: base}
	for _, c := range []struct {
		name     string
		inner    http.RoundTripper
		rt       *nethttp.Transport
		conflict bool
		own      bool // the requests must pass the user's own
	}{
		{"nothing set", nil, engine, false, false},
		{"http.DefaultTransport", http.DefaultTransport, engine, false, false},
		{"the same engine", engine, engine, false, false},
		{"an engine, and none given", engine, nil, false, false},
		{"two engines", other, engine, true, false},
		{"the user's own, and no engine given", own, nil, false, true},
		{"the user's own, and an engine without a Base", own, &nethttp.Transport{}, false, true},
		{"the user's own, and an engine with the same Base", own, &nethttp.Transport{Base: own}, false, true},
		{"the user's own, and an engine with another Base", own, engine, true, false},
		{"one that cannot be compared", function(own.RoundTrip), &nethttp.Transport{Base: function(own.RoundTrip)}, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			own.passed = 0
			tr := gosdk.Wrap(&mcp.StreamableClientTransport{Endpoint: s.URL, HTTPClient: &http.Client{Transport: c.inner}}, c.rt)
			cs, err := mcp.NewClient(impl, nil).Connect(t.Context(), tr, pinned)
			if (err != nil) != c.conflict {
				t.Fatalf("connecting: %v, conflict expected: %v", err, c.conflict)
			}
			if c.conflict {
				return
			}
			s.Forget()
			mustRun(t, s, cs, c.name)
			if (own.passed > 0) != c.own {
				t.Errorf("%d requests passed the user's own RoundTripper", own.passed)
			}
			_ = cs.Close()
		})
	}
}

func TestWrappingTwiceSharesTheEngine(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	first := gosdk.Wrap(fresh(t, s), nil)
	again := gosdk.Wrap(first, nil)
	if cs := connect(t, again); cs.ID() == "" {
		t.Error("no session")
	}
	s.Forget()
	mustRun(t, s, connect(t, first), "first")
	conflict := gosdk.Wrap(first, &nethttp.Transport{})
	if _, err := mcp.NewClient(impl, nil).Connect(t.Context(), conflict, pinned); err == nil {
		t.Error("another engine around a wrapped transport is no error")
	}
}

// A failure that the plain SDK would die of, or know nothing about.
func TestFailuresAreTypedAndLeaveTheClientAlive(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  http.HandlerFunc
		status int
		class  classify.Class
		reason classify.Reason
	}{
		{"503", says(503, "text/plain", "starting"), 503, classify.Transient, classify.ServerError},
		{"400", says(400, "text/plain", "what?"), 400, classify.Fatal, classify.BadRequest},
		{"403", says(403, "text/plain", "forbidden"), 403, classify.Auth, classify.AccessDenied},
		{"a web page", says(200, "text/html", "<html>Welcome</html>"), 200, classify.Transient, classify.ForeignAnswer},
		{"401, and no OAuthHandler", says(401, "text/plain", "Invalid or expired session token"), 401, classify.Auth, classify.Unauthorized},
		{"a login page", says(200, "text/html", "<html><form>Sign in <input type=password></form></html>"), 200, classify.Auth, classify.LoginPage},
		{"a stream that ends before the answer", says(200, "text/event-stream", ": hello\n\n"), 0, classify.Transient, classify.MaybeSent},
		{"a reset", resets, 0, classify.Transient, classify.MaybeSent},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := doortest.Start(t, "go-sdk")
			cs := connect(t, gosdk.Wrap(fresh(t, s), nil))
			s.Once("tools/call", c.fault)
			err := call(t.Context(), cs, "run", "faulty")
			var e *nethttp.Error
			if !errors.As(err, &e) {
				t.Fatalf("%v, want an *nethttp.Error", err)
			}
			if e.Status != c.status || e.Class != c.class || e.Reason != c.reason || e.Method != "tools/call" || e.URL != s.URL {
				t.Errorf("%+v, want status %d, %s, %s, of tools/call at %s", e, c.status, c.class, c.reason, s.URL)
			}
			if c.status == 503 && string(e.Body) != "starting" {
				t.Errorf("the engine's own error would hold what the server said: %+v", e)
			}
			if v := gosdk.Classify(err); v.Class != c.class || v.Reason != c.reason {
				t.Errorf("Classify says %s, %s", v.Class, v.Reason)
			}
			mustRun(t, s, cs, "after")
		})
	}
}

func says(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// resets ends the connection without an answer.
func resets(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		conn.Close()
	}
}
