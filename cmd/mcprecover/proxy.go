package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/mcprecover/mcprecover/adapters/proxy"
)

type proxyFlags struct {
	upstream, config, listen, policy, rules, trace, metrics, log string
	hosts                                                        []string
	heartbeat, drain                                             time.Duration
	verbose                                                      bool
}

func proxyCommand(p *process) *cobra.Command {
	var f proxyFlags
	c := &cobra.Command{
		Use:   "proxy {--upstream URL | --config FILE}",
		Short: "Repair the sessions of clients in any language",
		Long: `proxy stands before an MCP server. Clients connect to it instead, under the
path of the upstream URL, and need no change: lost sessions are renewed behind
their back, under the session id that they know. What cannot be saved is
answered with a JSON-RPC error that says why.

The first line on stdout is "listening on http://HOST:PORT/PATH". The proxy
starts also while the upstream is down.

With --config a YAML file says the same, and more: several upstreams, each under
a path of its own (and a line of its own on stdout), tokens from variables or
files, roots for TLS. docs/proxy.md describes it; the shortest one is

  upstreams:
    github: https://mcp.example.com/mcp    # clients find it at /github

SIGINT and SIGTERM end the proxy in order: /readyz says 503, new calls are
refused, running calls have --drain to end, streams end so that clients connect
again. A second signal ends it at once.`,
		Example: `  mcprecover proxy --upstream http://127.0.0.1:8080/mcp
  mcprecover proxy --upstream https://mcp.example.com/mcp --listen 127.0.0.1:7000 --policy policy.json --trace events.jsonl
  mcprecover proxy --config proxy.yaml --metrics 127.0.0.1:9464 --log json`,
		Args: flagsOnly,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := f.settings(p, c.Flags().Changed)
			if err != nil {
				return err
			}
			return p.proxy(c.Context(), s)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.upstream, "upstream", "", "`URL` of the MCP server, with its path")
	flags.StringVar(&f.config, "config", "", "YAML `FILE` that names several upstreams; flags win over what it says")
	flags.StringVar(&f.listen, "listen", "127.0.0.1:0", "`HOST:PORT` to listen on; port 0: any free one")
	flags.StringVar(&f.policy, "policy", "", "`FILE` with the policy of waits and limits, JSON or YAML, or the name of a preset (default: the built-in policy)")
	flags.StringVar(&f.rules, "rules", "", "JSON `FILE` with classifier rules, asked before the built-in ones")
	flags.StringVar(&f.trace, "trace", "", "`FILE` to append every step of the engine to, as JSON lines")
	flags.StringVar(&f.metrics, "metrics", "", "`HOST:PORT` to serve /metrics for Prometheus on, with /healthz and /readyz (default: nowhere)")
	flags.StringSliceVar(&f.hosts, "allow-host", nil, "`NAME` that clients may use in Host and Origin besides loopback names and that of --listen")
	flags.DurationVar(&f.heartbeat, "heartbeat", proxy.DefaultHeartbeat, "silence of `TIME` after which an event stream carries a comment; 0: never")
	flags.DurationVar(&f.drain, "drain", defaultDrain, "`TIME` that running calls have to end after a signal")
	flags.StringVar(&f.log, "log", "text", "`FORM` of the log on stderr: text or json")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "log every step of the engine")
	return c
}

// proxy runs the command until ctx ends.
func (p *process) proxy(ctx context.Context, s proxySettings) error {
	h, err := p.newHouse(&s)
	if err != nil {
		return err
	}
	defer h.close()
	return h.serve(ctx)
}
