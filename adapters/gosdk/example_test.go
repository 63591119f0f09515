package gosdk_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcprecover/mcprecover/adapters/gosdk"
	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/classify"
)

// forgetful is an MCP server with one tool, "greet", that can forget its
// sessions, as a deploy makes a server do.
type forgetful struct {
	*httptest.Server
	mu    sync.Mutex
	inner http.Handler
	end   func()
}

func newForgetful() *forgetful {
	f := &forgetful{}
	f.forget()
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		inner := f.inner
		f.mu.Unlock()
		inner.ServeHTTP(w, r)
	}))
	return f
}

func (f *forgetful) forget() {
	server := mcp.NewServer(&mcp.Implementation{Name: "forgetful", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "greet"}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "hello"}}}, nil, nil
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.end != nil {
		f.end()
	}
	f.inner = mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil)
	f.end = func() {
		for session := range server.Sessions() {
			_ = session.Close()
		}
	}
}

func (f *forgetful) close() {
	f.CloseClientConnections()
	f.end()
	f.Close()
}

// One line makes an existing client recover: the transport goes through Wrap.
func Example() {
	server := newForgetful()
	defer server.close()
	ctx := context.Background()

	transport := gosdk.Wrap(&mcp.StreamableClientTransport{Endpoint: server.URL}, nil)

	client := mcp.NewClient(&mcp.Implementation{Name: "example", Version: "1"}, nil)
	session, err := client.Connect(ctx, transport, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer session.Close()

	server.forget() // a deploy
	result, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "greet"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Content[0].(*mcp.TextContent).Text)
	// Output: hello
}

// A Session repairs what HTTP cannot, here a connection that was closed.
func ExampleConnect() {
	server := newForgetful()
	defer server.close()
	ctx := context.Background()

	client := mcp.NewClient(&mcp.Implementation{Name: "example", Version: "1"}, nil)
	transport := gosdk.Wrap(&mcp.StreamableClientTransport{Endpoint: server.URL}, nil)
	session, err := gosdk.Connect(ctx, client, func() mcp.Transport { return transport }, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer session.Close()

	_ = session.Current().Close() // as KeepAlive does when a ping is not answered
	err = session.DoRepeatable(ctx, func(ctx context.Context, cs *mcp.ClientSession) error {
		result, err := cs.CallTool(ctx, &mcp.CallToolParams{Name: "greet"})
		if err != nil {
			return err
		}
		fmt.Println(result.Content[0].(*mcp.TextContent).Text)
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: hello
}

// Classify says what to do about an error, whoever made it.
func ExampleClassify() {
	err := fmt.Errorf("calling: %w", &nethttp.Error{
		Class: classify.Transient, Reason: classify.RateLimited, Executed: classify.No, Due: time.Now().Add(time.Minute),
	})
	v := gosdk.Classify(err)
	fmt.Println(v.Class, v.Reason, v.Executed, v.RetryAfter.Round(time.Second))

	v = gosdk.Classify(errors.New("who knows"))
	fmt.Println(v.Class, v.Reason, v.Executed)
	// Output:
	// transient rate-limited no 1m0s
	// transient maybe-sent unknown
}
