package nethttp

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Wherever an id or a credential stands in an answer, no part of it is in the
// error: not at the place where its body is cut either.
func TestNoPartOfASecretIsInAnError(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef0123456789abcdef"
	const token = "fedcba9876543210fedcba9876543210fedcba9876543210"
	for _, shown := range []struct{ name, secret string }{{"the session's id", secret}, {"the request's credential", token}} {
		for _, before := range []int{0, 100, maxErrorText - len(secret), maxErrorText - 12, maxErrorText - 8, maxErrorText, maxErrorText + 10} {
			server := newStub()
			server.before = func(req *http.Request, m message) *http.Response {
				if string(m.method) != "initialize" {
					return reply(req, 404, "text/plain", "session not found: "+strings.Repeat("x", max(before-len("session not found: "), 0))+" "+shown.secret)
				}
				resp := reply(req, 200, "application/json", `{"jsonrpc":"2.0","id":0,"result":`+server.result+`}`)
				resp.Header.Set(headerSession, secret)
				return resp
			}
			rt := &Transport{Base: server}
			if _, _, id, err := post(t, rt, "", greeting); err != nil || id != secret {
				t.Fatalf("initialize: id %q, error %v", id, err)
			}
			server.behave(func(req *http.Request, m message) *http.Response {
				return reply(req, 403, "text/plain", strings.Repeat("x", before)+" "+shown.secret)
			})
			rt.Final = AsError
			_, _, _, err := post(t, rt, secret, call(1), "Authorization", "Basic "+token)
			rt.Close()
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%v, want an *Error", err)
			}
			if len(e.Body) > maxErrorText || strings.Contains(string(e.Body), shown.secret[:6]) {
				t.Errorf("%s after %d bytes: the error shows %d bytes that end in %q", shown.name, before, len(e.Body), e.Body[max(len(e.Body)-20, 0):])
			}
		}
	}
}

// Nor is the id of a session that a recovery opened in vain.
func TestTheIDOfASessionThatWasOpenedInVainIsInNoError(t *testing.T) {
	for _, method := range []string{"notifications/initialized", methodLevel} {
		t.Run("lost at "+method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newStub()
				server.result = `{"protocolVersion":"2025-11-25","capabilities":{"logging":{}}}`
				rt := &Transport{Base: server}
				id := open(t, rt)
				if status, _, _, err := post(t, rt, id, `{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"debug"}}`); err != nil || status != 200 {
					t.Fatalf("status %d, error %v", status, err)
				}
				server.forget()
				server.behave(to(method, func(req *http.Request, _ message) *http.Response {
					return reply(req, 404, "text/plain", "session not found: "+req.Header.Get(headerSession))
				}))
				_, _, _, err := post(t, rt, id, call(2))
				var e *Error
				if !errors.As(err, &e) || string(e.Body) != "session not found: <session>" {
					t.Errorf("%v\nwant an error that shows no id", err)
				}
				rt.Close()
				time.Sleep(time.Hour)
				synctest.Wait()
			})
		})
	}
}

// What an error of a request says that is too large to be kept: that its session
// is renewed only where it is.
func TestWhatIsSaidOfARequestThatIsTooLargeToBeKept(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(*http.Request, message) *http.Response
		want   string
	}{
		{"the session is lost", says(404, "text/plain", "session not found"),
			"the request is too large to be kept for a second sending; its session is renewed: send it again"},
		{"the server is busy", says(429, "text/plain", "busy"),
			"the request is too large to be kept for a second sending"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := newStub()
			rt := &Transport{Base: server, Final: AsError}
			defer rt.Close()
			id := open(t, rt)
			server.behave(to("tools/list", c.answer))
			req := mustRequest(testURL)
			req.Header = http.Header{"Content-Type": {"application/json"}, headerSession: {id}}
			huge := `{"jsonrpc":"2.0","id":9,"method":"tools/list","params":{"x":"` + strings.Repeat("x", maxReplay) + `"}}`
			req.Body = io.NopCloser(strings.NewReader(huge))
			_, err := rt.RoundTrip(req)
			var e *Error
			if !errors.As(err, &e) || e.Hint != c.want {
				t.Errorf("%v\nwant the hint %q", err, c.want)
			}
		})
	}
}
