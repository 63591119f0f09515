//go:build interop

package main

import (
	"context"
	"sync"
	"time"
)

// group is a client and a server, with or without mcprecover between them. Its
// cells are played one after the other, by the same programs as long as these
// live.
type group struct {
	house      house
	clientKind kind
	server     kind
	mode       string
	patience   time.Duration // a call that has no end by then hangs

	client    *client
	process   *server
	stateless bool // the process
	told      *runs
	seen      *runs // for servers that do not tell
}

// ran is how often the tool ran for a call.
func (g *group) ran(n string) int {
	if g.server.foreign {
		return g.seen.of(n)
	}
	return g.told.of(n)
}

// run plays the columns.
func (g *group) run(ctx context.Context, columns []fault) []cell {
	g.told, g.seen = &runs{count: map[string]int{}}, &runs{count: map[string]int{}}
	defer func() {
		if g.client != nil {
			g.client.stop()
		}
		if g.process != nil {
			g.process.stop()
		}
	}()
	var cells []cell
	for _, f := range columns {
		cells = append(cells, g.play(ctx, f))
	}
	for i := range cells {
		for _, c := range cells[i].Calls {
			c.Ran = g.ran(c.n)
		}
		cells[i].judge()
	}
	return cells
}

// runAll plays groups, some at a time, and tells of each that ended.
func runAll(ctx context.Context, groups []*group, columns []fault, atOnce int, ended func(*group, []cell)) {
	var wait sync.WaitGroup
	var mu sync.Mutex
	places := make(chan struct{}, atOnce)
	for _, g := range groups {
		places <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		wait.Go(func() {
			defer func() { <-places }()
			cells := g.run(ctx, columns)
			mu.Lock()
			defer mu.Unlock()
			ended(g, cells)
		})
	}
	wait.Wait()
}
