package main

import (
	"crypto/x509"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/mcprecover/mcprecover/adapters/proxy"
)

// upstream reads what stands under upstreams.NAME: a URL, or fields.
func (c *proxyConfig) upstream(n ast.Node, path string) {
	u := proxyUpstream{name: strings.TrimPrefix(path, "upstreams.")}
	before := len(c.faults)
	if err := proxy.CheckName(u.name); err != nil {
		c.fault(n, "upstreams: a name is %v", err)
		return
	}
	u.path = "/" + u.name
	at := n // where the path stands
	url := func(n ast.Node, path string) { c.url(n, path, &u) }
	if _, isMapping := n.(*ast.MappingNode); !isMapping {
		url(n, path)
	} else {
		var ca ast.Node
		c.mapping(n, path+".", map[string]field{
			"url":     url,
			"path":    func(n ast.Node, path string) { at = n; c.into(&u.path, "a path such as /github", isPath)(n, path) },
			"ca":      func(n ast.Node, path string) { ca = n; u.roots = c.roots(n, path) },
			"token":   func(n ast.Node, path string) { c.header(n, path, "Authorization", "Bearer ", &u) },
			"headers": func(n ast.Node, path string) { c.headers(n, path, &u) },
			"policy":  func(n ast.Node, path string) { c.ownPolicy[u.name] = true; u.policy = c.policyOf(n, path) },
			"rules":   func(n ast.Node, path string) { c.ownRules[u.name] = true; u.rules = c.rulesOf(n, path) },
		}, nil)
		if u.url == nil && len(c.faults) == before {
			c.fault(n, "%s.url is missing: give the URL of an MCP server, such as https://mcp.example.com/mcp", path)
		}
		if ca != nil && u.url != nil && u.url.Scheme == "http" {
			c.fault(ca, "%s.ca: the URL begins with http://, where there are no certificates to check", path)
		}
	}
	if err := isPath(u.path); at == n && err != nil {
		c.fault(at, "%s: its path would be %s: %v: give it another one with  path: /PATH", path, u.path, err)
	}
	if other, taken := c.paths[u.path]; taken {
		c.fault(at, "%s.path is %q, which is the path of %s", path, u.path, other)
	}
	c.paths[u.path] = u.name
	c.s.upstreams = append(c.s.upstreams, u)
}

// url shows of a bad one only what cannot be a secret.
func (c *proxyConfig) url(n ast.Node, path string, u *proxyUpstream) {
	text, ok := c.text(n, path, "a URL such as https://mcp.example.com/mcp")
	if !ok {
		return
	}
	parsed, err := parseUpstream(text)
	if err == nil {
		_, err = proxy.New(proxy.Config{Upstream: parsed})
	}
	if err != nil {
		what := strings.TrimPrefix(err.Error(), "proxy: upstream: ")
		what = strings.TrimPrefix(strings.TrimPrefix(what, "--upstream"), ": ")
		c.fault(n, "%s: %s", path, what)
		return
	}
	u.url = parsed
}

func (c *proxyConfig) roots(n ast.Node, path string) *x509.CertPool {
	var file string
	c.into(&file, "a file with certificates in PEM form", isGiven)(n, path)
	if file == "" {
		return nil
	}
	pem, err := os.ReadFile(c.named(file))
	if err != nil {
		c.fault(n, "%s: %v", path, err)
		return nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		c.fault(n, "%s is %q: no certificate in it: allowed is a file with certificates in PEM form", path, file)
	}
	return pool
}

// headers reads the headers of an upstream. A fixed text is allowed there: not
// every header is a secret.
func (c *proxyConfig) headers(n ast.Node, path string, u *proxyUpstream) {
	c.mapping(n, path+".", nil, func(n ast.Node, path string) {
		name := http.CanonicalHeaderKey(path[strings.LastIndex(path, ".")+1:])
		switch {
		case !isToken(name):
			c.fault(n, "%s: no name of a header: allowed are letters, digits and \"-\"", path)
		case isForbidden(name):
			c.fault(n, "%s: that header belongs to the client or to the session", path)
		default:
			c.header(n, path, name, "", u)
		}
	})
}

// header reads a value: a text, if it needs no prefix, or where one is found.
func (c *proxyConfig) header(n ast.Node, path, name, prefix string, u *proxyUpstream) {
	if slices.ContainsFunc(u.headers, func(i *injected) bool { return i.name == name }) {
		c.fault(n, "%s: %s is given twice, as token and among headers", path, name)
		return
	}
	i := &injected{name: name, prefix: prefix}
	if _, isMapping := n.(*ast.MappingNode); !isMapping {
		if prefix != "" || name == "Authorization" {
			c.fault(n, "%s: a secret in the configuration file: allowed is {env: NAME} or {file: FILE}", path)
			return
		}
		if text, ok := c.text(n, path, "a text, {env: NAME} or {file: FILE}"); ok {
			c.value(n, path, i, []byte(text))
			u.headers = append(u.headers, i)
		}
		return
	}
	var env, file string
	before := len(c.faults)
	c.mapping(n, path+".", map[string]field{"env": c.into(&env, "the name of a variable", nil), "file": c.into(&file, "a file", nil)}, nil)
	switch {
	case len(c.faults) > before:
	case (env == "") == (file == ""):
		c.fault(n, "%s: give one of env and file", path)
	case env != "":
		if text, ok := c.lookupEnv(env); ok {
			c.value(n, path+".env", i, []byte(text))
		} else {
			c.fault(n, "%s.env is %q: no such variable in the environment", path, env)
		}
	default:
		i.file = c.named(file)
		if err := i.look(); err != nil {
			c.fault(n, "%s.file: %v", path, err)
		}
	}
	u.headers = append(u.headers, i)
}

func (c *proxyConfig) value(n ast.Node, path string, i *injected, text []byte) {
	var err error
	if i.value, err = headerValue(i.prefix, text); err != nil {
		c.fault(n, "%s: %v", path, err)
	}
}

func isGiven(text string) error {
	if text == "" {
		return errors.New("allowed is the name of a file")
	}
	return nil
}

func isPath(text string) error {
	switch text {
	case healthPath, readyPath:
		return errors.New("that path is the proxy's own")
	}
	if proxy.CheckPath(text) != nil {
		return errors.New("allowed is a path such as /github")
	}
	return nil
}

// isToken: RFC 9110 section 5.6.2, without the signs that nobody uses.
func isToken(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	})
}
