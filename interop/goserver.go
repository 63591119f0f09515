//go:build interop

package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	mcpgosdk "github.com/mark3labs/mcp-go/mcp"
	mcpgoserver "github.com/mark3labs/mcp-go/server"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// runServer is a server program in Go. Its tool count says on stdout that it
// runs, and takes ms milliseconds.
func runServer(sdk string) error {
	stateless := os.Getenv("MODE") == "stateless"
	var h http.Handler
	switch sdk {
	case "go-sdk":
		s := mcp.NewServer(&mcp.Implementation{Name: "interop", Version: "1"}, nil)
		type in struct {
			N  string `json:"n"`
			MS int    `json:"ms"`
		}
		mcp.AddTool(s, &mcp.Tool{Name: "count"}, func(ctx context.Context, _ *mcp.CallToolRequest, in in) (*mcp.CallToolResult, any, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: count(ctx, in.N, in.MS)}}}, nil, nil
		})
		h = mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s }, &mcp.StreamableHTTPOptions{Stateless: stateless})
	case "mcp-go":
		s := mcpgoserver.NewMCPServer("interop", "1", mcpgoserver.WithToolCapabilities(true))
		tool := mcpgosdk.NewTool("count", mcpgosdk.WithString("n"), mcpgosdk.WithNumber("ms"))
		s.AddTool(tool, func(ctx context.Context, req mcpgosdk.CallToolRequest) (*mcpgosdk.CallToolResult, error) {
			return mcpgosdk.NewToolResultText(count(ctx, req.GetString("n", ""), req.GetInt("ms", 0))), nil
		})
		if stateless {
			h = mcpgoserver.NewStreamableHTTPServer(s, mcpgoserver.WithStateLess(true))
		} else {
			h = mcpgoserver.NewStreamableHTTPServer(s, mcpgoserver.WithStateful(true))
		}
	default:
		return fmt.Errorf("server %q: give go-sdk or mcp-go", sdk)
	}
	mux := http.NewServeMux()
	mux.Handle("/mcp", h)
	return http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), mux)
}

func count(ctx context.Context, n string, ms int) string {
	fmt.Println("run " + n)
	select {
	case <-time.After(time.Duration(ms) * time.Millisecond):
	case <-ctx.Done():
	}
	return n
}
