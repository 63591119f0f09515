//go:build interop

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	mcpgoclient "github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	mcpgosdk "github.com/mark3labs/mcp-go/mcp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcprecover/mcprecover/adapters/gosdk"
	"github.com/mcprecover/mcprecover/adapters/mcpgo"
)

// revision is the last one with sessions. All clients are pinned to it: without
// sessions there is nothing to lose.
const revision = "2025-11-25"

// connection is one of an SDK's client.
type connection interface {
	call(ctx context.Context, tool string, args map[string]any) (string, error)
	close() error
}

// runClient is a client program in Go: orders on stdin, reports on stdout.
func runClient(sdk string) error {
	connect := map[string]func(context.Context, string, string) (connection, error){"go-sdk": connectGoSDK, "mcp-go": connectMCPGo}[sdk]
	if connect == nil {
		return fmt.Errorf("client %q: give go-sdk or mcp-go", sdk)
	}
	var mu sync.Mutex
	var now connection
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var o order
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			return err
		}
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(o.Limit)*time.Millisecond)
			defer cancel()
			var text string
			var err error
			switch o.Do {
			case "connect":
				mu.Lock()
				if now != nil {
					go now.close()
				}
				now, err = connect(ctx, o.URL, o.Mode)
				mu.Unlock()
			case "call":
				mu.Lock()
				c := now
				mu.Unlock()
				if c == nil {
					err = errors.New("not connected")
					break
				}
				text, err = c.call(ctx, o.Tool, o.Args)
			default:
				err = fmt.Errorf("unknown order %q", o.Do)
			}
			r := report{ID: o.ID, OK: err == nil, Text: text}
			if err != nil {
				r.Error = err.Error()
			}
			mu.Lock()
			defer mu.Unlock()
			_ = out.Encode(r)
		}()
	}
	return lines.Err()
}

type goSDK struct{ session *mcp.ClientSession }

func connectGoSDK(ctx context.Context, url, mode string) (connection, error) {
	c := mcp.NewClient(&mcp.Implementation{Name: "interop", Version: "1"}, nil)
	t := &mcp.StreamableClientTransport{Endpoint: url}
	switch mode {
	case plain:
	case recovering:
		t = gosdk.Wrap(t, nil)
		c.AddSendingMiddleware(gosdk.Middleware)
	default:
		t.HTTPClient = &http.Client{Transport: broken{mode}}
	}
	s, err := c.Connect(ctx, t, &mcp.ClientSessionOptions{ProtocolVersion: revision})
	if err != nil {
		return nil, err
	}
	return goSDK{s}, nil
}

func (c goSDK) call(ctx context.Context, tool string, args map[string]any) (string, error) {
	res, err := c.session.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		return "", err
	}
	text, _ := res.Content[0].(*mcp.TextContent)
	if res.IsError {
		return "", fmt.Errorf("the tool failed: %s", text.Text)
	}
	return text.Text, nil
}

func (c goSDK) close() error { return c.session.Close() }

type mcpGo struct{ client *mcpgoclient.Client }

func connectMCPGo(ctx context.Context, url, mode string) (connection, error) {
	//lint:ignore SA1019 the stream that it opens is one of the things to lose
	listening := transport.WithContinuousListening()
	var t transport.Interface
	var err error
	switch mode {
	case plain:
		t, err = transport.NewStreamableHTTP(url, listening)
	case recovering:
		t, err = mcpgo.New(url, nil, nil, listening)
	default:
		t, err = transport.NewStreamableHTTP(url, listening, transport.WithHTTPBasicClient(&http.Client{Transport: broken{mode}}))
	}
	if err != nil {
		return nil, err
	}
	c := mcpgoclient.NewClient(t, mcpgoclient.WithProtocolVersion(revision))
	if err := c.Start(context.Background()); err != nil { // the listening stream lives on it
		return nil, err
	}
	if _, err := c.Initialize(ctx, mcpgosdk.InitializeRequest{}); err != nil {
		_ = c.Close()
		return nil, err
	}
	return mcpGo{c}, nil
}

func (c mcpGo) call(ctx context.Context, tool string, args map[string]any) (string, error) {
	var req mcpgosdk.CallToolRequest
	req.Params.Name, req.Params.Arguments = tool, args
	res, err := c.client.CallTool(ctx, req)
	if err != nil {
		return "", err
	}
	text, _ := res.Content[0].(mcpgosdk.TextContent)
	if res.IsError {
		return "", fmt.Errorf("the tool failed: %s", text.Text)
	}
	return text.Text, nil
}

func (c mcpGo) close() error { return c.client.Close() }
