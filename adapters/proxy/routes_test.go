package proxy_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mcprecover/mcprecover/adapters/proxy"
)

// under makes a Proxy that clients find at path, and that answers with its
// upstream's URL.
func under(t *testing.T, path, upstream string, location ...string) *proxy.Proxy {
	t.Helper()
	u, err := url.Parse(upstream)
	if err != nil {
		t.Fatal(err)
	}
	p, err := proxy.New(proxy.Config{Upstream: u, Path: path, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		h := http.Header{}
		if location != nil {
			h.Set("Location", location[0])
		}
		return answer(r, 200, h, r.URL.String()), nil
	}), Inject: func(h http.Header) { h.Set("Authorization", "Bearer ours") }})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSeveralUpstreamsBehindOneAddress(t *testing.T) {
	routes, err := proxy.NewRoutes(
		under(t, "/github", "https://mcp.example/v1/mcp?key=1"),
		under(t, "/files/a", "http://127.0.0.1:9000/mcp"),
		under(t, "", "http://127.0.0.1:9001/plain"),
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path   string
		status int
		want   string
	}{
		{"/github", 200, "https://mcp.example/v1/mcp?key=1"},
		{"/github?a=b", 200, "https://mcp.example/v1/mcp?key=1&a=b"},
		{"/files/a", 200, "http://127.0.0.1:9000/mcp"},
		{"/plain", 200, "http://127.0.0.1:9001/plain"},
		{"/.well-known/oauth-protected-resource/github", 200, "https://mcp.example/.well-known/oauth-protected-resource/v1/mcp"},
		{"/.well-known/oauth-authorization-server/files/a", 200, "http://127.0.0.1:9000/.well-known/oauth-authorization-server/mcp"},

		{"/", 404, "nobody is at the path \"/\": there are /files/a, /github, /plain"},
		{"/github/", 200, "https://mcp.example/v1/mcp/?key=1"},
		{"/mcp", 404, "there are"},
		{"/files", 404, "there are"},
		{"/.well-known/x/y/github", 404, "there are"},
		{"/.well-known/github", 404, "there are"},
		{"/x/github", 404, "there are"},
	} {
		w := ask(routes, "POST", "http://localhost"+c.path, "{}")
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: %d %s, want %d %s", c.path, w.Code, w.Body, c.status, c.want)
		}
		if strangers := ask(routes, "POST", "http://evil.example"+c.path, "{}"); strangers.Code != 403 || strings.Contains(strangers.Body.String(), "github") {
			t.Errorf("%s: a stranger got %d %s", c.path, strangers.Code, strangers.Body)
		}
	}
	if cut := routes.Drain(context.Background()); cut != 0 {
		t.Errorf("drained with %d calls cut", cut)
	}
	for _, path := range []string{"/github", "/files/a", "/plain"} {
		if w := ask(routes, "GET", "http://localhost"+path, ""); w.Code != 503 {
			t.Errorf("%s after the drain: %d", path, w.Code)
		}
	}
}

func TestRoutesNameThePathsThatTwoShare(t *testing.T) {
	a, b := under(t, "/a", "http://127.0.0.1:1/mcp"), under(t, "/b", "http://127.0.0.1:1/mcp")
	_, err := proxy.NewRoutes(a, b, a, b)
	const want = "proxy: two upstreams under the path /a\nproxy: two upstreams under the path /b"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestAPathOfItsOwnHoldsForRedirectsToo: the upstream's path is not the client's.
func TestAPathOfItsOwnHoldsForRedirectsToo(t *testing.T) {
	for _, c := range []struct{ location, want string }{
		{"http://127.0.0.1:9000/mcp", "/github"},
		{"/mcp?a=b", "/github?a=b"},
		{"/login", "/login"},
		{"https://login.example/mcp", "https://login.example/mcp"},
	} {
		p := under(t, "/github", "http://127.0.0.1:9000/mcp", c.location)
		if got := ask(p, "POST", "http://localhost/github", "{}").Header().Get("Location"); got != c.want {
			t.Errorf("Location %q became %q, want %q", c.location, got, c.want)
		}
	}
}

// TestATokenGoesToTheEndpointAlone, not to whatever path a client may think of.
func TestATokenGoesToTheEndpointAlone(t *testing.T) {
	for _, c := range []struct{ asked, want string }{
		{"/github", "Bearer ours"},
		{"/mcp", "Bearer theirs"},
		{"/admin", "Bearer theirs"},
		{"/.well-known/oauth-protected-resource/github", "Bearer theirs"},
	} {
		u, _ := url.Parse("http://127.0.0.1:9000/mcp")
		var got string
		p, err := proxy.New(proxy.Config{
			Upstream: u, Path: "/github", Inject: func(h http.Header) { h.Set("Authorization", "Bearer ours") },
			Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				got = r.Header.Get("Authorization")
				return ok(r)
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		ask(p, "POST", "http://localhost"+c.asked, "{}", "Authorization", "Bearer theirs")
		if got != c.want {
			t.Errorf("%s carried %q, want %q", c.asked, got, c.want)
		}
	}
}

func TestNewNamesWhatIsWrongWithPathAndName(t *testing.T) {
	u, _ := url.Parse("http://127.0.0.1:9000/mcp")
	for _, c := range []struct{ path, name, want string }{
		{"github", "", `proxy: path: "github": allowed is a path such as /github`},
		{"//github", "", `proxy: path: "//github": allowed is a path such as /github`},
		{"/a?b", "", `proxy: path: "/a?b": allowed is a path such as /github`},
		{"/%zz", "", `proxy: path: "/%zz": allowed is a path such as /github`},
		{"", `a"b`, `proxy: name: "a\"b": allowed are 1 to 64 letters, digits, "-", "_" and "."`},
		{"", strings.Repeat("a", 65), `proxy: name: "` + strings.Repeat("a", 65) + `": allowed are 1 to 64 letters, digits, "-", "_" and "."`},
	} {
		_, err := proxy.New(proxy.Config{Upstream: u, Path: c.path, Name: c.name})
		if err == nil || err.Error() != c.want {
			t.Errorf("path %q, name %q:\n got %v\nwant %s", c.path, c.name, err, c.want)
		}
	}
}
