package proxy_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/adapters/proxy"
)

// sent is what an upstream without sockets was asked last.
type sent struct{ url, token string }

// before makes a Proxy with a token before an upstream, and shows what that is asked.
func before(t *testing.T, path, upstream string) (*proxy.Proxy, *sent) {
	t.Helper()
	u, err := url.Parse(upstream)
	if err != nil {
		t.Fatal(err)
	}
	var s sent
	p, err := proxy.New(proxy.Config{Upstream: u, Path: path, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		s = sent{r.URL.String(), r.Header.Get("Authorization")}
		return ok(r)
	}), Inject: func(h http.Header) { h.Set("Authorization", "Bearer ours") }})
	if err != nil {
		t.Fatal(err)
	}
	return p, &s
}

// TestAPathWithASlashBehindItIsTheEndpointToo, token and all: many servers
// redirect the one to the other, and clients are told either.
func TestAPathWithASlashBehindItIsTheEndpointToo(t *testing.T) {
	const ours = "Bearer ours"
	for _, c := range []struct{ path, upstream, asked, wantURL, wantToken string }{
		{"", "http://h:9/mcp", "/mcp", "http://h:9/mcp", ours},
		{"", "http://h:9/mcp", "/mcp/", "http://h:9/mcp/", ours},
		{"", "http://h:9/mcp?key=1", "/mcp/?a=b", "http://h:9/mcp/?key=1&a=b", ours},
		{"", "http://h:9/a%2Fb", "/a%2Fb/", "http://h:9/a%2Fb/", ours},
		{"", "http://h:9", "/", "http://h:9/", ours},
		{"/github", "http://h:9/mcp", "/github", "http://h:9/mcp", ours},
		{"/github", "http://h:9/mcp", "/github/", "http://h:9/mcp/", ours},
		{"/github", "http://h:9/mcp/", "/github", "http://h:9/mcp/", ours},
		{"/github", "http://h:9/mcp/", "/github/", "http://h:9/mcp/", ours},
		{"/github", "http://h:9", "/github/", "http://h:9/", ours},

		{"", "http://h:9/mcp", "/mcp//", "http://h:9/mcp//", ""},
		{"", "http://h:9/mcp", "/mcp/admin", "http://h:9/mcp/admin", ""},
		{"", "http://h:9/mcp", "/mcpx", "http://h:9/mcpx", ""},
		{"", "http://h:9/mcp", "/", "http://h:9/", ""},
		{"/github", "http://h:9/mcp", "/mcp/", "http://h:9/mcp/", ""},
	} {
		p, got := before(t, c.path, c.upstream)
		if w := ask(p, "POST", "http://localhost"+c.asked, "{}"); w.Code != 200 {
			t.Errorf("%s at %q, asked for %s: status %d", c.upstream, c.path, c.asked, w.Code)
		}
		if got.url != c.wantURL || got.token != c.wantToken {
			t.Errorf("%s at %q, asked for %s: the upstream was sent %+v, want %s and %q", c.upstream, c.path, c.asked, *got, c.wantURL, c.wantToken)
		}
	}
}

// TestAmongSeveralASlashBehindAPathIsTheSameEndpoint, unless it is another's.
func TestAmongSeveralASlashBehindAPathIsTheSameEndpoint(t *testing.T) {
	a, toA := before(t, "/a", "http://a:9/mcp")
	b, toB := before(t, "/a/", "http://b:9/mcp")
	c, toC := before(t, "/c", "http://c:9/mcp")
	all, err := proxy.NewRoutes(a, b, c)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		asked string
		to    *sent // nil: nobody
		url   string
	}{
		{"/a", toA, "http://a:9/mcp"},
		{"/a/", toB, "http://b:9/mcp"},
		{"/c", toC, "http://c:9/mcp"},
		{"/c/", toC, "http://c:9/mcp/"},
		{"/c//", nil, ""},
		{"/c/d", nil, ""},
		{"/cc/", nil, ""},
		{"/", nil, ""},
		{"//", nil, ""},
		{"/mcp/", nil, ""},
	} {
		*toA, *toB, *toC = sent{}, sent{}, sent{}
		w := ask(all, "POST", "http://localhost"+x.asked, "{}")
		if x.to == nil {
			if w.Code != 404 || *toA != (sent{}) || *toB != (sent{}) || *toC != (sent{}) {
				t.Errorf("%s: %d %s, want 404", x.asked, w.Code, w.Body)
			}
			continue
		}
		if want := (sent{x.url, "Bearer ours"}); w.Code != 200 || *x.to != want {
			t.Errorf("%s: %d, the upstream was sent %+v, want %+v", x.asked, w.Code, *x.to, want)
		}
	}
}

