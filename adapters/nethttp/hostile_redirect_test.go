package nethttp_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

const home = "http://home.test"

// TestRedirectsTakeNothingToAnotherOrigin: http.Client follows redirects above
// the Transport, and takes all headers along but a few. Credentials and ids stay
// at the origin that they were given to.
func TestRedirectsTakeNothingToAnotherOrigin(t *testing.T) {
	secret := http.Header{
		"Authorization": {"Bearer secret"}, "Cookie": {"a=secret"}, "X-Api-Key": {"secret"}, "Last-Event-Id": {"secret"},
		"Accept": {"application/json, text/event-stream"},
	}
	for _, hops := range [][]string{
		{"http://home.test:8080/mcp"}, // net/http keeps Authorization for it
		{"https://home.test/mcp"},
		{"http://other.test/mcp"},
		{"http://sub.home.test/mcp"},                   // and for a subdomain
		{"http://other.test/a", "http://other.test/b"}, // the second hop does not leave its origin
		{"http://other.test/a", "http://third.test/b"},
	} {
		for _, status := range []int{http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
			for _, renewed := range []bool{false, true} {
				t.Run(fmt.Sprintf("%d to %s, renewed %t", status, strings.Join(hops, " and "), renewed), func(t *testing.T) {
					net := &origins{}
					rt := &nethttp.Transport{Base: net}
					defer rt.Close()
					c := &http.Client{Transport: rt}
					does := func(method, id, body string) *http.Response {
						req, err := http.NewRequestWithContext(t.Context(), method, home+"/mcp", strings.NewReader(body))
						if err != nil {
							t.Fatal(err)
						}
						req.Header = secret.Clone()
						if method == http.MethodPost {
							req.Header.Set("Content-Type", "application/json")
						}
						if id != "" {
							req.Header["Mcp-Session-Id"] = []string{id}
						}
						resp, err := c.Do(req)
						if err != nil {
							return nil
						}
						resp.Body.Close()
						return resp
					}
					id := does(http.MethodPost, "", greet).Header.Get("Mcp-Session-Id")
					if renewed {
						net.forget()
						if resp := does(http.MethodPost, id, list); resp == nil || net.opened != 2 {
							t.Fatal("the session was not renewed")
						}
					}
					net.away(status, hops)
					does(http.MethodPost, id, list)
					does(http.MethodGet, id, "")
					does(http.MethodPost, "", greet)
					does(http.MethodDelete, id, "")
					net.mu.Lock()
					defer net.mu.Unlock()
					if len(net.abroad) < 4*len(hops) {
						t.Errorf("only %d requests reached another origin: this test shows nothing", len(net.abroad))
					}
					for _, line := range net.abroad {
						if strings.Contains(line, "secret") {
							t.Errorf("another origin was told: %s", line)
						}
					}
				})
			}
		}
	}
}

// A redirect is no answer to an initialize of ours: it is followed nowhere, and
// said to the call that waits.
func TestARecoveryFollowsNoRedirect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &origins{}
		rt := &nethttp.Transport{Base: net}
		defer rt.Close()
		id, err := sends(t, rt, home+"/mcp", "", greet)
		if err != nil {
			t.Fatal(err)
		}
		net.forget()
		net.before = func(req *http.Request, body string) *http.Response {
			if strings.Contains(body, `"initialize"`) {
				return says(req, http.StatusTemporaryRedirect, "", "Location", "http://other.test/mcp")
			}
			return nil
		}
		_, err = sends(t, rt, home+"/mcp", id, list)
		const want = "mcprecover: tools/list http://home.test/mcp: 307 Temporary Redirect (fatal, redirected); gave up: refused_for_good; 1 attempt; not executed"
		if err == nil || err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
		if len(net.abroad) > 0 {
			t.Errorf("another origin was asked: %q", net.abroad)
		}
	})
}

// The same over sockets, where both origins are ports of one host.
func TestRedirectsTakeNothingToAnotherPort(t *testing.T) {
	net := &origins{}
	other := httptest.NewServer(net.handler("http://other.test"))
	defer other.Close()
	srv := httptest.NewServer(net.handler(home))
	defer srv.Close()
	base := &http.Transport{}
	defer base.CloseIdleConnections()
	rt := &nethttp.Transport{Base: base}
	defer rt.Close()
	id, err := sends(t, rt, srv.URL, "", greet, "Authorization", "Bearer secret")
	if err != nil {
		t.Fatal(err)
	}
	net.away(http.StatusTemporaryRedirect, []string{other.URL + "/mcp"})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, strings.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer secret"}, "Mcp-Session-Id": {id}}
	if resp, err := (&http.Client{Transport: rt}).Do(req); err == nil {
		resp.Body.Close()
	}
	net.mu.Lock()
	defer net.mu.Unlock()
	if all := strings.Join(net.abroad, "\n"); len(net.abroad) != 1 || strings.Contains(all, "secret") {
		t.Errorf("the other port was told %q", all)
	}
}

const (
	greet = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}`
	list  = `{"jsonrpc":"2.0","id":2,"method":"tools/list"}`
)

// origins are a server at home, whose ids are secret-1, secret-2, …, and all
// other origins of a network.
type origins struct {
	mu     sync.Mutex
	opened int
	lost   bool
	status int      // of home's redirect; 0: none
	hops   []string // where it leads to, one after the other
	abroad []string // what other origins were told
	before func(req *http.Request, body string) *http.Response
}

func (o *origins) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lost = true
}

func (o *origins) away(status int, hops []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.status, o.hops = status, hops
}

func (o *origins) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
		req.Body.Close()
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	return o.answer(req, req.URL.Scheme+"://"+req.URL.Host, string(body)), nil
}

func (o *origins) answer(req *http.Request, origin, body string) *http.Response {
	o.mu.Lock()
	defer o.mu.Unlock()
	if origin != home {
		var told strings.Builder
		fmt.Fprintf(&told, "%s %s%s ", req.Method, origin, req.URL.Path)
		_ = req.Header.Write(&told)
		o.abroad = append(o.abroad, strings.ReplaceAll(told.String(), "\r\n", "; ")+body)
		for i, hop := range o.hops[:len(o.hops)-1] {
			if hop == origin+req.URL.Path {
				return says(req, o.status, "", "Location", o.hops[i+1])
			}
		}
		return says(req, http.StatusNotFound, "")
	}
	if o.before != nil {
		if resp := o.before(req, body); resp != nil {
			return resp
		}
	}
	switch {
	case o.status != 0:
		return says(req, o.status, "", "Location", o.hops[0])
	case strings.Contains(body, `"initialize"`):
		o.opened++
		o.lost = false
		return says(req, http.StatusOK, `{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{}}}`,
			"Mcp-Session-Id", fmt.Sprintf("secret-%d", o.opened))
	case o.lost:
		return says(req, http.StatusNotFound, "Session not found")
	case strings.Contains(body, `"notifications/`):
		return says(req, http.StatusAccepted, "")
	}
	return says(req, http.StatusOK, `{"jsonrpc":"2.0","id":2,"result":{}}`)
}

func (o *origins) handler(origin string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		resp := o.answer(r.WithContext(context.Background()), origin, string(body))
		for name, values := range resp.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	}
}

// says makes an answer; its body is JSON if it is not empty. Headers follow.
func says(req *http.Request, status int, body string, header ...string) *http.Response {
	resp := &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Request: req, Header: http.Header{},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
	if strings.HasPrefix(body, "{") {
		resp.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		resp.Header.Set(header[i], header[i+1])
	}
	return resp
}
