//go:build interop

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// order is one line to a client program, and report its answer to it.
type order struct {
	ID    int            `json:"id"`
	Do    string         `json:"do"` // connect, call, quit
	URL   string         `json:"url,omitempty"`
	Mode  string         `json:"mode,omitempty"` // for programs in Go: plain, recovering, or a broken one
	Tool  string         `json:"tool,omitempty"`
	Args  map[string]any `json:"args,omitempty"`
	Limit int            `json:"limit_ms,omitempty"` // what the program may wait at least
}

type report struct {
	ID    int    `json:"id"`
	OK    bool   `json:"ok"`
	Text  string `json:"text,omitempty"`
	Error string `json:"error,omitempty"`
}

// client is a client program. Each connect replaces its connection.
type client struct {
	*process
	mu    sync.Mutex
	last  int
	waits map[int]chan report
}

func startClient(h house, k kind) (*client, error) {
	c := &client{waits: map[int]chan report{}}
	p, err := launch(k.name+" client", k.argv(h), append(os.Environ(), "PYTHONUNBUFFERED=1"), c.heard)
	if err != nil {
		return nil, err
	}
	c.process = p
	return c, nil
}

func (c *client) heard(line string) {
	var r report
	if json.Unmarshal([]byte(line), &r) != nil {
		return // a library's chatter
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if ch, ok := c.waits[r.ID]; ok {
		delete(c.waits, r.ID)
		ch <- r
	}
}

var errHang = errors.New("no answer within the limit")

// ask waits for the report on an order.
func (c *client) ask(ctx context.Context, within time.Duration, o order) (report, error) {
	ch := make(chan report, 1)
	c.mu.Lock()
	c.last++
	o.ID = c.last
	o.Limit = int((2 * within).Milliseconds()) // so that the harness is the first to lose patience
	c.waits[o.ID] = ch
	line, err := json.Marshal(o)
	if err == nil {
		_, err = c.stdin.Write(append(line, '\n'))
	}
	c.mu.Unlock()
	if err != nil {
		return report{}, fmt.Errorf("the client program has ended: %w", err)
	}
	timeout := time.NewTimer(within)
	defer timeout.Stop()
	select {
	case r := <-ch:
		return r, nil
	case <-c.ended:
		return report{Error: "the client program has ended: " + c.tail.String()}, nil
	case <-timeout.C:
		return report{}, errHang
	case <-ctx.Done():
		return report{}, ctx.Err()
	}
}
