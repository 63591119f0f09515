package nethttp

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// busyness is a session with something under way.
type busyness struct {
	*stub
	t       *testing.T
	rt      *Transport
	id      string
	ctx     context.Context // has no deadline
	limited context.Context // has one
}

// asks sends a request and reads what comes of it, beside the test.
func (b *busyness) asks(ctx context.Context, method, body string) {
	req, err := http.NewRequestWithContext(ctx, method, testURL, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, headerSession: {b.id}}
	go func() {
		if resp, err := b.rt.RoundTrip(req); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	}()
	synctest.Wait()
}

func streaming(req *http.Request, _ message) *http.Response {
	resp, _ := eventStream(req)
	return resp
}

// A Transport that remembers as many sessions as it may forgets the one that
// was used least recently, but none of which something is under way. A call that
// has a deadline, and no stream yet, is not counted, for what that would cost.
func TestWhichSessionIsForgotten(t *testing.T) {
	for _, c := range []struct {
		name string
		way  func(*busyness)
		kept bool
	}{
		{"nothing is under way", func(*busyness) {}, false},
		{"a listening stream is open", func(b *busyness) {
			b.behave(streaming)
			b.asks(b.ctx, http.MethodGet, "")
		}, true},
		{"a call's stream is open", func(b *busyness) {
			b.behave(streaming)
			b.asks(b.limited, http.MethodPost, call(1))
		}, true},
		{"a call without a deadline waits for its answer", func(b *busyness) {
			b.behave(hangs)
			b.asks(b.ctx, http.MethodPost, call(1))
		}, true},
		{"a call with a deadline waits for its answer", func(b *busyness) {
			b.behave(hangs)
			b.asks(b.limited, http.MethodPost, call(1))
		}, false},
		{"a call with a deadline waits for a renewal", func(b *busyness) {
			b.forget()
			b.behave(to("initialize", hangs))
			b.asks(b.limited, http.MethodPost, call(1))
		}, true},
		{"a call was answered", func(b *busyness) { b.asks(b.ctx, http.MethodPost, call(1)) }, false},
		{"a call was answered after a renewal", func(b *busyness) {
			b.forget()
			b.asks(b.ctx, http.MethodPost, call(1))
		}, false},
		{"a call's stream was read to its end", func(b *busyness) {
			b.behave(says(200, "text/event-stream", answerTo("1")))
			b.asks(b.ctx, http.MethodPost, call(1))
		}, false},
		{"the first listening stream was refused", func(b *busyness) {
			b.behave(says(405, "text/plain", "no stream here"))
			b.asks(b.ctx, http.MethodGet, "")
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &busyness{stub: newStub(), t: t}
				b.rt = &Transport{Base: b.stub}
				var cancel, end context.CancelFunc
				b.ctx, cancel = context.WithCancel(t.Context())
				b.limited, end = context.WithTimeout(b.ctx, 24*time.Hour)
				defer func() {
					end()
					cancel()
					b.rt.Close()
					time.Sleep(time.Hour)
					synctest.Wait()
				}()
				b.id = open(t, b.rt)
				c.way(b)
				b.behave(nil)
				next := open(t, b.rt) // used later
				want := b.id
				if c.kept {
					want = next
				}
				b.rt.store.mu.Lock()
				got := b.rt.store.forgetOldest()
				b.rt.store.mu.Unlock()
				if got == nil || got.id != want {
					t.Errorf("forgotten: %v, want %s", got, want)
				}
			})
		})
	}
}
