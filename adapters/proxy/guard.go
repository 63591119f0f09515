package proxy

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// guard refuses requests that a web page made behind the user's back, by a name
// of its own that it had resolved to this machine (DNS rebinding), or across
// origins. MCP's transport rules ask servers to check Origin; the upstream
// cannot do it for a proxy, which it trusts.
type guard struct {
	hosts map[string]bool // besides the loopback names; in lower case
}

func newGuard(hosts []string) guard {
	g := guard{hosts: map[string]bool{}}
	for _, h := range hosts {
		g.hosts[strings.ToLower(strings.Trim(h, "[]"))] = true
	}
	return g
}

// admit checks Host, and Origin if there is one; "null" is an origin that may
// be anybody's.
func (g guard) admit(r *http.Request) error {
	if !g.knows(hostname(r.Host)) {
		return fmt.Errorf("request for Host %.100q: this proxy answers to loopback names and to the hosts it was told to allow", r.Host)
	}
	for _, origin := range r.Header["Origin"] {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || !g.knows(u.Hostname()) {
			return fmt.Errorf("request from Origin %.100q: this proxy answers to pages of loopback names and of the hosts it was told to allow", origin)
		}
	}
	return nil
}

func (g guard) knows(name string) bool { return loopback(name) || g.hosts[strings.ToLower(name)] }

// loopback names reach only the machine itself (RFC 6761 section 6.3 for
// localhost; 127.0.0.0/8 and ::1 by RFC 6890).
func loopback(name string) bool {
	if strings.EqualFold(name, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.Unmap().IsLoopback()
}

// hostname is a Host header without its port and brackets.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}
