package gosdk

import (
	"runtime"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Connect remembers its clients without keeping them alive.
func TestAttendedClientsAreForgottenWithTheirLastUse(t *testing.T) {
	kept := mcp.NewClient(&mcp.Implementation{Name: "kept"}, nil)
	known := func() int {
		attended.Lock()
		defer attended.Unlock()
		return len(attended.clients)
	}
	before := known()
	attend(kept)
	attend(kept)
	for range 100 {
		attend(mcp.NewClient(&mcp.Implementation{Name: "dropped"}, nil))
	}
	for range 1_000 {
		if runtime.GC(); known() <= before+1 {
			break
		}
	}
	if got := known(); got > before+1 {
		t.Errorf("%d clients are remembered, want only the one that is in use", got-before)
	}
	runtime.KeepAlive(kept)
}
