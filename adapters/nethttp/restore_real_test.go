package nethttp_test

//lint:file-ignore SA1019 sessionful revisions log, subscribe and listen so, and that is what is tested

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	mcpgoclient "github.com/mark3labs/mcp-go/client"
	mcpgotransport "github.com/mark3labs/mcp-go/client/transport"
	mcpgo "github.com/mark3labs/mcp-go/mcp"
	mcpgoserver "github.com/mark3labs/mcp-go/server"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

const watched = "file:///watched"

// keeping is one life of a server that keeps a log level and subscriptions for
// each session.
type keeping struct {
	http.Handler
	updated func(ctx context.Context) error // tells the sessions that subscribed
	mu      sync.Mutex
	asked   []string // what it was asked, in order
}

func (k *keeping) notes(method string, params any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch p := params.(type) {
	case *mcp.SetLoggingLevelParams:
		method += " " + string(p.Level)
	case *mcp.SubscribeParams:
		method += " " + p.URI
	case *mcpgo.SetLevelRequest:
		method += " " + string(p.Params.Level)
	case *mcpgo.SubscribeRequest:
		method += " " + p.Params.URI
	}
	k.asked = append(k.asked, method)
}

// keepings make the real SDKs' servers.
var keepings = map[string]func() *keeping{
	"go-sdk": func() *keeping {
		k := &keeping{}
		s := mcp.NewServer(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ServerOptions{
			SubscribeHandler:   func(context.Context, *mcp.SubscribeRequest) error { return nil },
			UnsubscribeHandler: func(context.Context, *mcp.UnsubscribeRequest) error { return nil },
		})
		s.AddResource(&mcp.Resource{Name: "watched", URI: watched}, func(context.Context, *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: watched, Text: "text"}}}, nil
		})
		s.AddReceivingMiddleware(func(next mcp.MethodHandler) mcp.MethodHandler {
			return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
				k.notes(method, req.GetParams())
				return next(ctx, method, req)
			}
		})
		k.updated = func(ctx context.Context) error {
			return s.ResourceUpdated(ctx, &mcp.ResourceUpdatedNotificationParams{URI: watched})
		}
		k.Handler = mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s }, nil)
		return k
	},
	"mcp-go": func() *keeping { // keeps no subscriptions itself
		k := &keeping{}
		var subscribed []string
		hooks := &mcpgoserver.Hooks{}
		hooks.AddBeforeAny(func(_ context.Context, _ any, method mcpgo.MCPMethod, message any) { k.notes(string(method), message) })
		hooks.AddAfterSubscribe(func(ctx context.Context, _ any, _ *mcpgo.SubscribeRequest, _ *mcpgo.EmptyResult) {
			k.mu.Lock()
			defer k.mu.Unlock()
			subscribed = append(subscribed, mcpgoserver.ClientSessionFromContext(ctx).SessionID())
		})
		s := mcpgoserver.NewMCPServer("test", "1", mcpgoserver.WithLogging(), mcpgoserver.WithResourceCapabilities(true, false), mcpgoserver.WithHooks(hooks))
		s.AddResource(mcpgo.NewResource(watched, "watched"), func(context.Context, mcpgo.ReadResourceRequest) ([]mcpgo.ResourceContents, error) {
			return []mcpgo.ResourceContents{mcpgo.TextResourceContents{URI: watched, Text: "text"}}, nil
		})
		k.updated = func(context.Context) error {
			k.mu.Lock()
			defer k.mu.Unlock()
			for _, id := range subscribed {
				if err := s.SendNotificationToSpecificClient(id, "notifications/resources/updated", map[string]any{"uri": watched}); err != nil {
					return err
				}
			}
			return nil
		}
		k.Handler = mcpgoserver.NewStreamableHTTPServer(s, mcpgoserver.WithStateful(true))
		return k
	},
}

func (k *keeping) place(text string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Index(k.asked, text)
}

// TestRealClientsKeepWhatTheySet: the next session's server knows the log level
// and the subscription before any call reaches it, and what it then tells of the
// resource reaches the client.
func TestRealClientsKeepWhatTheySet(t *testing.T) {
	for clientName, dial := range settings {
		for serverName, server := range keepings {
			t.Run(clientName+" client, "+serverName+" server", func(t *testing.T) { keepsWhatItSet(t, dial, server) })
		}
	}
}

