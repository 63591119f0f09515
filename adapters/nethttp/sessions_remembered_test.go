package nethttp

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Who finds a session finds its epoch: one that is just being opened is not to
// be found.
func TestASessionIsFoundWithItsEpochOnly(t *testing.T) {
	var st store
	s := &session{hello: hello{url: at}}
	began := false
	st.add(s, "S", newID, func() {
		began = true
		if s.id != "S" || st.sessions[keyOf(at, "S")] != nil {
			t.Errorf("its first epoch begins when it is called %q, and is found: %v", s.id, st.sessions)
		}
	})
	if !began || st.find(at, "S") != s {
		t.Errorf("began: %v, found: %v", began, st.find(at, "S"))
	}
}

// A server may give a new session the id that somebody else guesses just then.
func TestRequestsWithTheIDOfASessionThatIsBeingOpened(t *testing.T) {
	server := newStub()
	server.before = func(req *http.Request, m message) *http.Response {
		server.opened = 0 // the next one is S1 again
		return nil
	}
	rt := &Transport{Base: server}
	defer rt.Close()
	open(t, rt)
	var over atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for !over.Load() {
			if s := rt.store.find(at, "S1"); s != nil && s.current() == nil {
				t.Error("a session was found that had no epoch")
				return
			}
		}
	})
	for range 2000 {
		if resp, err := send(t, rt, http.MethodDelete, "S1"); err != nil || resp.StatusCode != 204 {
			t.Fatalf("DELETE: %v, %v", resp, err)
		}
		if _, _, id, err := post(t, rt, "", greeting); err != nil || id != "S1" {
			t.Fatalf("initialize: id %q, error %v", id, err)
		}
	}
	over.Store(true)
	wg.Wait()
}

// The request that opened a session is the client's again once it was answered.
func TestASessionIsRenewedWhereItWasOpenedWhateverItsClientDoesToTheRequest(t *testing.T) {
	server := newStub()
	rt := &Transport{Base: server}
	defer rt.Close()
	req, err := http.NewRequest(http.MethodPost, testURL, strings.NewReader(greeting))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := rt.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	req.URL.Scheme, req.URL.Host, req.URL.Path = "https", "other.test", "/elsewhere"
	server.forget()
	server.behave(func(req *http.Request, m message) *http.Response {
		if got := req.URL.String(); got != testURL {
			t.Errorf("%s went to %s with %q", m.method, got, req.Header.Get("Authorization"))
		}
		return nil
	})
	if status, _, _, err := post(t, rt, "S1", call(1), "Authorization", "Bearer secret"); err != nil || status != 200 {
		t.Errorf("status %d, error %v", status, err)
	}
}

// Two servers at two paths of one host may well call their sessions the same.
func TestTheSameIDAtTwoPathsIsTwoSessions(t *testing.T) {
	server := newStub()
	opened := map[string]int{}
	server.behave(func(req *http.Request, m message) *http.Response {
		if string(m.method) == "initialize" {
			opened[req.URL.Path]++
			server.opened = 0
		}
		return nil
	})
	rt := &Transport{Base: server}
	defer rt.Close()
	does := func(path, id, body string) (client string) {
		req := mustRequest("http://mcp.test" + path)
		req.Header.Set("Content-Type", "application/json")
		if id != "" {
			req.Header.Set(headerSession, id)
		}
		req.Body = io.NopCloser(strings.NewReader(body))
		resp, err := rt.RoundTrip(req)
		if err != nil || resp.StatusCode != 200 {
			t.Fatalf("%s: %v, error %v", path, resp, err)
		}
		resp.Body.Close()
		return resp.Header.Get(headerSession)
	}
	a := does("/a/mcp", "", greeting)
	b := does("/b/mcp", "", greeting)
	if a == b {
		t.Fatalf("the client knows both as %q", a)
	}
	for range 3 {
		does("/a/mcp", a, call(1))
		does("/b/mcp", b, call(2))
	}
	if opened["/a/mcp"] != 1 || opened["/b/mcp"] != 1 {
		t.Errorf("opened %v, want one each: both are well", opened)
	}
}

// A session that is over is not kept, neither itself nor what ends with it: not
// until the Transport is closed, which may be never.
func TestASessionThatIsOverIsForgottenWhole(t *testing.T) {
	const n = 10
	server := newStub()
	rt := &Transport{Base: server}
	defer rt.Close()
	freed := make(chan string, 2*n)
	for range n {
		id := open(t, rt)
		e := rt.store.find(at, id).current()
		runtime.SetFinalizer(e, func(*epoch) { freed <- "session" })
		runtime.SetFinalizer(e.ctx, func(context.Context) { freed <- "context" })
		if resp, err := send(t, rt, http.MethodDelete, id); err != nil || resp.StatusCode != 204 {
			t.Fatalf("DELETE: %v, %v", resp, err)
		}
	}
	server.crossed()
	left := map[string]int{"session": n - 1, "context": n - 1} // the last one may be on the stack still
	tooLate := time.After(20 * time.Second)
	for left["session"] > 0 || left["context"] > 0 {
		runtime.GC()
		select {
		case what := <-freed:
			left[what]--
		case <-tooLate:
			t.Fatalf("kept of %d sessions that were deleted: %v", n, left)
		}
	}
	runtime.KeepAlive(rt)
}
