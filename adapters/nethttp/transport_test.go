package nethttp

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestALostSessionIsRenewedAndTheCallSentOnceMore(t *testing.T) {
	server := newStub()
	rt := &Transport{Base: server}
	defer rt.Close()
	id := open(t, rt)
	server.crossed()
	server.forget()

	status, body, got, err := post(t, rt, id, call(1))
	if err != nil || status != 200 || got != id || !strings.Contains(body, `"session":"S2"`) {
		t.Fatalf("status %d, id %q, body %s, error %v", status, got, body, err)
	}
	want := "tools/call S1\ninitialize\nnotifications/initialized S2\ntools/call S2"
	if d := cmp.Diff(want, server.crossed()); d != "" {
		t.Errorf("what crossed the wire (-want +got):\n%s", d)
	}
	if server.runs["1"] != 1 {
		t.Errorf("the call ran %d times", server.runs["1"])
	}
}

func TestManyWaitingCallsShareOneRecovery(t *testing.T) {
	server := newStub()
	rt := &Transport{Base: server}
	defer rt.Close()
	id := open(t, rt)
	server.forget()

	var wg sync.WaitGroup
	for i := 1; i <= 16; i++ {
		wg.Go(func() {
			if status, body, got, err := post(t, rt, id, call(i)); err != nil || status != 200 || got != id {
				t.Errorf("call %d: status %d, id %q, body %s, error %v", i, status, got, body, err)
			}
		})
	}
	wg.Wait()
	if server.opened != 2 {
		t.Errorf("%d sessions were opened, want the client's own and one more", server.opened)
	}
	for i, n := range server.runs {
		if n != 1 {
			t.Errorf("call %s ran %d times", i, n)
		}
	}
}

func TestASecondStaleAnswerIsAnErrorAndTheNextCallStartsFresh(t *testing.T) {
	server := newStub()
	rt := &Transport{Base: server}
	defer rt.Close()
	id := open(t, rt)
	server.forget()
	server.before = func(req *http.Request, m message) *http.Response {
		if string(m.method) == "tools/call" {
			return server.stale(req, m)
		}
		return nil
	}
	_, _, _, err := post(t, rt, id, call(1))
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	if e.Status != 401 || string(e.Body) != seedStale || e.Attempts != 2 {
		t.Errorf("status %d, body %q, attempts %d; want 401, the stale body, 2", e.Status, e.Body, e.Attempts)
	}
	for _, part := range []string{"401", seedStale, "2 attempts", "replicas without affinity"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not name %q: %v", part, err)
		}
	}
	server.behave(nil)
	if status, _, _, err := post(t, rt, id, call(2)); err != nil || status != 200 {
		t.Errorf("the next call: status %d, error %v", status, err)
	}
}

func TestARealAuthFailureIsHandedUpAndStartsNoRecovery(t *testing.T) {
	server := newStub()
	rt := &Transport{Base: server}
	defer rt.Close()
	id := open(t, rt)
	server.crossed()
	server.before = func(req *http.Request, m message) *http.Response {
		resp := reply(req, 401, "application/json", `{"error":"invalid_token"}`)
		resp.Header.Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		return resp
	}
	status, body, _, err := post(t, rt, id, call(1))
	if err != nil || status != 401 || body != `{"error":"invalid_token"}` {
		t.Errorf("status %d, body %q, error %v; want the 401 untouched", status, body, err)
	}
	if got := server.crossed(); got != "tools/call S1" {
		t.Errorf("crossed the wire: %s", got)
	}
}
