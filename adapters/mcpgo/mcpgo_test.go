package mcpgo_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/mcprecover/mcprecover/adapters/door/doortest"
	"github.com/mcprecover/mcprecover/adapters/mcpgo"
	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/classify"
)

// hello initializes the tests' clients.
func hello(version string) (h mcp.InitializeRequest) {
	h.Params.ProtocolVersion = version
	h.Params.ClientInfo = mcp.Implementation{Name: "test", Version: "1"}
	return h
}

// fresh is an http.Client on connections of its own, which end with the test.
func fresh(t *testing.T) *http.Client {
	base := &http.Transport{}
	t.Cleanup(base.CloseIdleConnections)
	return &http.Client{Transport: base}
}

func listening() transport.StreamableHTTPCOption {
	//lint:ignore SA1019 sessionful revisions listen by GET, and that is what is tested
	return transport.WithContinuousListening()
}

// connect connects a client by New.
func connect(t *testing.T, s *doortest.Server, hc *http.Client, rt *nethttp.Transport, options ...transport.StreamableHTTPCOption) *client.Client {
	t.Helper()
	c, err := try(t, s, hc, rt, options...)
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	return c
}

func try(t *testing.T, s *doortest.Server, hc *http.Client, rt *nethttp.Transport, options ...transport.StreamableHTTPCOption) (*client.Client, error) {
	t.Helper()
	tr, err := mcpgo.New(s.URL, hc, rt, options...)
	if err != nil {
		t.Fatal(err)
	}
	c := client.NewClient(tr, client.WithProtocolVersion(doortest.Revision))
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	_, err = c.Initialize(t.Context(), hello(doortest.Revision))
	return c, err
}

func call(ctx context.Context, c *client.Client, tool, n string) error {
	var req mcp.CallToolRequest
	req.Params.Name = tool
	req.Params.Arguments = map[string]any{"n": n}
	res, err := c.CallTool(ctx, req)
	if err != nil {
		return err
	}
	if text, want := res.Content[0].(mcp.TextContent).Text, "ran "+n; text != want {
		return fmt.Errorf("the answer is %q, want %q", text, want)
	}
	return nil
}

// mustRun calls the tool "run", which must run once.
func mustRun(t *testing.T, s *doortest.Server, c *client.Client, n string) {
	t.Helper()
	if err := call(t.Context(), c, "run", n); err != nil {
		t.Errorf("%s: %v", n, err)
	}
	if got := s.Runs(n); got != 1 {
		t.Errorf("%s ran %d times, want once", n, got)
	}
}

func TestATransportOfNewRecovers(t *testing.T) {
	for _, kind := range doortest.Kinds {
		for _, listens := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s server, listening %v", kind, listens), func(t *testing.T) {
				s := doortest.Start(t, kind)
				var options []transport.StreamableHTTPCOption
				if listens {
					options = append(options, listening())
				}
				c := connect(t, s, fresh(t), nil, options...)
				mustRun(t, s, c, "before")
				s.Forget()
				var wg sync.WaitGroup
				for i := range 16 {
					wg.Go(func() { mustRun(t, s, c, fmt.Sprint("call ", i)) })
				}
				wg.Wait()
				if got := s.Count("initialize"); got != 2 {
					t.Errorf("%d initializes, want the client's own and one more", got)
				}
			})
		}
	}
}

// What a recovered server has to say arrives on the listening stream.
func TestTheListeningStreamFollowsTheSession(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	attached := make(chan struct{}, 8)
	rt := &nethttp.Transport{Observer: func(e nethttp.Event) {
		if e.Kind == nethttp.StreamAttached {
			attached <- struct{}{}
		}
	}}
	c := connect(t, s, fresh(t), rt, listening())
	changed := make(chan struct{}, 8)
	c.OnNotification(func(n mcp.JSONRPCNotification) {
		if n.Method == "notifications/tools/list_changed" {
			changed <- struct{}{}
		}
	})
	doortest.Await(t, attached, "the first listening stream")
	s.Forget()
	mustRun(t, s, c, "after")
	doortest.Await(t, attached, "the stream to move")
	s.Change()
	doortest.Await(t, changed, "tools/list_changed of the new session")
}

