package nethttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/google/go-cmp/cmp"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/policy"
)

// tap stands before a server and writes down the JSON-RPC methods of the POSTs
// that come.
type tap struct {
	http.Handler
	mu   sync.Mutex
	came []string
}

func (p *tap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		var m struct{ Method string }
		_ = json.Unmarshal(body, &m)
		p.mu.Lock()
		p.came = append(p.came, m.Method)
		p.mu.Unlock()
	}
	p.Handler.ServeHTTP(w, r)
}

// since gives what came since the last look.
func (p *tap) since() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	came := p.came
	p.came = nil
	return came
}

// TestRecoveryCostsTheFloor: a call that finds its session gone costs four
// round trips, none more. The next one costs its own.
func TestRecoveryCostsTheFloor(t *testing.T) {
	each(t, func(t *testing.T, connect connect, server newServer) {
		leaks := goleak.IgnoreCurrent()
		t.Cleanup(func() { goleak.VerifyNone(t, leaks) })
		var r runs
		l := &lossy{new: func() (http.Handler, func()) { return server(&r) }, stale: words["401"]}
		l.forget()
		p := &tap{Handler: l}
		url, _ := serve(t, p, "")
		base := &http.Transport{}
		rt := &nethttp.Transport{Base: base}
		c := connect(t, url, rt)
		t.Cleanup(func() { c.close(); rt.Close(); base.CloseIdleConnections(); l.end() })
		mustRun(t, c, &r, "before")
		p.since()

		l.forget()
		mustRun(t, c, &r, "lost")
		if d := cmp.Diff([]string{"tools/call", "initialize", "notifications/initialized", "tools/call"}, p.since()); d != "" {
			t.Errorf("what the recovery sent (-want +got):\n%s", d)
		}
		mustRun(t, c, &r, "next")
		if d := cmp.Diff([]string{"tools/call"}, p.since()); d != "" {
			t.Errorf("what the call after it sent (-want +got):\n%s", d)
		}
	})
}

// crowd is how many calls of one session find it gone at once.
const crowd = 1000

// forgetful is a server that answers calls of a lost session only when the
// whole crowd has asked, so that all of it waits for one recovery.
type forgetful struct {
	mu     sync.Mutex
	opened int
	alive  int            // the session that is known; older ones are lost
	asked  int            // calls of a lost session, in this round
	all    chan struct{}  // closed when the crowd has asked
	sent   map[string]int // calls by name
	ran    map[string]int
	counts map[string]int // requests by JSON-RPC method
	dies   bool           // the sessions that it opens are lost with the first call on them
}

func newForgetful() *forgetful {
	return &forgetful{sent: map[string]int{}, ran: map[string]int{}, counts: map[string]int{}, all: make(chan struct{})}
}

func (f *forgetful) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var m struct {
		ID     json.RawMessage
		Method string
		Params struct{ Arguments struct{ N string } }
	}
	_ = json.Unmarshal(body, &m)
	name := m.Params.Arguments.N
	f.mu.Lock()
	f.counts[m.Method]++
	if m.Method == "initialize" {
		f.opened++
		f.alive = f.opened
		w.Header().Set("Mcp-Session-Id", fmt.Sprint("S", f.opened))
		f.mu.Unlock()
		answerRPC(w, m.ID, `{"protocolVersion":"`+revision+`","capabilities":{},"serverInfo":{"name":"forgetful","version":"1"}}`)
		return
	}
	if m.Method != "tools/call" {
		f.mu.Unlock()
		w.WriteHeader(http.StatusAccepted)
		return
	}
	f.sent[name]++
	if f.dies {
		f.alive = 0
	}
	if lost := r.Header.Get("Mcp-Session-Id") != fmt.Sprint("S", f.alive); lost {
		all := f.all
		if f.asked++; f.asked == crowd {
			close(all)
			f.asked, f.all = 0, make(chan struct{})
		}
		f.mu.Unlock()
		select {
		case <-all:
		case <-r.Context().Done():
		}
		http.Error(w, "Unauthorized: Session not found", http.StatusUnauthorized)
		return
	}
	f.ran[name]++
	f.mu.Unlock()
	answerRPC(w, m.ID, `{"content":[{"type":"text","text":"`+name+`"}]}`)
}

