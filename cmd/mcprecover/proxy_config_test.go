package main

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// write makes a file of a test's own and returns its name.
func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// at is another path of the same proxy.
func (s *serving) at(path string) string {
	u, _, _ := strings.Cut(strings.TrimPrefix(s.url, "http://"), "/")
	return "http://" + u + path
}

// TestSeveralUpstreamsFromAFile: real servers behind one address, and a line on
// stdout for each of them.
func TestSeveralUpstreamsFromAFile(t *testing.T) {
	one, two := counting(t), counting(t)
	file := write(t, "proxy.yaml", fmt.Sprintf(`
upstreams:
  one: %s
  two:
    url: %s
    path: /other/two
`, one.url, two.url))
	proxy := serves(t, nowhere, "proxy", "--config", file)
	if want := "listening on " + proxy.at("/one") + "\n"; proxy.first != want {
		t.Errorf("first line %q, want %q", proxy.first, want)
	}
	for n, path := range []string{"/one", "/other/two"} {
		c := newPlain(t, proxy.at(path))
		c.initialize()
		if text, _ := c.call(n); text != fmt.Sprint("ran ", n) {
			t.Errorf("%s: %s", path, text)
		}
	}
	if one.runs[0] != 1 || two.runs[1] != 1 || len(one.runs)+len(two.runs) != 2 {
		t.Errorf("the servers ran %v and %v", one.runs, two.runs)
	}
	if status, _, body := newPlain(t, proxy.at("/mcp")).post("{}"); status != 404 || !strings.Contains(body, "there are /one, /other/two") {
		t.Errorf("elsewhere: %d %s", status, body)
	}
	if code, rest := proxy.stop(); code != exitDone || rest != "listening on "+proxy.at("/other/two")+"\n" {
		t.Errorf("exit code %d, further lines %q", code, rest)
	}
}

// keeper is a server that asks for a token and a key, and forgets its session
// when these change.
type keeper struct {
	mu         sync.Mutex
	token, key string
	session    int
	asked      []string // method, token and key of each request
}

func (k *keeper) change(token, key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.token, k.key = token, key
	k.session++
	k.asked = nil
}

func (k *keeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var m struct {
		ID     json.RawMessage
		Method string
	}
	_ = json.NewDecoder(r.Body).Decode(&m)
	token, key := r.Header.Get("Authorization"), r.Header.Get("X-Key")
	k.asked = append(k.asked, fmt.Sprint(m.Method, " ", token, " ", key))
	switch {
	case token != "Bearer "+k.token || key != k.key:
		http.Error(w, "no", http.StatusUnauthorized)
	case m.Method == "initialize":
		w.Header().Set("Mcp-Session-Id", fmt.Sprint("session-", k.session))
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25"}}`, m.ID)
	case r.Header.Get("Mcp-Session-Id") != fmt.Sprint("session-", k.session):
		http.Error(w, "Session not found", http.StatusNotFound)
	case m.ID == nil:
		w.WriteHeader(http.StatusAccepted)
	default:
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":{}}`, m.ID)
	}
}

// TestTokensAreReadAgainWhenTheyChange: the client has none of its own. When the
// files change and the server forgets its session, the recovery carries the new
// ones too, not those of the initialize that it repeats.
func TestTokensAreReadAgainWhenTheyChange(t *testing.T) {
	for _, c := range []struct{ name, path, asked string }{
		{"an upstream with a path", "/mcp", "/keeper"},
		{"one with a path and a slash", "/mcp/", "/keeper"},
		{"one without a path", "", "/keeper"},
		{"asked with a slash behind the path", "/mcp", "/keeper/"},
		{"without a path, and asked so", "", "/keeper/"},
	} {
		t.Run(c.name, func(t *testing.T) { changesTokens(t, c.path, c.asked) })
	}
}