// A second Initialize on a client whose session was lost opens a new session:
// the plain SDK sends the lost one's id along, for ever.
func TestASecondInitializeCarriesNoStaleID(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	var ids sync.Map
	s.Faults(func(_ http.ResponseWriter, r *http.Request, m doortest.Message) bool {
		if id := r.Header.Get("Mcp-Session-Id"); m.Method == "initialize" && id != "" {
			ids.Store(id, true)
		}
		return false
	})
	c := connect(t, s, fresh(t), nil)
	s.Forget()
	if _, err := c.Initialize(t.Context(), hello(doortest.Revision)); err != nil {
		t.Fatal(err)
	}
	mustRun(t, s, c, "after")
	ids.Range(func(id, _ any) bool {
		t.Errorf("initialize carried the session id %v", id)
		return true
	})
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

func TestTimeoutsBoundCallsAndNotTheListeningStream(t *testing.T) {
	for _, by := range []string{"the SDK's option", "the http.Client", "a client that is shared"} {
		t.Run("by "+by, func(t *testing.T) {
			s := doortest.Start(t, "go-sdk")
			attached := make(chan struct{}, 8)
			rt := &nethttp.Transport{Observer: func(e nethttp.Event) {
				if e.Kind == nethttp.StreamAttached {
					attached <- struct{}{}
				}
			}}
			seen := &deadlines{RoundTripper: fresh(t).Transport, had: map[string]bool{}}
			hc := &http.Client{Transport: seen}
			options := []transport.StreamableHTTPCOption{listening()}
			switch by {
			case "the SDK's option":
				options = append(options, transport.WithHTTPTimeout(time.Hour))
			case "the http.Client":
				hc.Timeout = time.Hour
			default:
				hc.Timeout = time.Hour
				hc, rt = mcpgo.Client(hc, rt), nil
			}
			c := connect(t, s, hc, rt, options...)
			doortest.Await(t, attached, "the listening stream")
			mustRun(t, s, c, "call")
			seen.mu.Lock()
			defer seen.mu.Unlock()
			if d := cmp.Diff(map[string]bool{http.MethodPost: true, http.MethodGet: false}, seen.had); d != "" {
				t.Errorf("which requests had a deadline (-want +got):\n%s", d)
			}
		})
	}
}

func TestAClientThatAnOptionReplacedIsAnErrorAtFirstUse(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	if _, err := try(t, s, nil, nil, transport.WithHTTPBasicClient(fresh(t))); err == nil {
		t.Error("the first request leads past the engine, without an error")
	}
	own := fresh(t)
	if _, err := try(t, s, own, &nethttp.Transport{Base: http.DefaultTransport}); err == nil {
		t.Error("two Transports to send with, and no error")
	}
	mustRun(t, s, connect(t, s, own, nil), "the user's own alone")
}

func TestAClientGivenAgainSharesItsEngine(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	opened := make(chan struct{}, 8)
	rt := &nethttp.Transport{Observer: func(e nethttp.Event) {
		if e.Kind == nethttp.BreakerMoved { // an engine's first word on an endpoint
			opened <- struct{}{}
		}
	}}
	hc := mcpgo.Client(fresh(t), rt)
	for i := range 3 {
		mustRun(t, s, connect(t, s, hc, nil), fmt.Sprint(i))
	}
	if got := len(opened); got != 1 {
		t.Errorf("%d engines met the endpoint, want one", got)
	}
}

// Failures that the plain SDK tells in untyped text, or takes for the end of
// the session.
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
		{"a stream that ends before the answer", says(200, "text/event-stream", ": hello\n\n"), 0, classify.Transient, classify.MaybeSent},
		{"a reset", resets, 0, classify.Transient, classify.MaybeSent},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := doortest.Start(t, "go-sdk")
			cl := connect(t, s, fresh(t), nil)
			s.Once("tools/call", c.fault)
			err := call(t.Context(), cl, "run", "faulty")
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
			if v := mcpgo.Classify(err); v.Class != c.class || v.Reason != c.reason {
				t.Errorf("Classify says %s, %s", v.Class, v.Reason)
			}
			mustRun(t, s, cl, "after")
		})
	}
}

// The SDK takes every 404 for a lost session, also one that holds the server's
// answer.
func TestAnAnswerInA404IsTheCallsAnswer(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	c := connect(t, s, fresh(t), nil)
	s.Faults(func(w http.ResponseWriter, _ *http.Request, m doortest.Message) bool {
		if m.Method != "tools/call" {
			return false
		}
		says(404, "application/json", fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no such method"}}`, m.ID))(w, nil)
		return true
	})
	if err := call(t.Context(), c, "run", "answered"); !errors.Is(err, mcp.ErrMethodNotFound) {
		t.Errorf("%v, want the server's answer", err)
	}
	s.Faults(nil)
	mustRun(t, s, c, "after")
}

// 4xx to initialize keeps the SDK's word for it, by which clients turn to SSE.
func TestA4xxToInitializeIsStillALegacyServer(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	s.Once("initialize", says(405, "text/plain", "POST is not allowed here"))
	_, err := try(t, s, fresh(t), nil)
	var typed *nethttp.Error
	if !errors.Is(err, transport.ErrLegacySSEServer) || !errors.As(err, &typed) || typed.Status != 405 {
		t.Errorf("%v, want ErrLegacySSEServer with what the server said", err)
	}
}

// What the tools' annotations say is believed as long as the same server answers.
func TestToolsAreRepeatedByTheirHints(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	c := connect(t, s, fresh(t), nil)
	attempt := func(tool, n string, repeated bool) {
		t.Helper()
		s.Once("tools/call", resets)
		err := call(t.Context(), c, tool, n)
		if (err == nil) != repeated || (s.Runs(n) == 1) != repeated {
			t.Errorf("%s %s after a reset: ran %d times, error %v; repeated expected: %v", tool, n, s.Runs(n), err, repeated)
		}
	}
	list := func() {
		t.Helper()
		if _, err := c.ListTools(t.Context(), mcp.ListToolsRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	attempt("look", "before tools/list", false)
	list()
	attempt("look", "read-only", true)
	attempt("run", "not read-only", false)
	s.Serve("mcp-go")
	mustRun(t, s, c, "recovers")
	attempt("look", "another server", false)
	list()
	attempt("look", "listed again", true)
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
