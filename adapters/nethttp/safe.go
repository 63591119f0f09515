package nethttp

import (
	"encoding/json"
	"strings"
)

// safe reports whether running a call twice is assumed to do no harm: by the
// method's meaning in the MCP specification, or for a tool by SafeTool.
func (t *Transport) safe(m message) bool {
	if !m.call() {
		return false
	}
	switch method := string(m.method); method {
	case "initialize", "server/discover", "ping", "resources/read", "prompts/get", "completion/complete":
		return true
	case "tools/call":
		return t.SafeTool != nil && t.SafeTool(m.tool())
	default:
		return strings.HasSuffix(method, "/list")
	}
}

// tool is the name in the params of tools/call; "" if there is none.
func (m message) tool() string {
	var name string
	_ = json.Unmarshal(member(m.params, "name"), &name)
	return name
}