func changesTokens(t *testing.T, path, asked string) {
	k := &keeper{token: "old-token", key: "k1"}
	upstream := httptest.NewServer(k)
	defer upstream.Close()
	dir := t.TempDir()
	replace := func(name, text string) { // as whoever renews a secret should
		next := filepath.Join(dir, "next")
		if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	replace("token", "old-token\n")
	replace("key", "k1")
	replace("proxy.yaml", fmt.Sprintf(`
upstreams:
  keeper:
    url: %s
    token: {file: token}
    headers:
      x-key: {file: key}
`, upstream.URL+path))
	proxy := serves(t, nowhere, "proxy", "--config", filepath.Join(dir, "proxy.yaml"))
	c := newPlain(t, proxy.at(asked))
	c.initialize()
	const ping = `{"jsonrpc":"2.0","id":7,"method":"ping"}`
	if status, _, body := c.post(ping); status != 200 || !strings.Contains(body, `"result":{}`) {
		t.Fatalf("before: %d %s", status, body)
	}
	k.change("new-token", "k2")
	replace("token", "new-token\n")
	replace("key", "k2")
	if status, _, body := c.post(ping); status != 200 || !strings.Contains(body, `"result":{}`) {
		t.Errorf("after: %d %s", status, body)
	}
	if got, want := strings.Join(k.asked, "\n"), "ping Bearer new-token k2\ninitialize Bearer new-token k2\nnotifications/initialized Bearer new-token k2\nping Bearer new-token k2"; got != want {
		t.Errorf("the server was asked\n%s\nwant\n%s", got, want)
	}
	if err := os.Remove(filepath.Join(dir, "token")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if status, _, body := c.post(ping); status != 200 || !strings.Contains(body, `"result":{}`) {
			t.Errorf("without the file: %d %s", status, body)
		}
	}
	proxy.stop()
	if said := proxy.stderr.String(); strings.Count(said, "the header keeps its last value") != 1 || strings.Contains(said, "new-token") {
		t.Errorf("it said\n%s", said)
	}
}

// TestWhichRequestsAreGivenTheHeaders below the engine: those to the endpoint,
// which a slash behind its path makes no other, and none elsewhere.
func TestWhichRequestsAreGivenTheHeaders(t *testing.T) {
	for _, c := range []struct {
		endpoint, asked string
		given           bool
	}{
		{"http://h:9/mcp", "http://h:9/mcp", true},
		{"http://h:9/mcp", "http://h:9/mcp?a=b", true},
		{"http://h:9/mcp", "http://h:9/mcp/", true},
		{"http://h:9/mcp/", "http://h:9/mcp", true},
		{"http://h:9", "http://h:9/", true},
		{"http://h:9", "http://h:9", true},
		{"http://h:9/", "http://h:9/", true},

		{"http://h:9/mcp", "http://h:9/", false},
		{"http://h:9/mcp", "http://h:9/mcp/admin", false},
		{"http://h:9/mcp", "http://h:9/mcpx", false},
		{"http://h:9/mcp", "http://h:8/mcp", false},
		{"http://h:9/mcp", "http://other:9/mcp", false},
		{"http://h:9", "http://h:9/mcp", false},
		{"http://h:9", "http://other:9/", false},
	} {
		endpoint, err := url.Parse(c.endpoint)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		i := &injector{
			base: carries(func(r *http.Request) (*http.Response, error) {
				got = append(r.Header["Authorization"], r.Header["X-Key"]...)
				return &http.Response{StatusCode: http.StatusAccepted, Body: http.NoBody, Request: r}, nil
			}),
			endpoint: endpoint, headers: []*injected{{name: "Authorization", value: "Bearer ours"}, {name: "X-Key", value: "key"}},
		}
		req, err := http.NewRequestWithContext(t.Context(), "POST", c.asked, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer theirs")
		want := []string{"Bearer theirs"}
		if c.given {
			want = []string{"Bearer ours", "key"}
		}
		resp, err := i.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if !slices.Equal(got, want) {
			t.Errorf("endpoint %s, asked %s: carried %q, want %q", c.endpoint, c.asked, got, want)
		}
		if req.Header.Get("Authorization") != "Bearer theirs" {
			t.Errorf("endpoint %s, asked %s: the request itself was changed", c.endpoint, c.asked)
		}
	}
}

// carries is a RoundTripper that is a func.
type carries func(*http.Request) (*http.Response, error)

func (f carries) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestAnEmptyOrBrokenSecretIsNotTaken: a file that is being written.
func TestAnEmptyOrBrokenSecretIsNotTaken(t *testing.T) {
	file := write(t, "token", "good\n")
	var told []string
	i := &injected{name: "Authorization", prefix: "Bearer ", file: file, tell: func(_, trouble string) { told = append(told, trouble) }}
	for n, text := range []string{"good\n", "", " \n", "two\nlines", strings.Repeat("x", maxSecret+1), "nul\x00", "better"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		want := "Bearer good"
		if text == "better" {
			want = "Bearer better"
		}
		if got := i.current(); got != want {
			t.Errorf("%d: %.20q gave %.40q, want %q", n, text, got, want)
		}
	}
	if len(told) != 4 { // the two empty ones, and the two of several lines or control characters, in a row each
		t.Errorf("told %d times: %q", len(told), told)
	}
}

// TestRootsOfItsOwn: an upstream whose certificate no system knows.
func TestRootsOfItsOwn(t *testing.T) {
	upstream := httptest.NewTLSServer(&keeper{token: "t", key: ""})
	defer upstream.Close()
	upstream.Config.ErrorLog = nil
	roots := write(t, "roots.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: upstream.Certificate().Raw})))
	for _, c := range []struct{ ca, want string }{
		{"", "x509: certificate signed by unknown authority"},
		{"ca: " + roots, `"result"`},
	} {
		file := write(t, "proxy.yaml", fmt.Sprintf("policy: patience.json\nupstreams:\n  tls:\n    url: %s/mcp\n    token: {env: TOKEN}\n    %s\n", upstream.URL, c.ca))
		if err := os.WriteFile(filepath.Join(filepath.Dir(file), "patience.json"), []byte(`{"patience": "0s"}`), 0o600); err != nil {
			t.Fatal(err)
		}
		proxy := serves(t, environment("TOKEN=t"), "proxy", "--config", file)
		if status, _, body := newPlain(t, proxy.url).post(`{"jsonrpc":"2.0","id":7,"method":"initialize","params":{}}`); status != 200 || !strings.Contains(body, c.want) {
			t.Errorf("%q: %d %s, want %s", c.ca, status, body, c.want)
		}
		proxy.stop()
	}
}

// TestAnUpstreamMayHaveANameOfTheProxysOwn, if not its path.
func TestAnUpstreamMayHaveANameOfTheProxysOwn(t *testing.T) {
	for _, name := range []string{"healthz", "readyz"} {
		file := write(t, "proxy.yaml", fmt.Sprintf("upstreams:\n  %s: {url: 'http://127.0.0.1:9/mcp', path: /other}\n", name))
		s, err := readProxyConfig(file, nowhere)
		if err != nil || len(s.upstreams) != 1 || s.upstreams[0].path != "/other" {
			t.Errorf("%s: %+v, %v", name, s.upstreams, err)
		}
	}
}

// TestFlagsWinOverTheFile, which says json and trace nowhere.
func TestFlagsWinOverTheFile(t *testing.T) {
	trace := filepath.Join(t.TempDir(), "events.jsonl")
	proxy := serves(t, environment("TOKEN=t"), "proxy", "--config", "testdata/proxy/right.yaml", "--trace", trace, "--metrics", "127.0.0.1:0", "--drain", "7s")
	if want := "/files\n"; !strings.HasSuffix(proxy.first, want) {
		t.Errorf("first line %q, want the path %s", proxy.first, want)
	}
	resp, err := http.Get(strings.Replace(proxy.metrics(t), "/metrics", "/healthz", 1))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if resp.StatusCode != 200 || string(text) != "ok\n" {
		t.Errorf("/healthz: %d %s", resp.StatusCode, text)
	}
	if code, _ := proxy.stop(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
	if _, err := os.Stat(trace); err != nil {
		t.Error(err)
	}
	said := proxy.stderr.String()
	for line := range strings.Lines(said) {
		if !json.Valid([]byte(line)) {
			t.Errorf("a line of the log that is no JSON: %s", line)
		}
	}
	if !strings.Contains(said, `"msg":"draining","for":7000000000`) {
		t.Errorf("it said\n%s", said)
	}
}
