package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/adapters/proxy"
)

// dialTime bounds the look at the upstream when the proxy starts.
const dialTime = 2 * time.Second

// idleConns is how many idle connections are kept to the upstream: net/http's
// default of 2 makes a proxy dial for nearly every call of a busy client.
const idleConns = 100

type proxyFlags struct {
	upstream, listen, policy, rules, trace string
	hosts                                  []string
}

func proxyCommand(p *process) *cobra.Command {
	var f proxyFlags
	c := &cobra.Command{
		Use:   "proxy --upstream URL",
		Short: "Repair the sessions of clients in any language",
		Long: `proxy stands before an MCP server. Clients connect to it instead, under the
path of the upstream URL, and need no change: lost sessions are renewed behind
their back, under the session id that they know. What cannot be saved is
answered with a JSON-RPC error that says why.

The first line on stdout is "listening on http://HOST:PORT/PATH". The proxy
starts also while the upstream is down. SIGINT and SIGTERM end it.`,
		Example: `  mcprecover proxy --upstream http://127.0.0.1:8080/mcp
  mcprecover proxy --upstream https://mcp.example.com/mcp --listen 127.0.0.1:7000 --policy policy.json --trace events.jsonl`,
		Args: flagsOnly,
		RunE: func(c *cobra.Command, _ []string) error { return p.proxy(c.Context(), f) },
	}
	flags := c.Flags()
	flags.StringVar(&f.upstream, "upstream", "", "`URL` of the MCP server, with its path")
	flags.StringVar(&f.listen, "listen", "127.0.0.1:0", "`HOST:PORT` to listen on; port 0: any free one")
	flags.StringVar(&f.policy, "policy", "", "`FILE` with the policy of waits and limits, JSON or YAML, or the name of a preset (default: the built-in policy)")
	flags.StringVar(&f.rules, "rules", "", "JSON `FILE` with classifier rules, asked before the built-in ones")
	flags.StringVar(&f.trace, "trace", "", "`FILE` to append every step of the engine to, as JSON lines")
	flags.StringSliceVar(&f.hosts, "allow-host", nil, "`NAME` that clients may use in Host and Origin besides loopback names and that of --listen")
	return c
}

// proxy runs the command until ctx ends.
func (p *process) proxy(ctx context.Context, f proxyFlags) error {
	upstream, err := parseUpstream(f.upstream)
	if err != nil {
		return err
	}
	policy, err := readPolicy(f.policy)
	if err != nil {
		return err
	}
	rules, err := readRules(f.rules)
	if err != nil {
		return err
	}
	record, closeTrace, err := openTrace(f.trace, p.stderr)
	if err != nil {
		return err
	}
	defer closeTrace()

	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxIdleConnsPerHost = idleConns
	defer base.CloseIdleConnections()
	tell := told(p.stderr)
	engine := &nethttp.Transport{Base: base, Policy: policy, Rules: rules, Shared: true, Observer: func(e nethttp.Event) {
		record(e)
		tell(e)
	}}
	defer engine.Close()

	hosts := f.hosts
	if host, _, err := net.SplitHostPort(f.listen); err == nil {
		hosts = append(hosts, host)
	}
	handler, err := proxy.New(proxy.Config{
		Upstream: upstream, Transport: engine, Hosts: hosts, ErrorLog: log.New(p.stderr, "", 0),
	})
	if err != nil {
		return misuse{fmt.Errorf("--upstream: %w", err)}
	}
	l, err := open(ctx, f.listen)
	if err != nil {
		return err
	}

	var looking sync.WaitGroup
	defer looking.Wait()
	looking.Go(func() { p.look(ctx, upstream) })
	return p.serve(ctx, l, handler.Path(), handler)
}

// look warns where the upstream is not there: the proxy serves all the same,
// since a client's session should outlive the order in which things are started.
func (p *process) look(ctx context.Context, upstream *url.URL) {
	if via, err := http.ProxyFromEnvironment(&http.Request{URL: upstream}); via != nil || err != nil {
		return // only that proxy can reach it
	}
	addr := upstream.Host
	if upstream.Port() == "" {
		addr = net.JoinHostPort(upstream.Hostname(), upstream.Scheme)
	}
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err == nil {
		conn.Close()
		return
	}
	if context.Cause(ctx) != context.Canceled {
		fmt.Fprintf(p.stderr, "mcprecover proxy: warning: the upstream is not reachable yet: %v; calls are answered with errors until it is\n", err)
	}
}
