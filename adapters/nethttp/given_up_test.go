package nethttp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

// halfJSON answers with half a JSON answer, and then nothing.
func halfJSON(req *http.Request, _ message) *http.Response {
	resp := reply(req, 200, "application/json", "")
	resp.ContentLength = -1
	resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"jsonrpc":"2.0","id":1,"res`), silence{req.Context()}))
	return resp
}

// silence is what comes from a server until its request is given up.
type silence struct{ ctx context.Context }

func (s silence) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

// A caller that gives its call up while the answer is read is gone: nothing is
// tried again for it, and the budget of retries is there for those that wait.
func TestACallThatIsGivenUpWhileItsAnswerIsReadCostsNoRetry(t *testing.T) {
	for _, c := range []struct {
		name  string
		limit func(context.Context) (context.Context, context.CancelFunc)
		want  error
	}{
		{"its deadline comes", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		}, context.DeadlineExceeded},
		{"it is cancelled", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			return ctx, cancel
		}, context.Canceled},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newStub()
				rt := &Transport{Base: server}
				id := open(t, rt)
				server.behave(to("tools/list", halfJSON))
				for range 12 { // more than the budget holds
					ctx, cancel := c.limit(t.Context())
					_, _, _, err := postContext(t, ctx, rt, id, list)
					cancel()
					var e *Error
					if !errors.As(err, &e) || e.Why != policy.CallerGone || e.Attempts != 1 || !errors.Is(err, c.want) {
						t.Errorf("%v, want an error of one attempt that nobody waits for any more", err)
					}
				}
				n := 0
				server.behave(func(req *http.Request, m message) *http.Response {
					if n++; n == 1 {
						return reply(req, 503, "text/plain", "busy")
					}
					return nil
				})
				if status, _, _, err := post(t, rt, id, list); err != nil || status != 200 || n != 2 {
					t.Errorf("503 after that: status %d, error %v, sent %d times; want it sent again", status, err, n)
				}
				rt.Close()
				time.Sleep(time.Hour)
				synctest.Wait()
			})
		})
	}
}
