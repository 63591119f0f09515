package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxSecret bounds a token in a file or a variable, in bytes.
const maxSecret = 64 << 10

// injected is a header that the proxy sets. Its value is fixed, or that of a
// file, which is read again when it changes: whoever renews a token replaces
// the file.
type injected struct {
	name   string
	prefix string // "Bearer " of a token
	file   string // "": the value is fixed

	mu      sync.Mutex // guards what follows
	value   string     // with the prefix
	seen    fileStamp
	trouble string                     // with the file, since it could be read last
	tell    func(what, trouble string) // once per trouble; nil: nobody
}

// fileStamp tells two contents of a file apart, also where another file takes
// its name, as mounted secrets do.
type fileStamp struct {
	modified time.Time
	size     int64
	info     os.FileInfo
}

func (s fileStamp) same(t fileStamp) bool {
	return s.info != nil && s.size == t.size && s.modified.Equal(t.modified) && os.SameFile(s.info, t.info)
}

// set gives the header its present value. Where its file cannot be read now,
// that is the last one that could.
func (i *injected) set(h http.Header) { h[i.name] = []string{i.current()} }

func (i *injected) current() string {
	if i.file == "" {
		return i.value
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if err := i.look(); err != nil {
		if i.tell != nil && i.trouble != err.Error() {
			i.tell("the header keeps its last value", err.Error())
		}
		i.trouble = err.Error()
	} else {
		i.trouble = ""
	}
	return i.value
}

// look reads the file if it changed. Called under mu.
func (i *injected) look() error {
	info, err := os.Stat(i.file)
	if err != nil {
		return err
	}
	stamp := fileStamp{info.ModTime(), info.Size(), info}
	if i.seen.same(stamp) {
		return nil
	}
	f, err := os.Open(i.file)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return err
	}
	value, err := headerValue(i.prefix, text)
	if err != nil {
		return fmt.Errorf("%s: %w", i.file, err)
	}
	i.value, i.seen = value, stamp
	return nil
}

// headerValue makes a header's value of a text, without the end of its line.
func headerValue(prefix string, text []byte) (string, error) {
	text = bytes.TrimSpace(text)
	switch {
	case len(text) == 0:
		return "", errors.New("nothing stands there")
	case len(text) > maxSecret:
		return "", fmt.Errorf("more than %d bytes: this is no header's value", maxSecret)
	case bytes.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7F }):
		return "", errors.New("several lines or control characters: this is no header's value")
	}
	return prefix + string(text), nil
}

// injector sets the headers once more below the engine: its handshakes and
// streams carry today's token, not that of the request that led to them.
type injector struct {
	base     http.RoundTripper
	endpoint *url.URL
	headers  []*injected
}

// RoundTrip sends the request, or a copy with other headers.
func (i *injector) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != i.endpoint.Host || strings.TrimSuffix(r.URL.Path, "/") != strings.TrimSuffix(i.endpoint.Path, "/") {
		return i.base.RoundTrip(r)
	}
	for n, h := range i.headers {
		if v := r.Header[h.name]; len(v) != 1 || v[0] != h.current() {
			c := *r
			c.Header = r.Header.Clone()
			for _, h := range i.headers[n:] {
				h.set(c.Header)
			}
			return i.base.RoundTrip(&c)
		}
	}
	return i.base.RoundTrip(r)
}

// forbidden are headers that are the proxy's or the session's own.
var forbidden = []string{
	"Host", "Connection", "Content-Length", "Content-Type", "Transfer-Encoding", "Accept", "Accept-Encoding", "Upgrade", "Te", "Trailer",
	"Mcp-Session-Id", "Mcp-Protocol-Version", "Last-Event-Id",
}

// isForbidden: an injected header of that name would break what it passes.
func isForbidden(name string) bool { return slices.Contains(forbidden, http.CanonicalHeaderKey(name)) }
