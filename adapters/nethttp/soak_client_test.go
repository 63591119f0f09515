package nethttp_test

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/classify"
)

// soakClient is what raw and SDK clients have in common.
type soakClient struct {
	*account
	place  *place
	rt     http.RoundTripper
	hints  *hints
	random *rand.Rand
}

// isChallenge: the one failure that goes up raw, since the client must see it.
func isChallenge(resp *http.Response) bool {
	return resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden
}

// errs judges a call's error.
func (c *soakClient) errs(call *tracked, err error) {
	var e *nethttp.Error
	if errors.As(err, &e) && e.Class == classify.Auth {
		c.challenged.Store(true)
	}
	call.errs(err)
}

// pauses lets a client think, on average for mean.
func (c *soakClient) pauses(over <-chan struct{}, mean time.Duration) {
	timer := time.NewTimer(time.Duration(c.random.Int64N(2 * int64(mean))))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-over:
	}
}

// works makes a call that must succeed at last, now that the server is well.
func (c *soakClient) works(call func() error) {
	var err error
	for range 20 {
		if err = call(); err == nil {
			return
		}
		c.pauses(nil, 200*time.Millisecond)
	}
	c.violated("%s: its session does not work again: %v", c.name, err)
}

// burst is how many calls a client makes at once.
func (c *soakClient) burst() int {
	if c.random.IntN(8) > 0 {
		return 1
	}
	return 2 + c.random.IntN(4)
}

// deadline is a call's own; 0: none.
func (c *soakClient) deadline() time.Duration {
	switch c.random.IntN(20) {
	case 0, 1:
		return time.Duration(1+c.random.IntN(50)) * time.Millisecond
	case 2, 3, 4:
		return 0
	}
	return 10 * time.Second
}

// hints are the tools that are safe to run twice, as tools/list says.
type hints struct{ tools sync.Map }

func (h *hints) learn(tool string, readOnly bool) {
	if readOnly {
		h.tools.Store(tool, true)
	}
}

func (h *hints) safe(tool string) bool {
	_, ok := h.tools.Load(tool)
	return ok
}

func isOver(over <-chan struct{}) bool {
	select {
	case <-over:
		return true
	default:
		return false
	}
}
