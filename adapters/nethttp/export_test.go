package nethttp

import "net/http"

// Unfence lets answers to a server's questions reach whatever session there is,
// to show what the fence is for.
func Unfence(t *Transport) { t.unfenced = true }

// IsResponse reports whether a POST carries a JSON-RPC response.
func IsResponse(req *http.Request) bool { return scanRequest(req).response() }
