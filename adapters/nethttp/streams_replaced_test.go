package nethttp

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// More calls break off at once than a session remembers ended streams: those
// that it cannot remember are told, and the rest get their answers when they ask.
func TestEveryCallEndsWhoseStreamBrokeOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newStub()
		rt := &Transport{Base: server}
		id := open(t, rt)
		opened := make(chan *events, 2*maxLost)
		server.behave(func(req *http.Request, m message) *http.Response {
			last := strings.TrimPrefix(req.Header.Get(headerLastEvent), "e")
			if last != "" {
				return reply(req, 200, "text/event-stream", answerTo(last))
			}
			resp, e := eventStream(req)
			if m.call() {
				e.pieces <- "id: e" + string(m.id) + "\ndata:\n\n"
				opened <- e
			}
			return resp
		})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var answered, told atomic.Int32
		var wg sync.WaitGroup
		const round = maxLost + 30
		calls := func(first int) {
			for n := first; n < first+round; n++ {
				wg.Go(func() {
					_, text, _, err := postContext(t, ctx, rt, id, call(n))
					if err == nil && strings.Contains(text, `"error"`) {
						told.Add(1)
						return
					}
					time.Sleep(time.Second) // as SDKs do
					if strings.Contains(rest(t, ctx, rt, id, fmt.Sprint("e", n)), fmt.Sprintf(`"id":%d,`, n)) {
						answered.Add(1)
					}
				})
			}
			synctest.Wait()
			for range round {
				close((<-opened).pieces)
			}
		}
		calls(1)
		time.Sleep(time.Minute)
		synctest.Wait()
		if a, o := answered.Load(), told.Load(); a != maxLost || o != round-maxLost {
			t.Errorf("%d calls got their answers and %d an error, want %d and %d", a, o, maxLost, round-maxLost)
		}
		cancel()
		wg.Wait()
		rt.Close()
		time.Sleep(time.Hour)
		synctest.Wait()
	})
}

// rest asks for the rest of a call's stream, and reads it to its end.
func rest(t *testing.T, ctx context.Context, rt http.RoundTripper, id, last string) string {
	req := mustRequest(testURL).WithContext(ctx)
	req.Method = http.MethodGet
	req.Header = http.Header{headerSession: {id}, headerLastEvent: {last}}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		t.Errorf("the rest after %s: %v", last, err)
		return ""
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return string(b)
}

// Ended streams that nobody asked for make room after a while, in which a client
// asks or never does.
func TestEndedStreamsThatNobodyAskedForMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l lost
		for n := range maxLost {
			if !l.put(fmt.Sprint("e", n), orphan{}) {
				t.Fatalf("no room for the stream %d", n)
			}
		}
		time.Sleep(lostFor)
		if l.put("more", orphan{}) {
			t.Error("room for one more, while those before may be asked for")
		}
		time.Sleep(time.Second)
		if !l.put("more", orphan{}) {
			t.Error("no room, though nobody asked for those before in time")
		}
		if _, ok := l.take("more"); !ok {
			t.Error("the last one is not found")
		}
		if _, ok := l.take("e0"); ok {
			t.Error("the first one is still there")
		}
	})
}

// A recovery tells the open streams that their session was replaced. One that
// was opened on the new session before that word came is not meant.
func TestTheWordOfARecoveryIsForTheOldStreamsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startReplicas(t)
		defer r.ends()
		present := r.reads(http.MethodPost, call(3))
		s := r.rt.store.all()[0]
		s.streams.replaced() // the word comes late
		time.Sleep(10 * r.rt.plan.OrphanGrace())
		synctest.Wait()
		select {
		case <-present.gone:
			t.Error("a tool of the present session was silent for a while, and its call ended as an orphan")
		default:
		}
		present.says(answerTo("3"))
	})
}
