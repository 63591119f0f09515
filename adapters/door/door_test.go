package door

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

// asked is a RoundTripper that answers nothing and keeps what it was asked.
type asked struct{ last *http.Request }

func (a *asked) RoundTrip(req *http.Request) (*http.Response, error) {
	a.last = req
	return &http.Response{StatusCode: http.StatusAccepted, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
}

func TestWhatTheClientsTimeoutBounds(t *testing.T) {
	for _, c := range []struct {
		method  string
		header  string // Mcp-Method
		bounded bool
	}{
		{http.MethodPost, "", true},
		{http.MethodPost, "tools/call", true},
		{http.MethodDelete, "", true},
		{http.MethodGet, "", false},
		{http.MethodPost, "subscriptions/listen", false},
	} {
		base := &asked{}
		hc := Client(&http.Client{Transport: base, Timeout: time.Hour}, nil, SDK{})
		req, err := http.NewRequest(c.method, "http://mcp.test/mcp", strings.NewReader(""))
		if err != nil {
			t.Fatal(err)
		}
		if c.header != "" {
			req.Header.Set("Mcp-Method", c.header)
		}
		resp, err := hc.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		ctx := base.last.Context()
		if _, ok := ctx.Deadline(); ok != c.bounded {
			t.Errorf("%s %s: bounded %v, want %v", c.method, c.header, ok, c.bounded)
		}
		resp.Body.Close()
		if c.bounded && ctx.Err() != context.Canceled {
			t.Errorf("%s %s: the limit's timer outlives the body", c.method, c.header)
		}
	}
}

// The limit is the client's, whichever door it went through before.
func TestTheTimeoutOfAClientThatIsWrappedAgain(t *testing.T) {
	hour := func(base http.RoundTripper) *http.Client { return &http.Client{Transport: base, Timeout: time.Hour} }
	for _, c := range []struct {
		name string
		make func(base http.RoundTripper) *http.Client
		want time.Duration // 0: none
	}{
		{"wrapped once", func(base http.RoundTripper) *http.Client { return Client(hour(base), nil, SDK{}) }, time.Hour},
		{"wrapped twice", func(base http.RoundTripper) *http.Client {
			return Client(Client(hour(base), nil, SDK{}), nil, SDK{})
		}, time.Hour},
		{"three times", func(base http.RoundTripper) *http.Client {
			return Client(Client(Client(hour(base), nil, SDK{}), nil, SDK{}), nil, SDK{})
		}, time.Hour},
		{"twice, with the engine that it had", func(base http.RoundTripper) *http.Client {
			rt := &nethttp.Transport{Base: base}
			return Client(Client(hour(nil), rt, SDK{}), rt, SDK{})
		}, time.Hour},
		{"twice, with another limit between", func(base http.RoundTripper) *http.Client {
			hc := Client(hour(base), nil, SDK{})
			hc.Timeout = 2 * time.Hour
			return Client(hc, nil, SDK{})
		}, 2 * time.Hour},
		{"twice, with SetTimeout between", func(base http.RoundTripper) *http.Client {
			hc := Client(hour(base), nil, SDK{})
			Of(hc).SetTimeout(3 * time.Hour)
			return Client(hc, nil, SDK{})
		}, 3 * time.Hour},
		{"the first one's copy has another limit", func(base http.RoundTripper) *http.Client {
			hc := Client(hour(base), nil, SDK{})
			Of(Client(hc, nil, SDK{})).SetTimeout(2 * time.Hour)
			return hc
		}, time.Hour},
		{"none, wrapped twice", func(base http.RoundTripper) *http.Client {
			return Client(Client(&http.Client{Transport: base}, nil, SDK{}), nil, SDK{})
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := &asked{}
			hc := c.make(base)
			if hc.Timeout != 0 {
				t.Errorf("the http.Client itself has a Timeout of %s, which cuts the listening stream", hc.Timeout)
			}
			resp, err := hc.Post("http://mcp.test/mcp", "application/json", strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var got time.Duration
			if deadline, ok := base.last.Context().Deadline(); ok {
				got = time.Until(deadline).Round(time.Hour)
			}
			if got != c.want {
				t.Errorf("bounded by %s, want %s", got, c.want)
			}
		})
	}
}

// The engine is a copy: what was given stays as it was, and is heeded.
func TestTheGivenSettingsAreCopied(t *testing.T) {
	told := 0
	rt := &nethttp.Transport{Base: &asked{}, Renewed: func(nethttp.Renewal) { told++ }}
	d := Of(Client(nil, rt, SDK{}))
	if rt.SafeTool != nil || rt.Final != nethttp.AsSent || d.engine == rt {
		t.Error("the given engine was changed, or is used itself")
	}
	heard := 0
	stop := d.OnRenewed(func(nethttp.Renewal) { heard++ })
	d.engine.Renewed(nethttp.Renewal{})
	stop()
	d.engine.Renewed(nethttp.Renewal{})
	if told != 2 || heard != 1 {
		t.Errorf("the user's Renewed was told %d times, want 2; the listener %d times, want once before it stopped", told, heard)
	}
}

// What the SDK must see stays as it came, byte by byte.
func TestHarmlessAnswersPassWhole(t *testing.T) {
	answer := `{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no"}}`
	for _, c := range []struct {
		name   string
		sdk    SDK
		status int
		media  string
		body   string
		want   int // the status that the SDK sees; 0: an error
	}{
		{"an answer", SDK{}, 200, "application/json", answer, 200},
		{"an answer in a 400", SDK{}, 400, "application/json", answer, 400},
		{"an answer in a 404", SDK{}, 404, "application/json", answer, 404},
		{"an answer in a 404, for an SDK that takes it for a loss", SDK{NoAnswerIn404: true}, 404, "application/json", answer, 200},
		{"a challenge that is of use", SDK{Challenges: []int{401}}, 401, "text/plain", "token expired", 401},
		{"a challenge that is not", SDK{}, 401, "text/plain", "token expired", 0},
		{"a session that the engine does not know", SDK{}, 404, "text/plain", "session not found", 404},
		{"no MCP", SDK{}, 400, "text/plain", "what?", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := answers{c.status, c.media, c.body}
			hc := Client(&http.Client{Transport: base}, nil, c.sdk)
			req, err := http.NewRequest(http.MethodPost, "http://mcp.test/mcp", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"tools/call"}`))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Mcp-Session-Id", "unknown")
			resp, err := hc.Do(req)
			if (err != nil) != (c.want == 0) {
				t.Fatalf("error %v, want status %d", err, c.want)
			}
			if err != nil {
				return
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != c.want || string(body) != c.body {
				t.Errorf("%d %q, error %v; want %d and the body as it came", resp.StatusCode, body, err, c.want)
			}
		})
	}
}

// answers is a server that says one thing.
type answers struct {
	status int
	media  string
	body   string
}

func (a answers) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: a.status, Header: http.Header{"Content-Type": {a.media}}, Request: req,
		Body: io.NopCloser(strings.NewReader(a.body)), ContentLength: -1,
	}, nil
}
