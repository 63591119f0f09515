package nethttp

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// A server that has no listening stream may say so at any length.
func TestARefusalOfTheListeningStreamGoesUpWhole(t *testing.T) {
	for _, status := range []int{200, 403, 405} {
		server := newStub()
		rt := &Transport{Base: server}
		id := open(t, rt)
		long := strings.Repeat("no stream here\n", 10_000)
		server.behave(says(status, "text/plain", long, "X-Why", "none"))
		resp, err := send(t, rt, http.MethodGet, id)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != status || string(b) != long || resp.Header.Get("X-Why") != "none" {
			t.Errorf("%d: status %d, %d of %d bytes, header %v, error %v", status, resp.StatusCode, len(b), len(long), resp.Header, err)
		}
		if resp.Request == nil || resp.Request.Header.Get(headerSession) != id {
			t.Errorf("%d: it answers %v, want the client's own request", status, resp.Request)
		}
		if s := rt.store.find(at, id); s.busy() {
			t.Errorf("%d: the session counts as one with something under way", status)
		}
		rt.Close()
	}
}

// Answers that are made here look as http.Response documents them.
func TestTheStatusOfAnAnswerOfOurOwn(t *testing.T) {
	for status, want := range map[int]string{200: "200 OK", 202: "202 Accepted", 404: "404 Not Found"} {
		if got := respond(mustRequest(testURL), status, "", nil).Status; got != want {
			t.Errorf("Status %q, want %q", got, want)
		}
	}
}
