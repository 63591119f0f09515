package nethttp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

// broken is an event stream that breaks when something is over.
type broken struct {
	io.ReadCloser
	over <-chan struct{}
}

func (b broken) Read([]byte) (int, error) {
	<-b.over
	return 0, errReset
}

// A caller that is gone hears of that, whatever the network says at the same
// time: an error of the network would be one that nobody gave a type.
func TestAStreamThatBreaksAsItsCallerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newStub()
		rt := &Transport{Base: server}
		defer rt.Close()
		id := open(t, rt)
		ctx, leave := context.WithCancel(t.Context())
		server.behave(func(req *http.Request, m message) *http.Response {
			resp := reply(req, http.StatusOK, "text/event-stream", "")
			resp.ContentLength, resp.Body = -1, broken{resp.Body, ctx.Done()}
			return resp
		})
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, testURL, strings.NewReader(call(1)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set(headerSession, id)
		resp, err := rt.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		leave()
		if rest, err := io.ReadAll(resp.Body); !errors.Is(err, context.Canceled) || len(rest) > 0 {
			t.Errorf("got %q and %v, want the caller's own error", rest, err)
		}
	})
}
