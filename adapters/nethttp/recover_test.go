package nethttp

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// lost is a Transport over a stub that has just forgotten its only session.
func lostSession(t *testing.T) (*stub, *Transport, string) {
	t.Helper()
	server := newStub()
	rt := &Transport{Base: server}
	t.Cleanup(func() { rt.Close() })
	id := open(t, rt)
	server.forget()
	server.crossed()
	return server, rt, id
}

func TestTheHandshakeIsTheClientsOwnWithTheCallsCredentials(t *testing.T) {
	server := newStub()
	rt := &Transport{Base: server}
	defer rt.Close()
	_, _, id, err := post(t, rt, "", greeting, "Authorization", "Bearer old", "X-Tenant", "a")
	if err != nil {
		t.Fatal(err)
	}
	server.forget()
	var seen []http.Header
	var mu sync.Mutex
	server.before = func(req *http.Request, m message) *http.Response {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, req.Header.Clone())
		return nil
	}
	if _, _, _, err := post(t, rt, id, call(1), "Authorization", "Bearer fresh"); err != nil {
		t.Fatal(err)
	}
	type want struct{ id, version, auth, tenant string }
	got := make([]want, len(seen))
	for i, h := range seen {
		got[i] = want{h.Get(headerSession), h.Get(headerVersion), h.Get("Authorization"), h.Get("X-Tenant")}
	}
	if d := cmp.Diff([]want{
		{"S1", "2025-11-25", "Bearer fresh", ""}, // the call
		{"", "", "Bearer fresh", "a"},            // initialize
		{"S2", "2025-11-25", "Bearer fresh", "a"},
		{"S2", "2025-11-25", "Bearer fresh", ""}, // the call again
	}, got, cmp.AllowUnexported(want{})); d != "" {
		t.Errorf("headers on the wire (-want +got):\n%s", d)
	}
}

func TestAnAuthRefusalOfTheHandshakeGoesUpToEveryWaitingCall(t *testing.T) {
	server, rt, id := lostSession(t)
	server.before = func(req *http.Request, m message) *http.Response {
		if string(m.method) != "initialize" {
			return nil
		}
		resp := reply(req, 401, "text/plain", "token expired")
		resp.Header.Set("WWW-Authenticate", "Bearer")
		return resp
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			status, body, _, err := post(t, rt, id, call(i), "Authorization", "Bearer old")
			if err != nil || status != 401 || body != "token expired" {
				t.Errorf("call %d: status %d, body %q, error %v; want the handshake's 401", i, status, body, err)
			}
		})
	}
	wg.Wait()

	server.crossed()
	if status, body, _, err := post(t, rt, id, call(9), "Authorization", "Bearer old"); err != nil || status != 401 || body != "token expired" {
		t.Errorf("a call with the refused credential: status %d, body %q, error %v; want the challenge again", status, body, err)
	}
	if got := server.crossed(); strings.Contains(got, "initialize") {
		t.Errorf("a handshake went out with the credential that the last one was refused with:\n%s", got)
	}
	server.behave(nil)
	if status, _, _, err := post(t, rt, id, call(10), "Authorization", "Bearer new"); err != nil || status != 200 {
		t.Errorf("a call with a new credential: status %d, error %v", status, err)
	}
}

func TestAServerThatGivesNoIDAnyMoreIsCalledWithoutOne(t *testing.T) {
	server, rt, id := lostSession(t)
	server.before = func(req *http.Request, m message) *http.Response {
		switch {
		case string(m.method) == "initialize":
			return reply(req, 200, "application/json", `{"jsonrpc":"2.0","id":0,"result":`+server.result+`}`)
		case req.Header.Get(headerSession) != "":
			return nil
		case m.oneWay():
			return reply(req, 202, "", "")
		}
		return reply(req, 200, "application/json", `{"jsonrpc":"2.0","id":`+string(m.id)+`,"result":{}}`)
	}
	for i := range 2 {
		if status, _, _, err := post(t, rt, id, call(i)); err != nil || status != 200 {
			t.Fatalf("status %d, error %v", status, err)
		}
	}
	if d := cmp.Diff("tools/call S1\ninitialize\nnotifications/initialized\ntools/call\ntools/call", server.crossed()); d != "" {
		t.Errorf("what crossed the wire (-want +got):\n%s", d)
	}
}

