package proxy

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// check shows of a bad URL only what cannot be a secret.
func check(u *url.URL) error {
	switch {
	case u == nil:
		return errors.New("no URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("scheme %q: give a URL that starts with http:// or https://", u.Scheme)
	case u.Hostname() == "":
		return errors.New("no host: give a URL such as http://127.0.0.1:8080/mcp")
	case u.User != nil:
		return errors.New("user info in the URL: credentials belong to the client's Authorization header")
	case u.Fragment != "":
		return fmt.Errorf("fragment %q: a server never sees it, leave it out", u.Fragment)
	}
	return nil
}

// CheckPath says what is wrong with a path that clients are told, nil if nothing is.
func CheckPath(path string) error {
	u, err := url.ParseRequestURI(path)
	if err != nil || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "?#") || u.Path == "" {
		return fmt.Errorf("%.100q: allowed is a path such as /github", path)
	}
	return nil
}

// maxName bounds a name in metrics and logs, in bytes.
const maxName = 64

// CheckName says what is wrong with an upstream's name, nil if nothing is.
func CheckName(name string) error {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.", r)
	}
	if name == "" || len(name) > maxName || strings.ContainsFunc(name, func(r rune) bool { return !plain(r) }) {
		return fmt.Errorf("%.80q: allowed are 1 to %d letters, digits, \"-\", \"_\" and \".\"", name, maxName)
	}
	return nil
}

// metadata takes a path such as /.well-known/oauth-protected-resource/github
// apart, where /github is the endpoint's path.
func metadata(path, endpoint string) (document string, ok bool) {
	document, ok = strings.CutSuffix(path, endpoint)
	name, wellKnown := strings.CutPrefix(document, "/.well-known/")
	return document, ok && wellKnown && name != "" && !strings.Contains(name, "/") && endpoint != "/"
}
