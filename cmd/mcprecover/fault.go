package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mcprecover/mcprecover/faults"
)

type faultFlags struct {
	upstream, listen, plan string
	staleAt, status        int
	body                   string
	forced, worded         bool // --stale-at-post was given; --status or --body was
}

func faultCommand(p *process) *cobra.Command {
	var f faultFlags
	c := &cobra.Command{
		Use:   "fault --upstream URL",
		Short: "Make an MCP server go wrong on schedule",
		Long: `fault stands before an MCP server and makes it go wrong, so that clients can be
tried against it. With --stale-at-post N the session of the Nth POST is lost,
once: that POST, and whatever else names the session from then on, is answered
as by a server that does not know it. All POSTs that come to fault are counted,
from 1. The variable ` + faults.StaleAtPOST + ` does the same.

--plan takes a file with a schedule of faults instead:

  {"rules": [
    {"when": {"at": 3}, "what": {"stale": {"status": 404, "body": "session not found"}}},
    {"when": {"rpc_method": "tools/call", "every": 10}, "what": {"reset": {"after_run": true}}},
    {"when": {"http_method": "GET", "at": 1}, "what": {"cut": {"events": 2}}}
  ]}

  when   at N, from N, every N (from and every go together), counted over the
         POSTs, or over the requests with that http_method and rpc_method
  what   one of
         stale, forget, restart   status, content_type, body, header: lose the
                                  session, lose all, lose all and reset all
                                  connections; "{id}" in a body is the call's id
         answer                   the same fields: answer so, sessions are kept
         unavailable              requests or for, retry_after, status
         reset                    after_run
         cut                      events, mid, reset: of an event stream
         delay                    a duration, such as "2s"

The first line on stdout is "listening on http://HOST:PORT/PATH"; faults are
told on stderr. SIGINT and SIGTERM end it.`,
		Example: `  mcprecover fault --upstream http://127.0.0.1:8080/mcp --stale-at-post 3
  mcprecover fault --upstream http://127.0.0.1:8080/mcp --stale-at-post 3 --status 404 --body 'session not found'
  mcprecover fault --upstream http://127.0.0.1:8080/mcp --listen 127.0.0.1:7001 --plan faults.json`,
		Args: flagsOnly,
		RunE: func(c *cobra.Command, _ []string) error {
			f.forced = c.Flags().Changed("stale-at-post")
			f.worded = c.Flags().Changed("status") || c.Flags().Changed("body")
			return p.fault(c.Context(), f)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.upstream, "upstream", "", "`URL` of the MCP server, with its path")
	flags.StringVar(&f.listen, "listen", "127.0.0.1:0", "`HOST:PORT` to listen on; port 0: any free one")
	flags.StringVar(&f.plan, "plan", "", "JSON `FILE` with a schedule of faults")
	flags.IntVar(&f.staleAt, "stale-at-post", 0, "`N`umber of the POST that finds its session lost, from 1")
	flags.IntVar(&f.status, "status", faults.Seed.Status, "HTTP status `S` of the answers for the lost session")
	flags.StringVar(&f.body, "body", faults.Seed.Body, "`BODY` of these answers")
	return c
}

// fault runs the command until ctx ends.
func (p *process) fault(ctx context.Context, f faultFlags) error {
	upstream, err := parseUpstream(f.upstream)
	if err != nil {
		return err
	}
	plan, err := p.faultPlan(f)
	if err != nil {
		return err
	}
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxIdleConnsPerHost = idleConns
	defer base.CloseIdleConnections()
	inner, err := faults.Upstream(upstream, base, log.New(p.stderr, "", 0))
	if err != nil {
		return misuse{fmt.Errorf("--upstream: %w", bare(err))}
	}
	logger := slog.New(slog.NewTextHandler(p.stderr, nil))
	wrong, err := faults.New(faults.Config{Handler: inner, Plan: plan, Observer: func(e faults.Event) { tellFault(logger, e) }})
	if err != nil {
		return misuse{bare(err)}
	}
	l, err := open(ctx, f.listen)
	if err != nil {
		return err
	}
	if len(plan.Rules) == 0 {
		fmt.Fprintln(p.stderr, "mcprecover fault: warning: nothing will go wrong: give --stale-at-post or --plan")
	}
	path := upstream.EscapedPath()
	if path == "" {
		path = "/"
	}
	return p.serve(ctx, l, path, wrong)
}

// faultPlan is what the flags and the environment ask for.
func (p *process) faultPlan(f faultFlags) (faults.Plan, error) {
	answer := faults.Answer{Status: f.status, Body: f.body}
	forced := []faults.Rule{{When: faults.When{At: f.staleAt}, What: faults.What{Stale: &answer}}}
	if !f.forced {
		var err error
		if forced, err = faults.FromEnvironment(p.lookupEnv, answer); err != nil {
			return faults.Plan{}, misuse{bare(err)}
		}
	}
	switch {
	case f.forced && f.staleAt < 1:
		return faults.Plan{}, misusef("--stale-at-post %d: give the number of a POST, counted from 1", f.staleAt)
	case f.status < 200 || f.status > 599:
		return faults.Plan{}, misusef("--status %d: give an HTTP status from 200 to 599", f.status)
	case f.worded && forced == nil:
		return faults.Plan{}, misusef("--status and --body say how --stale-at-post answers: give that too")
	case f.plan == "":
		return faults.Plan{Rules: forced}, nil
	case f.forced:
		return faults.Plan{}, misusef("--plan and --stale-at-post: give one of them; in a plan it is %s", `{"when": {"at": N}, "what": {"stale": {}}}`)
	}
	text, err := readFile("--plan", f.plan)
	if err != nil {
		return faults.Plan{}, err
	}
	plan, err := faults.Decode(strings.NewReader(text))
	if err != nil {
		return faults.Plan{}, misuse{inEachLine("--plan: "+f.plan+": ", bare(err))}
	}
	plan.Rules = append(forced, plan.Rules...)
	return plan, nil
}

// bare leaves out the package's name, at which errors of its own would point.
func bare(err error) error {
	return errors.New(strings.ReplaceAll(strings.TrimPrefix(err.Error(), "faults: "), "\nfaults: ", "\n"))
}

// tellFault logs what went wrong on purpose.
func tellFault(l *slog.Logger, e faults.Event) {
	if e.Fault == "" {
		return
	}
	attrs := []any{"what", e.Fault, "request", fmt.Sprintf("%s %d", e.HTTPMethod, e.Number)}
	if e.RPCMethod != "" {
		attrs = append(attrs, "method", e.RPCMethod)
	}
	if e.Status != 0 {
		attrs = append(attrs, "status", e.Status)
	}
	l.Info("fault", attrs...)
}
