package main

import (
	"bytes"
	"errors"
	"net"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// proxyConfig reads a configuration file. docs/proxy.md describes its fields.
type proxyConfig struct {
	yamlReader
	dir       string // other files are named from there
	lookupEnv func(string) (string, bool)
	s         proxySettings
	policy    *policy.Policy // of upstreams that have none of their own
	rules     classify.Rules
	ownPolicy map[string]bool // upstreams that have one
	ownRules  map[string]bool
	paths     map[string]string // upstreams by path
}

// readProxyConfig reads a configuration file. Its error names every fault in a
// line of its own, by file, line, field, value and what is allowed.
func readProxyConfig(name string, lookupEnv func(string) (string, bool)) (proxySettings, error) {
	text, err := readFile("--config", name)
	if err != nil {
		return proxySettings{}, err
	}
	c := &proxyConfig{
		dir: filepath.Dir(name), lookupEnv: lookupEnv, s: defaultProxySettings(),
		ownPolicy: map[string]bool{}, ownRules: map[string]bool{}, paths: map[string]string{},
	}
	if root := c.root(bytes.TrimPrefix([]byte(text), []byte("\xEF\xBB\xBF"))); root != nil {
		c.file(root)
	}
	if len(c.faults) == 0 {
		return c.s, nil
	}
	slices.SortStableFunc(c.faults, func(a, b fault) int { return a.line - b.line })
	var all []error
	for _, f := range c.faults {
		all = append(all, inFile("--config: "+name, f))
	}
	return c.s, misuse{errors.Join(all...)}
}

func (c *proxyConfig) file(root ast.Node) {
	var level string
	before := len(c.faults)
	c.mapping(root, "", map[string]field{
		"listen":      c.into(&c.s.listen, "HOST:PORT", isAddress),
		"metrics":     c.into(&c.s.metrics, "HOST:PORT", isAddress),
		"allow_hosts": c.list(&c.s.hosts, "names without ports", isHost),
		"heartbeat":   c.within(&c.s.heartbeat, minHeartbeat, maxHeartbeat, "none"),
		"drain":       c.within(&c.s.drain, 0, maxDrain, ""),
		"trace": func(n ast.Node, path string) {
			c.into(&c.s.trace, "a file", nil)(n, path)
			c.s.trace = c.named(c.s.trace)
		},
		"policy":    func(n ast.Node, path string) { c.policy = c.policyOf(n, path) },
		"rules":     func(n ast.Node, path string) { c.rules = c.rulesOf(n, path) },
		"upstreams": func(n ast.Node, path string) { c.mapping(n, path+".", nil, c.upstream) },
		"log": func(n ast.Node, path string) {
			c.mapping(n, path+".", map[string]field{
				"format": c.oneOf(&c.s.logFormat, "text", "json"),
				"level":  c.oneOf(&level, "debug", "info", "warn", "error"),
			}, nil)
		},
	}, nil)
	if level != "" {
		_ = c.s.logLevel.UnmarshalText([]byte(level)) // one of the four
	}
	if len(c.s.upstreams) == 0 && len(c.faults) == before {
		c.fault(root, "upstreams is missing: give a name and a URL for each server, such as  upstreams: {github: https://mcp.example.com/mcp}")
	}
	for i := range c.s.upstreams {
		u := &c.s.upstreams[i]
		if !c.ownPolicy[u.name] {
			u.policy = c.policy
		}
		if !c.ownRules[u.name] {
			u.rules = c.rules
		}
	}
}

func (c *proxyConfig) policyOf(n ast.Node, path string) *policy.Policy {
	var name string
	c.into(&name, "the name of a preset or a file", nil)(n, path)
	if _, isPreset := policy.Named(name); !isPreset {
		name = c.named(name)
	}
	p, err := readPolicy(name)
	c.inside(n, path, "--policy: ", err)
	return p
}

func (c *proxyConfig) rulesOf(n ast.Node, path string) classify.Rules {
	var name string
	c.into(&name, "a JSON file", nil)(n, path)
	r, err := readRules(c.named(name))
	c.inside(n, path, "--rules: ", err)
	return r
}

// inside tells of the faults of another file.
func (c *proxyConfig) inside(n ast.Node, path, flag string, err error) {
	if err == nil {
		return
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		c.fault(n, "%s: %s", path, strings.TrimPrefix(line, flag))
	}
}

// named is a file named in the configuration: from the directory that it is in.
func (c *proxyConfig) named(file string) string {
	if file == "" || filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(c.dir, file)
}

func isAddress(text string) error {
	_, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return errors.New("allowed is HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:8080")
	}
	return nil
}

func isHost(text string) error {
	if text == "" || strings.ContainsAny(text, "/ \t*") || net.ParseIP(strings.Trim(text, "[]")) == nil && strings.Contains(text, ":") {
		return errors.New("allowed is a name without scheme, port and wildcard, such as mcp.example.com")
	}
	return nil
}
