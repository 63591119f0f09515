package nethttp

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func send(t *testing.T, rt http.RoundTripper, method, id string) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, testURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(headerSession, id)
	return rt.RoundTrip(req)
}

func TestDeleteEndsTheServersPresentSession(t *testing.T) {
	server, rt, id := lostSession(t)
	if _, _, _, err := post(t, rt, id, call(1)); err != nil {
		t.Fatal(err)
	}
	server.crossed()
	resp, err := send(t, rt, http.MethodDelete, id)
	if err != nil || resp.StatusCode != 204 {
		t.Fatalf("response %v, error %v", resp, err)
	}
	if got := server.crossed(); got != "delete S2" {
		t.Errorf("crossed the wire: %s", got)
	}
	// From now on the id is not ours: the server's 404 goes up, so that a
	// conforming client initializes.
	if status, _, _, err := post(t, rt, id, call(2)); err != nil || status != 401 {
		t.Errorf("status %d, error %v; want the server's own answer", status, err)
	}
	if got := server.crossed(); got != "tools/call S1" {
		t.Errorf("crossed the wire: %s", got)
	}
}

func TestAnInitializeThatCarriesAnIDOpensANewSession(t *testing.T) {
	server := newStub()
	rt := &Transport{Base: server}
	defer rt.Close()
	id := open(t, rt)
	server.crossed()
	_, _, second, err := post(t, rt, id, strings.Replace(greeting, `"id":0`, `"id":1234`, 1))
	if err != nil || second == "" || second == id {
		t.Fatalf("id %q, error %v", second, err)
	}
	if got := server.crossed(); got != "initialize" {
		t.Errorf("crossed the wire: %s", got)
	}
}

func TestTwoClientsThatAreGivenTheSameIDStayApart(t *testing.T) {
	server := newStub()
	rt := &Transport{Base: server}
	defer rt.Close()
	a := open(t, rt)
	server.opened = 0 // a restarted server counts from 1 again
	b := open(t, rt)
	if a == b {
		t.Fatalf("both clients know their session as %q", a)
	}
	for id, its := range map[string]string{a: `"S2"`, b: `"S1"`} { // the first one's is gone, or it would be the other's
		if status, body, got, err := post(t, rt, id, call(1)); err != nil || status != 200 || got != id || !strings.Contains(body, its) {
			t.Errorf("%s: status %d, id %q, body %s, error %v", id, status, got, body, err)
		}
	}
}

func TestNothingOfASessionGoesToAnotherOrigin(t *testing.T) {
	server := newStub()
	rt := &Transport{Base: server}
	defer rt.Close()
	id := open(t, rt)
	first, err := http.NewRequest(http.MethodPost, testURL, strings.NewReader(call(1)))
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"http://mcp.test:8080/mcp", "http://evil.test/mcp", "https://mcp.test/mcp"} {
		var got http.Header
		server.before = func(req *http.Request, m message) *http.Response {
			got = req.Header
			return reply(req, 200, "application/json", `{}`)
		}
		req := first.Clone(t.Context())
		req.URL, _ = url.Parse(target)
		req.Body, _ = first.GetBody()
		req.Header.Set(headerSession, id)
		req.Header.Set("Authorization", "Bearer secret")
		req.Response = &http.Response{StatusCode: 307, Request: first}
		if _, err := rt.RoundTrip(req); err != nil {
			t.Fatal(err)
		}
		if got.Get(headerSession) != "" || got.Get("Authorization") != "" {
			t.Errorf("%s received %v", target, got)
		}
		if req.Header.Get(headerSession) != id {
			t.Error("the caller's request was changed")
		}
	}
}

func TestForeignRequestsPassUntouched(t *testing.T) {
	server := newStub()
	rt := &Transport{Base: server}
	defer rt.Close()
	var got *http.Request
	server.before = func(req *http.Request, m message) *http.Response {
		got = req
		return reply(req, 404, "text/plain", "nothing here")
	}
	req, _ := http.NewRequest(http.MethodGet, "http://mcp.test/.well-known/oauth-protected-resource", nil)
	resp, err := rt.RoundTrip(req)
	if err != nil || resp.StatusCode != 404 || got != req {
		t.Errorf("response %v, error %v, same request %v", resp, err, got == req)
	}
}

func TestTheCallersOwnEndIsTheCallersOwnError(t *testing.T) {
	server := newStub()
	rt := &Transport{Base: server}
	defer rt.Close()
	id := open(t, rt)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, _, err := postContext(t, ctx, rt, id, call(1))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled behind it", err)
	}
}
