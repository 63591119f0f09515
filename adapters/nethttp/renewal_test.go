package nethttp

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcprecover/mcprecover/classify"
)

// A tool that fails without a word may hide that the session is lost. While no
// other can be opened, that suspicion must not keep calls from a session that
// is well.
func TestASuspectedLossKeepsNoCallFromASessionThatIsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newStub()
		rt := &Transport{Base: server, Rand: func(uint64, uint32) float64 { return 0.99 }}
		id := open(t, rt)
		refused := 0
		server.behave(func(req *http.Request, m message) *http.Response {
			switch {
			case string(m.method) == "initialize":
				refused++
				return reply(req, 500, "text/plain", "too many sessions")
			case strings.Contains(string(m.params), "faulty"):
				return reply(req, 500, "text/plain", "internal server error")
			}
			return nil
		})
		for n := range 30 {
			for range 3 {
				post(t, rt, id, `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"faulty"}}`)
				time.Sleep(time.Millisecond)
			}
			start := time.Now()
			if status, _, _, err := post(t, rt, id, call(n)); err != nil || status != 200 || time.Since(start) > 0 {
				t.Errorf("call %d after %d handshakes that were refused: status %d, error %v, after %v", n, refused, status, err, time.Since(start))
			}
			time.Sleep(time.Second)
		}
		if refused == 0 {
			t.Error("no loss was ever suspected: this test shows nothing")
		}
		rt.Close()
		time.Sleep(time.Hour)
		synctest.Wait()
	})
}

// A panic in the user's code ends the call that it was called for, not the
// session: later calls do not wait for a handshake that never started.
func TestAPanicOfTheUsersCodeDoesNotEndTheSession(t *testing.T) {
	for _, c := range []struct {
		name   string
		panics func(*Transport, func())
	}{
		{"BaseContext", func(rt *Transport, once func()) {
			rt.BaseContext = func(*http.Request) context.Context { once(); return context.Background() }
		}},
		{"Observer, told of the recovery", func(rt *Transport, once func()) {
			rt.Observer = func(e Event) {
				if e.Kind == RecoveryStarted {
					once()
				}
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newStub()
				rt := &Transport{Base: server}
				panics := 1
				c.panics(rt, func() {
					if panics--; panics == 0 {
						panic("the user's")
					}
				})
				id := open(t, rt)
				server.forget()
				func() {
					defer func() {
						if got := recover(); got != "the user's" {
							t.Errorf("recovered %v", got)
						}
					}()
					post(t, rt, id, call(1))
				}()
				start := time.Now()
				if status, _, _, err := post(t, rt, id, call(2)); err != nil || status != 200 || time.Since(start) > time.Minute {
					t.Errorf("the next call: status %d, error %v, after %v", status, err, time.Since(start))
				}
				rt.Close()
				time.Sleep(time.Hour)
				synctest.Wait()
			})
		})
	}
}

// A handshake that was refused by auth is not asked for again with the same
// credentials: Authorization, or cookies where there is none.
func TestWhichRequestsComeWithNewCredentials(t *testing.T) {
	for _, c := range []struct {
		name       string
		first      []string
		then       []string
		handshakes int
	}{
		{"the same token", []string{"Authorization", "Bearer a"}, []string{"Authorization", "Bearer a"}, 1},
		{"another token", []string{"Authorization", "Bearer a"}, []string{"Authorization", "Bearer b"}, 2},
		{"the same cookie", []string{"Cookie", "auth=a"}, []string{"Cookie", "auth=a"}, 1},
		{"another cookie", []string{"Cookie", "auth=a"}, []string{"Cookie", "auth=b"}, 2},
		{"a token beside the same cookie", []string{"Cookie", "auth=a"}, []string{"Cookie", "auth=a", "Authorization", "Bearer b"}, 2},
		{"a cookie for a token", []string{"Authorization", "Bearer a"}, []string{"Cookie", "auth=b"}, 2},
		{"the same token with another cookie", []string{"Authorization", "Bearer a", "Cookie", "auth=a"}, []string{"Authorization", "Bearer a", "Cookie", "auth=b"}, 1},
		{"another header", []string{"Cookie", "auth=a"}, []string{"Cookie", "auth=a", "X-Request", "2"}, 1},
		{"none", nil, nil, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, rt, id := lostSession(t)
				n := 0
				server.behave(func(req *http.Request, m message) *http.Response {
					if string(m.method) != "initialize" {
						return nil
					}
					if n++; n > 1 {
						return nil
					}
					return reply(req, 401, "text/plain", "login expired")
				})
				if status, _, _, err := post(t, rt, id, call(1), c.first...); err != nil || status != 401 {
					t.Fatalf("status %d, error %v; want the handshake's 401", status, err)
				}
				time.Sleep(5 * time.Minute)
				status, _, _, err := post(t, rt, id, call(2), c.then...)
				if want := map[int]int{1: 401, 2: 200}[c.handshakes]; err != nil || status != want || n != c.handshakes {
					t.Errorf("status %d, error %v, %d handshakes; want %d and %d", status, err, n, want, c.handshakes)
				}
				rt.Close()
				time.Sleep(time.Hour)
				synctest.Wait()
			})
		})
	}
}

// A call whose session's id went to another client is not sent there, and its
// error does not say that it was.
func TestACallThatWasNeverSentHasNoAttempts(t *testing.T) {
	for _, c := range []struct {
		name     string
		taken    bool
		attempts int
	}{{"its session is gone", false, 1}, {"its session's id is another's now", true, 0}} {
		t.Run(c.name, func(t *testing.T) {
			server, rt, id := lostSession(t)
			rt.store.find(at, id).current().taken.Store(c.taken)
			server.behave(to("initialize", says(400, "text/plain", "bad request")))
			_, _, _, err := post(t, rt, id, call(1))
			var e *Error
			if !errors.As(err, &e) || e.Attempts != c.attempts || e.Executed != classify.No || e.OutcomeUnknown() {
				t.Errorf("%v; want an error of %d attempts, which did not run", err, c.attempts)
			}
			if sent := strings.Count(server.crossed(), "tools/call"); sent != c.attempts {
				t.Errorf("the call crossed the wire %d times", sent)
			}
		})
	}
}