// forgets loses the session, and those to come with their first call if dies.
func (f *forgetful) forgets(dies bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.alive, f.dies = 0, dies
	clear(f.sent)
	clear(f.ran)
	clear(f.counts)
}

// waiting is a session of a forgetful server.
type waiting struct {
	*forgetful
	t      *testing.T
	rt     *nethttp.Transport
	url    string
	client string // the session's id as the client knows it
}

func startWaiting(t *testing.T, p *policy.Policy) *waiting {
	leaks := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, leaks) })
	w := &waiting{forgetful: newForgetful(), t: t}
	w.url, _ = serve(t, w.forgetful, "")
	base := &http.Transport{MaxIdleConnsPerHost: crowd}
	w.rt = &nethttp.Transport{Base: base, Policy: p}
	t.Cleanup(func() { w.rt.Close(); base.CloseIdleConnections() })
	resp, err := w.posts(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"` + revision + `","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	w.client = resp.Header.Get("Mcp-Session-Id")
	return w
}

func (w *waiting) posts(body string) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	w.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if w.client != "" {
		req.Header.Set("Mcp-Session-Id", w.client)
	}
	return w.rt.RoundTrip(req)
}

// all lets the whole crowd call at once.
func (w *waiting) all(ended func(name, answer string, err error)) {
	var wg sync.WaitGroup
	for i := range crowd {
		wg.Go(func() {
			name := fmt.Sprint("call ", i)
			resp, err := w.posts(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"run","arguments":{"n":%q}}}`, i, name))
			if err != nil {
				ended(name, "", err)
				return
			}
			answer, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			ended(name, string(answer), err)
		})
	}
	wg.Wait()
}

// each checks how often every call was sent, and ran.
func (w *waiting) each(sent, ran int) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range crowd {
		if name := fmt.Sprint("call ", i); w.sent[name] != sent || w.ran[name] != ran {
			w.t.Fatalf("%s was sent %d times and ran %d times, want %d and %d", name, w.sent[name], w.ran[name], sent, ran)
		}
	}
}

// handshakes checks what came beside calls.
func (w *waiting) handshakes(want int) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if i, n := w.counts["initialize"], w.counts["notifications/initialized"]; i != want || n != want {
		w.t.Errorf("%d initialize and %d initialized, want %d of each", i, n, want)
	}
}

// TestAThousandWaitingCallsAreReleasedWithoutASecondHerd: all of them find
// their session gone, one handshake serves all, each is sent once more.
func TestAThousandWaitingCallsAreReleasedWithoutASecondHerd(t *testing.T) {
	w := startWaiting(t, nil)
	w.forgets(false)
	w.all(func(name, answer string, err error) {
		if err != nil || !strings.Contains(answer, `"`+name+`"`) {
			t.Errorf("%s: answer %q, error %v", name, answer, err)
		}
	})
	w.handshakes(1)
	w.each(2, 1)
}

// TestAThousandWaitingCallsAndASessionThatIsLostAtOnce: the server forgets the
// new session with the first call that is released. Every call has its typed
// error then, none started another recovery; and as often as the whole crowd
// calls again, one more handshake serves all of it.
func TestAThousandWaitingCallsAndASessionThatIsLostAtOnce(t *testing.T) {
	p := policy.Default()
	p.Handshake.Base, p.Handshake.Cap = policy.Duration(10*time.Millisecond), policy.Duration(100*time.Millisecond)
	w := startWaiting(t, &p)
	for round := range 3 {
		w.forgets(true)
		w.all(func(name, answer string, err error) {
			var e *nethttp.Error
			if !errors.As(err, &e) || e.Why != policy.LostTwice || e.OutcomeUnknown() {
				t.Errorf("round %d, %s: answer %q, error %v, want the error of a session that was lost twice", round, name, answer, err)
			}
		})
		w.handshakes(1)
		w.each(2, 0)
	}
	w.forgets(false)
	w.all(func(name, answer string, err error) {
		if err != nil || !strings.Contains(answer, `"`+name+`"`) {
			t.Errorf("%s, when the server is well: answer %q, error %v", name, answer, err)
		}
	})
	w.handshakes(1)
	w.each(2, 1)
}
