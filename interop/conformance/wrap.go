//go:build ignore

// This file is built together with the main.go of go-sdk's own conformance
// client, whose transport it puts the engine under.
package main

import (
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcprecover/mcprecover/adapters/gosdk"
)

func wrap(c *mcp.Client, t *mcp.StreamableClientTransport) *mcp.StreamableClientTransport {
	c.AddSendingMiddleware(gosdk.Middleware)
	return gosdk.Wrap(t, nil)
}