func keepsWhatItSet(t *testing.T, dial dialSetting, server func() *keeping) {
	var life atomic.Pointer[keeping]
	life.Store(server())
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { life.Load().ServeHTTP(w, r) }))
	defer srv.Close()
	base := &http.Transport{}
	defer base.CloseIdleConnections()
	attached := make(chan struct{}, 8)
	rt := &nethttp.Transport{Base: base, Observer: func(e nethttp.Event) {
		if e.Kind == nethttp.StreamAttached && e.Epoch > 0 {
			attached <- struct{}{}
		}
	}}
	defer rt.Close()
	updated := make(chan string, 8)
	c := dial(t, srv.URL, rt, func(uri string) { updated <- uri })
	defer c.close()
	c.sets(t)

	next := server()
	life.Store(next)
	srv.CloseClientConnections() // the listening stream of the old life ends
	if err := c.reads(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, set := range []string{"logging/setLevel warning", "resources/subscribe " + watched} {
		if at, read := next.place(set), next.place("resources/read"); at < 0 || at > read {
			t.Errorf("the new session was asked %q, want %s before the call", next.asked, set)
		}
	}
	awaits(t, attached, "the listening stream's move to the new session")
	if err := next.updated(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case uri := <-updated:
		if uri != watched {
			t.Errorf("the client hears of %q", uri)
		}
	case <-time.After(20 * time.Second):
		t.Error("the client does not hear that the resource was updated")
	}
}

// setting is a client that sets a log level and subscribes.
type setting interface {
	sets(t *testing.T)
	reads(ctx context.Context) error
	close()
}

type dialSetting func(t *testing.T, url string, rt http.RoundTripper, updated func(uri string)) setting

var settings = map[string]dialSetting{
	"go-sdk": func(t *testing.T, url string, rt http.RoundTripper, updated func(string)) setting {
		c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{
			ResourceUpdatedHandler: func(_ context.Context, req *mcp.ResourceUpdatedNotificationRequest) { updated(req.Params.URI) },
		})
		s, err := c.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url, HTTPClient: &http.Client{Transport: rt}},
			&mcp.ClientSessionOptions{ProtocolVersion: revision})
		if err != nil {
			t.Fatal(err)
		}
		return goSDKSetting{s}
	},
	"mcp-go": func(t *testing.T, url string, rt http.RoundTripper, updated func(string)) setting {
		listening := mcpgotransport.WithContinuousListening()
		tr, err := mcpgotransport.NewStreamableHTTP(url, mcpgotransport.WithHTTPBasicClient(&http.Client{Transport: rt}), listening)
		if err != nil {
			t.Fatal(err)
		}
		c := mcpgoclient.NewClient(tr, mcpgoclient.WithProtocolVersion(revision))
		c.OnNotification(func(n mcpgo.JSONRPCNotification) {
			if uri, ok := n.Params.AdditionalFields["uri"].(string); ok && n.Method == "notifications/resources/updated" {
				updated(uri)
			}
		})
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		var hello mcpgo.InitializeRequest
		hello.Params.ProtocolVersion = revision
		hello.Params.ClientInfo = mcpgo.Implementation{Name: "test", Version: "1"}
		if _, err := c.Initialize(t.Context(), hello); err != nil {
			t.Fatal(err)
		}
		return mcpGoSetting{c}
	},
}

type goSDKSetting struct{ *mcp.ClientSession }

func (s goSDKSetting) sets(t *testing.T) {
	if err := s.SetLoggingLevel(t.Context(), &mcp.SetLoggingLevelParams{Level: "warning"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Subscribe(t.Context(), &mcp.SubscribeParams{URI: watched}); err != nil {
		t.Fatal(err)
	}
}

func (s goSDKSetting) reads(ctx context.Context) error {
	_, err := s.ReadResource(ctx, &mcp.ReadResourceParams{URI: watched})
	return err
}

func (s goSDKSetting) close() { _ = s.Close() }

type mcpGoSetting struct{ *mcpgoclient.Client }

func (s mcpGoSetting) sets(t *testing.T) {
	var level mcpgo.SetLevelRequest
	level.Params.Level = mcpgo.LoggingLevelWarning
	if err := s.SetLevel(t.Context(), level); err != nil {
		t.Fatal(err)
	}
	var subscribe mcpgo.SubscribeRequest
	subscribe.Params.URI = watched
	if err := s.Subscribe(t.Context(), subscribe); err != nil {
		t.Fatal(err)
	}
}

func (s mcpGoSetting) reads(ctx context.Context) error {
	var req mcpgo.ReadResourceRequest
	req.Params.URI = watched
	_, err := s.ReadResource(ctx, req)
	return err
}

func (s mcpGoSetting) close() { _ = s.Close() }
