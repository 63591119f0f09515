//go:build interop

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mcprecover/mcprecover/adapters/proxy"
)

const (
	callWithin    = 45 * time.Second // mcprecover's patience is 30 s
	connectWithin = 30 * time.Second
	listenWithin  = 2 * time.Second // for a client to open its listening stream, if it has one
)

var errNeverRan = errors.New("the slow tool never ran")

// play is one cell while it is played: a client connects, calls, meets a fault,
// and calls once more.
type play struct {
	ctx   context.Context
	group *group
	front *front
	calls []*call
	under sync.WaitGroup
}

// call is one tool call and its end.
type call struct {
	Name   string `json:"name"`
	End    string `json:"end"` // answer, error or hang
	Text   string `json:"text"`
	MS     int64  `json:"ms"`
	Ran    int    `json:"ran"`
	n      string
	closed atomic.Bool
}

func (c *call) over() bool { return c.closed.Load() }

var callNumber atomic.Int64

// call begins a tool call that runs for ms milliseconds.
func (p *play) call(name string, ms int) *call {
	c := &call{Name: name, n: fmt.Sprintf("n%d", callNumber.Add(1))}
	p.calls = append(p.calls, c)
	tool, args := p.group.server.tool(c.n, ms)
	p.under.Go(func() {
		defer c.closed.Store(true)
		begun := time.Now()
		r, err := p.group.client.ask(p.ctx, p.group.patience, order{Do: "call", Tool: tool, Args: args})
		c.MS = time.Since(begun).Milliseconds()
		switch {
		case errors.Is(err, errHang):
			c.End = "hang"
		case err != nil:
			c.End, c.Text = "error", err.Error()
		case r.OK:
			c.End, c.Text = "answer", r.Text
		default:
			c.End, c.Text = "error", r.Error
		}
	})
	return c
}

func (p *play) wait() { p.under.Wait() }

// pause lets an outage last.
func (p *play) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-p.ctx.Done():
	}
}

// swap puts a new server process behind the front.
func (p *play) swap(stateless bool) error {
	old := p.group.process
	next, err := startServer(p.ctx, p.group.house, p.group.server, stateless, p.group.told)
	if err != nil {
		return err
	}
	p.group.process, p.group.stateless = next, stateless
	if err := p.front.turn(next.url); err != nil {
		return err
	}
	old.stop()
	return nil
}

// play plays a cell. What became of it is judged when the group has ended, so
// that a tool which runs again late is seen.
func (g *group) play(ctx context.Context, f fault) (c cell) {
	c = cell{Client: g.clientKind.name, Server: g.server.name, Fault: f.name, Mode: g.mode}
	if f.stateless && !g.server.stateless {
		c.Word = notApplicable
		return c
	}
	p := &play{ctx: ctx, group: g}
	fail := func(err error) cell {
		c.Word, c.Note = noStart, err.Error()
		return c
	}
	if err := g.ready(ctx); err != nil {
		return fail(err)
	}
	var err error
	if p.front, err = newFront(g.process.url, g.seen); err != nil {
		return fail(err)
	}
	defer p.front.down()
	at, stop, err := g.door(ctx, p.front.url)
	if err != nil {
		return fail(err)
	}
	defer stop()

	r, err := g.client.ask(ctx, connectWithin, order{Do: "connect", URL: at, Mode: g.mode})
	if err == nil && !r.OK {
		err = errors.New(r.Error)
	}
	if err != nil {
		g.client.stop() // its state is unknown
		return fail(fmt.Errorf("connect: %w", err))
	}
	before := p.call("before", 0)
	p.wait()
	if before.End != "answer" {
		g.client.stop()
		return fail(fmt.Errorf("the call before the fault: %s %s", before.End, before.Text))
	}
	c.Listened = await(ctx, listenWithin, func() bool { return p.front.streams.Load() > 0 })
	if err := f.do(p); err != nil {
		p.wait()
		return fail(err)
	}
	p.wait()
	next := p.call("next", 0)
	p.wait()
	if next.End == "hang" || !g.client.running() {
		g.client.stop()
	}
	c.Calls = p.calls
	return c
}

// ready starts what does not run.
func (g *group) ready(ctx context.Context) (err error) {
	if g.process == nil || !g.process.running() || g.stateless {
		if g.process != nil {
			g.process.stop()
		}
		if g.process, err = startServer(ctx, g.house, g.server, false, g.told); err != nil {
			return err
		}
		g.stateless = false
	}
	if g.client == nil || !g.client.running() {
		g.client, err = startClient(g.house, g.clientKind)
	}
	return err
}

// door is the URL that the client gets: the front's own, or that of a proxy
// before it.
func (g *group) door(ctx context.Context, upstream string) (at string, stop func(), err error) {
	switch {
	case g.clientKind.isGo() || g.mode == plain:
		return upstream, func() {}, nil
	case g.mode == recovering:
		return startProxy(ctx, g.house, upstream)
	}
	u, err := url.Parse(upstream)
	if err != nil {
		return "", nil, err
	}
	h, err := proxy.New(proxy.Config{Upstream: u, Transport: broken{g.mode}})
	if err != nil {
		return "", nil, err
	}
	s := httptest.NewServer(http.Handler(h))
	return s.URL + "/mcp", func() { s.CloseClientConnections(); s.Close() }, nil
}

// startProxy starts the command's proxy.
func startProxy(ctx context.Context, h house, upstream string) (at string, stop func(), err error) {
	first := make(chan string, 1)
	p, err := launch("proxy", []string{h.command, "proxy", "--upstream", upstream}, nil, func(line string) {
		select {
		case first <- line:
		default:
		}
	})
	if err != nil {
		return "", nil, err
	}
	limit := time.NewTimer(startWithin)
	defer limit.Stop()
	select {
	case line := <-first:
		return strings.TrimPrefix(line, "listening on "), p.stop, nil
	case <-p.ended:
		return "", nil, fmt.Errorf("the proxy ended: %s", p.tail.String())
	case <-limit.C:
	case <-ctx.Done():
	}
	p.stop()
	return "", nil, errors.New("the proxy does not listen")
}
