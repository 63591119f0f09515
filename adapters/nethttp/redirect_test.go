package nethttp

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// moved is a server at /mcp/ to which /mcp redirects, as web frameworks do that
// want a slash at the end.
type moved struct {
	*stub
	status   int
	location string
}

func (m *moved) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Path != "/mcp" {
		return m.stub.RoundTrip(req)
	}
	resp := reply(req, m.status, "text/html", "<html>moved</html>")
	if m.location != "" {
		resp.Header.Set("Location", m.location)
	}
	return resp, nil
}

// does sends a request as http.Client does, which follows redirects.
func does(t *testing.T, rt http.RoundTripper, method, id, body string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(t.Context(), method, testURL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body == "" {
		req.Body, req.GetBody, req.ContentLength = nil, nil, 0
	}
	req.Header.Set("Content-Type", "application/json")
	if id != "" {
		req.Header.Set(headerSession, id)
	}
	resp, err := (&http.Client{Transport: rt}).Do(req)
	if err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	return resp, err
}

// http.Client sends a request that is redirected by 307 or 308 again itself: for
// that it must see the answer, in both modes.
func TestRequestsFollowTheRedirectOfTheirServer(t *testing.T) {
	for _, status := range []int{http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		for _, final := range []Final{AsSent, AsError} {
			t.Run(fmt.Sprintf("%d, Final %d", status, final), func(t *testing.T) {
				server := &moved{stub: newStub(), status: status, location: "/mcp/"}
				rt := &Transport{Base: server, Final: final}
				defer rt.Close()
				for _, c := range []struct {
					name, method, id, body string
					want                   int
				}{
					{"initialize", http.MethodPost, "", greeting, 200},
					{"a notification", http.MethodPost, "S1", initialized, 202},
					{"a call", http.MethodPost, "S1", call(1), 200},
					{"a listing", http.MethodPost, "S1", list, 200},
				} {
					if resp, err := does(t, rt, c.method, c.id, c.body); err != nil || resp.StatusCode != c.want {
						t.Errorf("%s: %v, error %v; want %d", c.name, resp, err, c.want)
					}
				}
			})
		}
	}
}

// Where there is nothing to follow it is an answer like others.
func TestARedirectToNowhereIsAFailure(t *testing.T) {
	server := &moved{stub: newStub(), status: http.StatusTemporaryRedirect, location: "/mcp/"}
	rt := &Transport{Base: server, Final: AsError}
	defer rt.Close()
	if _, err := does(t, rt, http.MethodPost, "", greeting); err != nil {
		t.Fatal(err)
	}
	server.location = ""
	for name, body := range map[string]string{"a call": call(1), "a notification": initialized} {
		var e *Error
		if _, err := does(t, rt, http.MethodPost, "S1", body); !errors.As(err, &e) || e.Status != 307 {
			t.Errorf("%s: %v, want an *Error", name, err)
		}
	}
}

// The DELETE that follows a redirect is the same session's: it ends what the
// server has open, and then the session is forgotten.
func TestADeleteThatIsRedirectedEndsTheServersPresentSession(t *testing.T) {
	server := &moved{stub: newStub(), status: http.StatusTemporaryRedirect, location: "/mcp/"}
	rt := &Transport{Base: server}
	defer rt.Close()
	if _, err := does(t, rt, http.MethodPost, "", greeting); err != nil {
		t.Fatal(err)
	}
	server.forget()
	if resp, err := does(t, rt, http.MethodPost, "S1", call(1)); err != nil || resp.StatusCode != 200 {
		t.Fatalf("%v, error %v", resp, err)
	}
	server.crossed()
	if resp, err := does(t, rt, http.MethodDelete, "S1", ""); err != nil || resp.StatusCode != 204 {
		t.Errorf("%v, error %v; want 204", resp, err)
	}
	if got := server.crossed(); got != "delete S2" {
		t.Errorf("crossed the wire: %s", got)
	}
	if left := rt.store.all(); len(left) > 0 {
		t.Errorf("%d sessions are remembered after the DELETE", len(left))
	}
}

// A client that does not follow has its session still: it is found, and renewed
// when it is lost.
func TestADeleteThatWasRedirectedAndNotFollowedEndedNothing(t *testing.T) {
	server, rt, id := lostSession(t)
	server.behave(func(req *http.Request, m message) *http.Response {
		if req.Method == http.MethodDelete {
			return says(307, "", "", "Location", "/mcp/")(req, m)
		}
		return nil
	})
	if resp, err := send(t, rt, http.MethodDelete, id); err != nil || resp.StatusCode != 307 {
		t.Fatalf("%v, error %v; want the redirect", resp, err)
	}
	if status, _, _, err := post(t, rt, id, call(1)); err != nil || status != 200 {
		t.Errorf("a call after it: status %d, error %v", status, err)
	}
}
