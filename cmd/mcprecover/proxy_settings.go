package main

import (
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"time"

	"github.com/mcprecover/mcprecover/adapters/proxy"
	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

const (
	// defaultDrain fits into the 10 s that docker stop leaves a process.
	defaultDrain = 8 * time.Second
	maxDrain     = time.Hour

	minHeartbeat = time.Second
	maxHeartbeat = time.Hour
)

// proxySettings is what the proxy command runs by, from flags or a file.
type proxySettings struct {
	listen, metrics, trace string
	hosts                  []string
	heartbeat              time.Duration // 0: none
	drain                  time.Duration
	logFormat              string // text or json
	logLevel               slog.Level
	upstreams              []proxyUpstream
}

// proxyUpstream is one server. Its path is where clients find it; "": the URL's.
type proxyUpstream struct {
	name, path string
	url        *url.URL
	roots      *x509.CertPool // nil: the system's
	headers    []*injected
	policy     *policy.Policy
	rules      classify.Rules
}

func defaultProxySettings() proxySettings {
	return proxySettings{
		listen: "127.0.0.1:0", heartbeat: proxy.DefaultHeartbeat, drain: defaultDrain, logFormat: "text", logLevel: slog.LevelInfo,
	}
}

// settings are those of the flags: of the file they name, if they name one,
// with the flags that were given on top.
func (f *proxyFlags) settings(p *process, given func(flag string) bool) (proxySettings, error) {
	s := defaultProxySettings()
	switch {
	case f.config == "" && f.upstream == "":
		return s, misusef("--upstream is missing: give the URL of an MCP server, such as http://127.0.0.1:8080/mcp, or --config FILE")
	case f.config != "" && f.upstream != "":
		return s, misusef("--config and --upstream: give one of them; in the file it is  upstreams: {NAME: URL}")
	case f.config != "" && (f.policy != "" || f.rules != ""):
		return s, misusef("--policy and --rules go with --upstream; a --config file names its own")
	case f.config != "":
		var err error
		if s, err = readProxyConfig(f.config, p.lookupEnv); err != nil {
			return s, err
		}
	default:
		u := proxyUpstream{name: "upstream"}
		var err [3]error
		u.url, err[0] = parseUpstream(f.upstream)
		u.policy, err[1] = readPolicy(f.policy)
		u.rules, err[2] = readRules(f.rules)
		if err := errors.Join(err[:]...); err != nil {
			return s, err
		}
		s.upstreams = []proxyUpstream{u}
	}
	if given("listen") {
		s.listen = f.listen
	}
	if given("metrics") {
		s.metrics = f.metrics
	}
	if given("trace") {
		s.trace = f.trace
	}
	if given("allow-host") && len(f.hosts) == 0 { // what the flag's list makes of ''
		f.hosts = []string{""}
	}
	for _, name := range f.hosts {
		if err := isHost(name); err != nil {
			return s, misusef("--allow-host %.100q: %w", name, err)
		}
	}
	s.hosts = append(s.hosts, f.hosts...)
	return s, f.times(&s, given)
}

// times takes the flags that have a range.
func (f *proxyFlags) times(s *proxySettings, given func(flag string) bool) error {
	var errs []error
	if given("drain") {
		s.drain = f.drain
		if s.drain < 0 || s.drain > maxDrain {
			errs = append(errs, misusef("--drain %s: allowed is 0s to %s", s.drain, maxDrain))
		}
	}
	if given("heartbeat") {
		s.heartbeat = f.heartbeat
		if s.heartbeat != 0 && (s.heartbeat < minHeartbeat || s.heartbeat > maxHeartbeat) {
			errs = append(errs, misusef("--heartbeat %s: allowed is 0s (none), or %s to %s", s.heartbeat, minHeartbeat, maxHeartbeat))
		}
	}
	if given("log") {
		s.logFormat = f.log
		if f.log != "text" && f.log != "json" {
			errs = append(errs, misusef("--log %q: allowed is text or json", f.log))
		}
	}
	if given("verbose") && f.verbose {
		s.logLevel = slog.LevelDebug
	}
	return errors.Join(errs...)
}

// names are those that Host and Origin may carry: what the address to listen on
// names, and what the user allows.
func (s *proxySettings) names() []string {
	host, _, _ := net.SplitHostPort(s.listen)
	return append([]string{host}, s.hosts...)
}
