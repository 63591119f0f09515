package door

import (
	"net/url"
	"sync"
)

// maxHints bounds the tools that hints are remembered of; of further ones none
// is assumed safe.
const maxHints = 10_000

// hints are what the tools/list answers of a server say about repeating its
// tools. They hold for one endpoint: two servers may give one name to two
// tools, and nethttp.Transport.SafeTool is asked by name alone. Once requests
// went to a second endpoint, no tool is safe any more.
type hints struct {
	mu     sync.Mutex
	at     endpoint // of all requests so far
	mixed  bool     // there were others
	byName map[string]bool
	met    map[string]string // what a server last said of itself, by the method that asked
}

type endpoint struct{ scheme, host, path string }

func endpointOf(u *url.URL) endpoint { return endpoint{u.Scheme, u.Host, u.Path} }

// meant notes where a request goes.
func (h *hints) meant(u *url.URL) {
	at := endpointOf(u)
	h.mu.Lock()
	defer h.mu.Unlock()
	switch h.at {
	case at:
	case endpoint{}:
		h.at = at
	default:
		h.mixed, h.byName = true, nil
	}
}

// learn takes a page of tools/list.
func (h *hints) learn(first bool, safe map[string]bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.mixed {
		return
	}
	if first || h.byName == nil {
		h.byName = make(map[string]bool, len(safe))
	}
	for name, ok := range safe {
		if _, known := h.byName[name]; known || len(h.byName) < maxHints {
			h.byName[name] = ok
		}
	}
}

// meet notes what a server says of itself to a new connection. A server that
// says something else is another one.
func (h *hints) meet(method, said string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.met == nil {
		h.met = make(map[string]string)
	}
	if h.met[method] != said && h.byName != nil {
		h.byName = nil
		clear(h.met) // the one before said so, by either method
	}
	h.met[method] = said
}

// safe is a nethttp.Transport's SafeTool.
func (h *hints) safe(name string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.byName[name]
}

// forget empties the hints: another server answers now.
func (h *hints) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.byName = nil
}