func TestALowerVersionIsTakenAndAForeignOneIsAClearError(t *testing.T) {
	for _, c := range []struct {
		version string
		ok      bool
	}{{"2025-06-18", true}, {"2025-03-26", true}, {"2024-11-05", false}, {"2026-07-28", false}, {"", false}} {
		t.Run(c.version, func(t *testing.T) {
			server, rt, id := lostSession(t)
			server.result = `{"protocolVersion":"` + c.version + `"}`
			var version string
			server.before = func(req *http.Request, m message) *http.Response {
				if string(m.method) == "tools/call" {
					version = req.Header.Get(headerVersion)
				}
				return nil
			}
			_, _, _, err := post(t, rt, id, call(1))
			if c.ok && (err != nil || version != c.version) {
				t.Errorf("error %v, the call went out as %q", err, version)
			}
			if !c.ok && (err == nil || !strings.Contains(err.Error(), `protocol version "`+c.version+`"`)) {
				t.Errorf("error %v, want one that names the version", err)
			}
		})
	}
}

func TestTheFlightGoesOnWhenItsLeaderGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, rt, id := lostSession(t)
		server.before = func(req *http.Request, m message) *http.Response {
			if string(m.method) == "initialize" {
				time.Sleep(2 * time.Second)
			}
			return nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			_, _, _, err := postContext(t, ctx, rt, id, call(0))
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the leader got %v, want its own deadline", err)
			}
		})
		synctest.Wait()
		for i := 1; i <= 8; i++ {
			wg.Go(func() {
				if status, _, _, err := post(t, rt, id, call(i)); err != nil || status != 200 {
					t.Errorf("call %d: status %d, error %v", i, status, err)
				}
			})
		}
		wg.Wait()
		if server.opened != 2 {
			t.Errorf("%d sessions opened, want 2", server.opened)
		}
		rt.Close()
		synctest.Wait()
	})
}

func TestARecoveryThatRunsOutOfTimeIsNotTheCallersDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, rt, id := lostSession(t)
		server.before = func(req *http.Request, m message) *http.Response {
			if string(m.method) == "initialize" {
				<-req.Context().Done()
			}
			return nil
		}
		server.stale = func(req *http.Request, m message) *http.Response {
			return reply(req, 404, "text/plain", "session not found")
		}
		start := time.Now()
		_, _, _, err := post(t, rt, id, call(1))
		var e *Error
		if !errors.As(err, &e) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want an *Error that is not the caller's deadline", err)
		}
		if took := time.Since(start); took > 5*time.Minute {
			t.Errorf("the call hung for %s", took)
		}
		rt.Close()
		synctest.Wait()
	})
}

func TestWhileARecoveryIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, rt, id := lostSession(t)
		server.before = func(req *http.Request, m message) *http.Response {
			if string(m.method) == "initialize" {
				time.Sleep(time.Second)
			}
			return nil
		}
		var wg sync.WaitGroup
		wg.Go(func() { post(t, rt, id, call(1)) })
		synctest.Wait()
		server.crossed()

		// Notifications and answers are taken at once and never sent.
		for _, body := range []string{`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`, `{"jsonrpc":"2.0","id":1,"result":{}}`} {
			if status, _, got, err := post(t, rt, id, body); err != nil || status != 202 || got != id {
				t.Errorf("%s: status %d, id %q, error %v; want 202", body, status, got, err)
			}
		}
		if got := server.crossed(); got != "" {
			t.Errorf("crossed the wire: %s", got)
		}
		// A call that comes now does not ask the old epoch.
		wg.Go(func() { post(t, rt, id, call(2)) })
		wg.Wait()
		if got := server.crossed(); strings.Contains(got, "S1") {
			t.Errorf("something was sent to the lost session:\n%s", got)
		}
		rt.Close()
		synctest.Wait()
	})
}

func TestAnAnswerToALostQuestionReachesNobody(t *testing.T) {
	server, rt, id := lostSession(t)
	if _, _, _, err := post(t, rt, id, call(1)); err != nil {
		t.Fatal(err)
	}
	server.crossed()
	if status, _, _, err := post(t, rt, id, `{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}`); err != nil || status != 202 {
		t.Errorf("status %d, error %v; want 202", status, err)
	}
	if got := server.crossed(); got != "" {
		t.Errorf("the old answer crossed the wire: %s", got)
	}
	question := sealMessage(rt.store.all()[0].nonce, 1, []byte(`{"jsonrpc":"2.0","id":1,"method":"elicitation/create"}`))
	if _, _, _, err := post(t, rt, id, `{"jsonrpc":"2.0","id":`+string(scan(question).id)+`,"result":{"action":"decline"}}`); err != nil {
		t.Fatal(err)
	}
	if got := server.crossed(); got != "get S2" && got != "post S2" {
		t.Errorf("the new answer did not reach the session that asked: %q", got)
	}
}
