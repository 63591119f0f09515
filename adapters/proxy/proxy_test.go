package proxy_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcprecover/mcprecover/adapters/proxy"
)

// roundTrip is a server without sockets.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answer is a server's response with a text body.
func answer(r *http.Request, status int, header http.Header, body string) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}
}

func ok(r *http.Request) (*http.Response, error) { return answer(r, 200, nil, "fine"), nil }

func newProxy(t *testing.T, upstream string, rt http.RoundTripper, hosts ...string) *proxy.Proxy {
	t.Helper()
	u, err := url.Parse(upstream)
	if err != nil {
		t.Fatal(err)
	}
	p, err := proxy.New(proxy.Config{Upstream: u, Transport: rt, Hosts: hosts})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ask sends one request that came to the given URL with the given headers.
func ask(h http.Handler, method, url, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, url, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestNewNamesWhatIsWrongWithTheUpstream(t *testing.T) {
	for _, c := range []struct{ upstream, want string }{
		{"ftp://host/mcp", `proxy: upstream: scheme "ftp": give a URL that starts with http:// or https://`},
		{"host:8080/mcp", `proxy: upstream: scheme "host": give a URL that starts with http:// or https://`},
		{"http:///mcp", `proxy: upstream: no host: give a URL such as http://127.0.0.1:8080/mcp`},
		{"http://me:hunter2@host/mcp", `proxy: upstream: user info in the URL: credentials belong to the client's Authorization header`},
		{"http://host/mcp#top", `proxy: upstream: fragment "top": a server never sees it, leave it out`},
	} {
		u, err := url.Parse(c.upstream)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := proxy.New(proxy.Config{Upstream: u}); err == nil || err.Error() != c.want {
			t.Errorf("%s:\n got %v\nwant %s", c.upstream, err, c.want)
		}
	}
	if _, err := proxy.New(proxy.Config{}); err == nil {
		t.Error("no upstream at all: no error")
	}
}

func TestWhatTheUpstreamIsAsked(t *testing.T) {
	for _, c := range []struct{ name, upstream, asked, wantURL, wantHost string }{
		{"the endpoint", "http://127.0.0.1:9000/mcp", "http://localhost:1/mcp", "http://127.0.0.1:9000/mcp", "127.0.0.1:9000"},
		{"no path is the root", "http://127.0.0.1:9000", "http://localhost:1/", "http://127.0.0.1:9000/", "127.0.0.1:9000"},
		{"OAuth metadata", "http://127.0.0.1:9000/mcp", "http://localhost:1/.well-known/x?a=b", "http://127.0.0.1:9000/.well-known/x?a=b", "127.0.0.1:9000"},
		{"the upstream's query", "http://127.0.0.1:9000/mcp?key=1", "http://localhost:1/mcp", "http://127.0.0.1:9000/mcp?key=1", "127.0.0.1:9000"},
		{"both queries", "http://127.0.0.1:9000/mcp?key=1", "http://localhost:1/mcp?a=b", "http://127.0.0.1:9000/mcp?key=1&a=b", "127.0.0.1:9000"},
		{"the upstream's query elsewhere", "http://127.0.0.1:9000/mcp?key=1", "http://localhost:1/other", "http://127.0.0.1:9000/other", "127.0.0.1:9000"},
		{"an escaped path", "http://127.0.0.1:9000/a%2Fb", "http://localhost:1/a%2Fb", "http://127.0.0.1:9000/a%2Fb", "127.0.0.1:9000"},
		{"a remote upstream, asked by a loopback name", "https://mcp.example/mcp", "http://127.0.0.1:1/mcp", "https://mcp.example/mcp", "mcp.example"},
		{"a remote upstream, asked by a name of ours", "http://10.0.0.7:9000/mcp", "http://gate.example/mcp", "http://10.0.0.7:9000/mcp", "gate.example"},
		{"a loopback upstream, asked by a name of ours", "http://[::1]:9000/mcp", "http://gate.example/mcp", "http://[::1]:9000/mcp", "[::1]:9000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got *http.Request
			p := newProxy(t, c.upstream, roundTrip(func(r *http.Request) (*http.Response, error) {
				got = r
				return ok(r)
			}), "gate.example")
			if w := ask(p, "GET", c.asked, ""); w.Code != 200 {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
			if got.URL.String() != c.wantURL || got.Host != c.wantHost {
				t.Errorf("asked %s with Host %s,\nwant  %s with Host %s", got.URL, got.Host, c.wantURL, c.wantHost)
			}
		})
	}
}

// TestWhichHostTheUpstreamIsAskedBy: one that has a name is asked by it, as it may
// be one of many at its address. One that has none is told the name under which
// the client came, so that it can check it, but never one that means another
// machine to it.
func TestWhichHostTheUpstreamIsAskedBy(t *testing.T) {
	came := []string{"localhost:7000", "127.0.0.1:7000", "[::1]:7000", "gate.example", "gate.example:7000", "10.0.0.5:7000"}
	own := func(host string) []string { return []string{host, host, host, host, host, host} }
	kept := func(host string) []string { return append([]string{host, host, host}, came[3:]...) }
	for _, c := range []struct {
		upstream string
		want     []string // for each of the names that the client came under
	}{
		{"http://127.0.0.1:9000/mcp", own("127.0.0.1:9000")},
		{"http://[::1]:9000/mcp", own("[::1]:9000")},
		{"http://localhost:9000/mcp", own("localhost:9000")},
		{"http://mcp.example/mcp", own("mcp.example")},
		{"https://mcp.example:8443/mcp", own("mcp.example:8443")},
		{"http://backend:9000/mcp", own("backend:9000")},
		{"http://10.0.0.7:9000/mcp", kept("10.0.0.7:9000")},
		{"http://10.0.0.7/mcp", kept("10.0.0.7")},
		{"http://[fd00::7]:9000/mcp", kept("[fd00::7]:9000")},
	} {
		var got string
		p := newProxy(t, c.upstream, roundTrip(func(r *http.Request) (*http.Response, error) {
			got = r.Host
			return ok(r)
		}), "gate.example", "10.0.0.5")
		for n, host := range came {
			if w := ask(p, "POST", "http://"+host+"/mcp", "{}"); w.Code != 200 || got != c.want[n] {
				t.Errorf("%s, asked as %s: %d, Host %q, want %q", c.upstream, host, w.Code, got, c.want[n])
			}
		}
	}
}

func TestHeadersPassExceptThoseThatHideOrForge(t *testing.T) {
	var got http.Header
	p := newProxy(t, "http://127.0.0.1:9000/mcp", roundTrip(func(r *http.Request) (*http.Response, error) {
		got = r.Header.Clone()
		return answer(r, 200, http.Header{"Mcp-Session-Id": {"S1"}}, ""), nil
	}))
	w := ask(p, "POST", "http://localhost/mcp", "{}",
		"Mcp-Session-Id", "S1", "Mcp-Protocol-Version", "2025-11-25", "Last-Event-Id", "7", "Authorization", "Bearer x",
		"Accept", "application/json, text/event-stream", "Origin", "http://localhost:3000", "User-Agent", "curl",
		"Accept-Encoding", "br", "X-Forwarded-For", "1.2.3.4", "X-Forwarded-Host", "bank.example", "Forwarded", "for=1.2.3.4")
	want := http.Header{
		"Mcp-Session-Id": {"S1"}, "Mcp-Protocol-Version": {"2025-11-25"}, "Last-Event-Id": {"7"}, "Authorization": {"Bearer x"},
		"Accept": {"application/json, text/event-stream"}, "Origin": {"http://localhost:3000"}, "User-Agent": {"curl"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the upstream's request headers (-want +got):\n%s", diff)
	}
	if id := w.Header().Get("Mcp-Session-Id"); id != "S1" {
		t.Errorf("the client's session id is %q, want S1", id)
	}
}

func TestRedirectsWithinTheUpstreamStayOnTheProxy(t *testing.T) {
	for _, c := range []struct{ location, want string }{
		{"http://127.0.0.1:9000/mcp/?a=b", "/mcp/?a=b"},
		{"/mcp/", "/mcp/"},
		{"http://127.0.0.1:9001/mcp/", "http://127.0.0.1:9001/mcp/"},
		{"https://login.example/", "https://login.example/"},
		{"", ""},
	} {
		p := newProxy(t, "http://127.0.0.1:9000/mcp", roundTrip(func(r *http.Request) (*http.Response, error) {
			resp := answer(r, 307, nil, "")
			if c.location != "" {
				resp.Header.Set("Location", c.location)
			}
			return resp, nil
		}))
		if got := ask(p, "POST", "http://localhost/mcp", "{}").Header().Get("Location"); got != c.want {
			t.Errorf("Location %q became %q, want %q", c.location, got, c.want)
		}
	}
}
