package mcpgo_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/mcprecover/mcprecover/adapters/mcpgo"
)

// forgetful is an MCP server with one tool, "greet", that can forget its
// sessions, as a deploy makes a server do.
type forgetful struct {
	*httptest.Server
	mu    sync.Mutex
	inner http.Handler
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
	s := server.NewMCPServer("forgetful", "1")
	s.AddTool(mcp.NewTool("greet"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText("hello"), nil
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.inner = server.NewStreamableHTTPServer(s, server.WithStateful(true))
}

// greet calls the tool and prints what it says.
func greet(ctx context.Context, c *client.Client) error {
	var req mcp.CallToolRequest
	req.Params.Name = "greet"
	result, err := c.CallTool(ctx, req)
	if err != nil {
		return err
	}
	fmt.Println(result.Content[0].(mcp.TextContent).Text)
	return nil
}

// A transport of New in place of transport.NewStreamableHTTP makes a client
// recover.
func Example() {
	backend := newForgetful()
	defer backend.Close()
	ctx := context.Background()

	transport, err := mcpgo.New(backend.URL, nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	c := client.NewClient(transport, client.WithProtocolVersion("2025-11-25"))
	defer c.Close()
	if err := c.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	if _, err := c.Initialize(ctx, mcp.InitializeRequest{}); err != nil {
		fmt.Println(err)
		return
	}

	backend.forget() // a deploy
	if err := greet(ctx, c); err != nil {
		fmt.Println(err)
	}
	// Output: hello
}

// A Session repairs what HTTP cannot, by a new client in place of a second
// Initialize.
func ExampleConnect() {
	backend := newForgetful()
	defer backend.Close()
	ctx := context.Background()

	through := mcpgo.Client(nil, nil) // one engine for all its connections
	session, err := mcpgo.Connect(ctx, func() (*client.Client, error) {
		transport, err := mcpgo.New(backend.URL, through, nil)
		if err != nil {
			return nil, err
		}
		return client.NewClient(transport, client.WithProtocolVersion("2025-11-25")), nil
	}, mcp.InitializeRequest{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer session.Close()

	if err := session.Do(ctx, greet); err != nil {
		fmt.Println(err)
	}
	// Output: hello
}
