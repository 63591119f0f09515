package nethttp

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// A call chooses its epoch, and then begins to wait; between the two the epoch
// may be replaced, and whoever waits on it be told.
func TestAWaitThatBeginsOnAReplacedEpochEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newStub()
		rt := &Transport{Base: server}
		defer rt.Close()
		id := open(t, rt)
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, testURL, nil)
		if err != nil {
			t.Fatal(err)
		}
		s := rt.store.find(req.URL, id)
		late := &exchange{kind: calling, req: req, session: s, epoch: s.current()}
		server.forget()
		if status, _, _, err := post(t, rt, id, call(1)); err != nil || status != http.StatusOK {
			t.Fatalf("status %d, error %v", status, err)
		}
		began := time.Now()
		ctx, w := rt.waiting(late)
		<-ctx.Done()
		if took := time.Since(began); took != rt.plan.HeaderLimit() || !errors.Is(context.Cause(ctx), errSilent) {
			t.Errorf("it ended after %v by %v", took, context.Cause(ctx))
		}
		s.waits.end(w)(nil)
	})
}