// TestARedirectToASlashLeadsToTheSameEndpoint: Starlette's Mount, and many
// frameworks, answer PATH with a redirect to PATH/. A real client follows it
// through the Proxy, the token goes along, and lost sessions are renewed there.
func TestARedirectToASlashLeadsToTheSameEndpoint(t *testing.T) {
	for _, c := range []struct {
		name, path string
		absolute   bool // the Location
	}{
		{"under the upstream's path", "", false},
		{"under the upstream's path, absolute", "", true},
		{"under a path of its own", "/github", false},
		{"under a path of its own, absolute", "/github", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := mcp.NewServer(&mcp.Implementation{Name: "mounted", Version: "1"}, nil)
			mcp.AddTool(server, &mcp.Tool{Name: "hello"}, func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
				return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "hello"}}}, nil, nil
			})
			mounted := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil)
			forget := func() {
				for s := range server.Sessions() {
					_ = s.Close()
				}
			}
			upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Path == "/mcp" && c.absolute:
					http.Redirect(w, r, "http://"+r.Host+"/mcp/", http.StatusTemporaryRedirect)
				case r.URL.Path == "/mcp":
					http.Redirect(w, r, "/mcp/", http.StatusTemporaryRedirect)
				case r.URL.Path != "/mcp/":
					http.NotFound(w, r)
				case r.Header.Get("Authorization") != "Bearer ours":
					http.Error(w, "no token", http.StatusUnauthorized)
				default:
					mounted.ServeHTTP(w, r)
				}
			}))
			defer upstream.Close()
			defer forget()
			engine := &nethttp.Transport{Base: manyIdle(t), Shared: true}
			defer engine.Close()
			u, err := url.Parse(upstream.URL + "/mcp")
			if err != nil {
				t.Fatal(err)
			}
			p, err := proxy.New(proxy.Config{Upstream: u, Path: c.path, Transport: engine, Inject: func(h http.Header) { h.Set("Authorization", "Bearer ours") }})
			if err != nil {
				t.Fatal(err)
			}
			var h http.Handler = p
			if c.path != "" {
				if h, err = proxy.NewRoutes(p); err != nil {
					t.Fatal(err)
				}
			}
			front := httptest.NewServer(h)
			defer front.Close()
			client := mcp.NewClient(&mcp.Implementation{Name: "client", Version: "1"}, nil)
			s, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: front.URL + p.Path(), HTTPClient: front.Client()}, &mcp.ClientSessionOptions{ProtocolVersion: "2025-11-25"})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			hello(t, s)
			forget()
			hello(t, s)
		})
	}
}

// TestWhereRedirectsLeadUnderAPathOfItsOwn: what is the upstream's endpoint, with
// and without the slash, is the client's; everything else stays what it is.
func TestWhereRedirectsLeadUnderAPathOfItsOwn(t *testing.T) {
	for _, c := range []struct{ path, upstream, location, want string }{
		{"/github", "http://127.0.0.1:9000/mcp", "/mcp/", "/github/"},
		{"/github", "http://127.0.0.1:9000/mcp", "http://127.0.0.1:9000/mcp/?a=b", "/github/?a=b"},
		{"/github/", "http://127.0.0.1:9000/mcp", "/mcp/", "/github/"},
		{"", "http://127.0.0.1:9000/mcp", "/mcp/", "/mcp/"},
		{"/github", "http://127.0.0.1:9000/mcp/", "/mcp/", "/github"},
		{"/github", "http://127.0.0.1:9000/mcp", "/mcp/login", "/mcp/login"},
		{"/github", "http://127.0.0.1:9000/mcp", "https://127.0.0.1:9000/mcp/", "https://127.0.0.1:9000/mcp/"},
	} {
		p := under(t, c.path, c.upstream, c.location)
		if got := ask(p, "POST", "http://localhost"+p.Path(), "{}").Header().Get("Location"); got != c.want {
			t.Errorf("%s at %q: Location %q became %q, want %q", c.upstream, c.path, c.location, got, c.want)
		}
	}
}

// TestTheMetadataOfAnUpstreamHasNoSlashBehindIt: RFC 9728 section 3.1 and RFC
// 8414 section 3.1 put the path behind the document's name without it.
func TestTheMetadataOfAnUpstreamHasNoSlashBehindIt(t *testing.T) {
	for _, c := range []struct{ upstream, want string }{
		{"https://mcp.example", "https://mcp.example/.well-known/oauth-protected-resource"},
		{"https://mcp.example/", "https://mcp.example/.well-known/oauth-protected-resource"},
		{"https://mcp.example/v1/mcp", "https://mcp.example/.well-known/oauth-protected-resource/v1/mcp"},
		{"https://mcp.example/v1/mcp/", "https://mcp.example/.well-known/oauth-protected-resource/v1/mcp"},
	} {
		p, got := before(t, "/stripe", c.upstream)
		routes, err := proxy.NewRoutes(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range []http.Handler{p, routes} {
			*got = sent{}
			w := ask(h, "GET", "http://localhost/.well-known/oauth-protected-resource/stripe", "")
			if w.Code != 200 || got.url != c.want || strings.Contains(got.token, "ours") {
				t.Errorf("%s: %d, asked %+v, want %s without the token", c.upstream, w.Code, *got, c.want)
			}
		}
	}
}
