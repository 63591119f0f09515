package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	vm "github.com/VictoriaMetrics/metrics"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/adapters/proxy"
)

const (
	// dialTime bounds the look at an upstream when the proxy starts.
	dialTime = 2 * time.Second

	// idleConns is how many idle connections are kept to an upstream: net/http's
	// default of 2 makes a proxy dial for nearly every call of a busy client.
	idleConns = 100
)

// house is a running proxy: its doors, and the engine behind each of them.
type house struct {
	p       *process
	s       *proxySettings
	log     *slog.Logger
	metrics *proxy.Metrics
	front   interface { // one proxy.Proxy, or proxy.Routes
		http.Handler
		Drain(context.Context) (cut int)
	}
	paths  []string // where clients find the upstreams
	closes []func()
}

// newHouse builds what the settings say. It listens nowhere yet.
func (p *process) newHouse(s *proxySettings) (_ *house, err error) {
	vm.ExposeMetadata(true) // TYPE lines: without them collectors take histograms for plain numbers
	h := &house{p: p, s: s, log: p.logger(s), metrics: proxy.NewMetrics()}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	record, closeTrace, err := openTrace(s.trace, slog.NewLogLogger(h.log.Handler(), slog.LevelError).Writer())
	if err != nil {
		return nil, err
	}
	h.closes = append(h.closes, func() { _ = closeTrace() })
	var doors []*proxy.Proxy
	for i := range s.upstreams {
		door, err := h.door(&s.upstreams[i], record)
		if err != nil {
			return nil, misuse{fmt.Errorf("--upstream: %w", err)}
		}
		doors = append(doors, door)
		h.paths = append(h.paths, door.Path())
	}
	if len(doors) == 1 && s.upstreams[0].path == "" {
		h.front = doors[0]
		return h, nil
	}
	h.front, err = proxy.NewRoutes(doors...)
	return h, err
}

// door makes the way to an upstream: the door, the engine, the connections.
func (h *house) door(u *proxyUpstream, record func(nethttp.Event)) (*proxy.Proxy, error) {
	log := h.log.With("upstream", u.name)
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxIdleConnsPerHost = idleConns
	if u.roots != nil {
		base.TLSClientConfig = &tls.Config{RootCAs: u.roots}
	}
	h.closes = append(h.closes, base.CloseIdleConnections)

	tell, count := nethttp.LogTo(log), h.metrics.Observer(u.name)
	engine := &nethttp.Transport{Base: base, Policy: u.policy, Rules: u.rules, Shared: true, Observer: func(e nethttp.Event) {
		record(e)
		tell(e)
		count(e)
	}}
	h.closes = append(h.closes, func() { _ = engine.Close() })
	config := proxy.Config{
		Upstream: u.url, Path: u.path, Transport: engine, Hosts: h.s.names(), Heartbeat: h.s.heartbeat,
		Metrics: h.metrics, Name: u.name, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	if config.Heartbeat == 0 {
		config.Heartbeat = -1
	}
	if len(u.headers) > 0 {
		engine.Base = &injector{base, u.url, u.headers}
		for _, i := range u.headers {
			i.tell = func(what, trouble string) { log.Warn(what, "header", i.name, "err", trouble) }
		}
		config.Inject = func(to http.Header) {
			for _, i := range u.headers {
				i.set(to)
			}
		}
	}
	return proxy.New(config)
}

// close ends engines and connections, last ones first.
func (h *house) close() {
	for i := len(h.closes) - 1; i >= 0; i-- {
		h.closes[i]()
	}
}

// look warns where an upstream is not there: the proxy serves all the same,
// since a client's session should outlive the order in which things are started.
func (h *house) look(ctx context.Context, u *proxyUpstream) {
	if via, err := http.ProxyFromEnvironment(&http.Request{URL: u.url}); via != nil || err != nil {
		return // only that proxy can reach it
	}
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", hostPort(u.url))
	if err == nil {
		conn.Close()
		return
	}
	if !errors.Is(context.Cause(ctx), context.Canceled) {
		h.log.Warn("the upstream is not reachable yet: calls wait for it, then are answered with errors", "upstream", u.name, "err", err)
	}
}

func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	return net.JoinHostPort(u.Hostname(), u.Scheme)
}

// logger writes the proxy's log.
func (p *process) logger(s *proxySettings) *slog.Logger {
	options := &slog.HandlerOptions{Level: s.logLevel}
	if s.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(p.stderr, options))
	}
	return slog.New(slog.NewTextHandler(p.stderr, options))
}
