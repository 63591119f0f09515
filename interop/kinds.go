//go:build interop

package main

import (
	"os"
	"path/filepath"
	"strconv"
)

// house is where the programs of other languages are installed, by the script
// run, and where the command is.
type house struct {
	cache   string // folder
	command string // mcprecover's program
	self    string // this program
}

// kind is a client or a server: an SDK with a small program of ours around it.
type kind struct {
	name  string
	needs string                 // what must be there to run it, relative to the cache; "": Go alone
	argv  func(h house) []string // of the program

	// Of servers only.
	stateless bool // it can be started without sessions
	foreign   bool // it is not ours: its tools do not tell of their runs, and are named otherwise
}

const (
	node   = "npm/node_modules/node/bin/node"
	python = "python/bin/python"
)

func ours(role, sdk string) func(house) []string {
	return func(h house) []string { return []string{h.self, role, sdk} }
}

func inCache(parts ...string) func(house) []string {
	return func(h house) []string {
		argv := make([]string, len(parts))
		for i, p := range parts {
			argv[i] = filepath.Join(h.cache, p)
		}
		return argv
	}
}

var clients = []kind{
	{name: "go-sdk", argv: ours("client", "go-sdk")},
	{name: "mcp-go", argv: ours("client", "mcp-go")},
	{name: "typescript", needs: node, argv: inCache(node, "npm/client.mjs")},
	{name: "python", needs: python, argv: inCache(python, "python/client.py")},
	{name: "rmcp", needs: "rust/release/client", argv: inCache("rust/release/client")},
}

var servers = []kind{
	{name: "go-sdk", stateless: true, argv: ours("server", "go-sdk")},
	{name: "mcp-go", stateless: true, argv: ours("server", "mcp-go")},
	{name: "everything", needs: node, foreign: true,
		argv: inCache(node, "npm/node_modules/@modelcontextprotocol/server-everything/dist/transports/streamableHttp.js")},
	{name: "fastmcp", needs: python, stateless: true, argv: inCache(python, "python/server_fastmcp.py")},
	{name: "python", needs: python, stateless: true, argv: inCache(python, "python/server_mcp.py")},
	{name: "rmcp", needs: "rust/release/server", stateless: true, argv: inCache("rust/release/server")},
}

// present reports whether what the kind needs is installed.
func (k kind) present(h house) bool {
	if k.needs == "" {
		return true
	}
	_, err := os.Stat(filepath.Join(h.cache, k.needs))
	return err == nil
}

// isGo: the client has mcprecover inside; the others have the proxy before them.
func (k kind) isGo() bool { return k.needs == "" }

// tool is the call that makes the server run something, named n, for ms
// milliseconds.
func (k kind) tool(n string, ms int) (name string, args map[string]any) {
	switch {
	case !k.foreign:
		return "count", map[string]any{"n": n, "ms": ms}
	case ms > 0:
		return "trigger-long-running-operation", map[string]any{"duration": float64(ms) / 1000, "steps": 1, "n": n}
	}
	return "echo", map[string]any{"message": n, "n": n}
}

func names(kinds []kind) []string {
	var all []string
	for _, k := range kinds {
		all = append(all, k.name)
	}
	return all
}

// serverEnv is how a server program learns what to do.
func serverEnv(port int, stateless bool) []string {
	mode := "sessions"
	if stateless {
		mode = "stateless"
	}
	return append(os.Environ(), "PORT="+strconv.Itoa(port), "MODE="+mode, "PYTHONUNBUFFERED=1")
}
