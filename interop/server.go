//go:build interop

package main

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// runs counts how often tools ran, by the argument n of the calls.
type runs struct {
	mu    sync.Mutex
	count map[string]int
}

func (r *runs) ran(n string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count[n]++
}

func (r *runs) of(n string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count[n]
}

// server is one life of a server program.
type server struct {
	*process
	url string
}

const (
	startWithin = 60 * time.Second // for a program to start on a busy machine
	startTries  = 3                // another program may take a free port first
)

// startServer starts a server and waits until it listens. Its tools say "run N"
// on stdout when they begin.
func startServer(ctx context.Context, h house, k kind, stateless bool, r *runs) (*server, error) {
	var last error
	for range startTries {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		p, err := launch(k.name+" server", k.argv(h), serverEnv(port, stateless), func(line string) {
			if n, ok := strings.CutPrefix(line, "run "); ok {
				r.ran(n)
			}
		})
		if err != nil {
			return nil, err
		}
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		listening := await(ctx, startWithin, func() bool {
			conn, err := net.DialTimeout("tcp", addr, time.Second)
			if err == nil {
				conn.Close()
			}
			return err == nil || !p.running()
		})
		if listening && p.running() {
			return &server{process: p, url: "http://" + addr + "/mcp"}, nil
		}
		p.stop()
		last = fmt.Errorf("the %s server does not listen: %s", k.name, p.tail.String())
		if ctx.Err() != nil {
			break
		}
	}
	return nil, last
}
