package nethttp

import (
	"errors"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

// TestTenThousandSessionsAreRenewedWithinThePacing: one process loses all its
// sessions at once. No interval sees more handshakes than the pacing allows; a
// call whose turn lies beyond its end fails with the time it is due, and
// succeeds when it comes again then.
func TestTenThousandSessionsAreRenewedWithinThePacing(t *testing.T) {
	n := 10_000
	if RaceEnabled || testing.Short() {
		n = 1_000
	}
	synctest.Test(t, func(t *testing.T) {
		server := newStub()
		rt := &Transport{Base: server}
		ids := make([]string, n)
		for i := range ids {
			ids[i] = open(t, rt)
		}
		server.forget()
		var (
			mu     sync.Mutex
			leads  []time.Duration
			start  = time.Now()
			wg     sync.WaitGroup
			refuse atomic.Int64
		)
		server.before = func(req *http.Request, m message) *http.Response {
			if string(m.method) == "initialize" {
				mu.Lock()
				leads = append(leads, time.Since(start))
				mu.Unlock()
			}
			return nil
		}
		for i, id := range ids {
			wg.Go(func() {
				for range 10 {
					status, _, _, err := post(t, rt, id, call(i))
					if err == nil && status == 200 {
						return
					}
					var e *Error
					switch {
					case errors.As(err, &e) && e.Why == policy.Paced && !e.Due.IsZero():
						refuse.Add(1)
						time.Sleep(time.Until(e.Due))
					case errors.As(err, &e) && e.Why == policy.PatienceSpent: // its turn came at its very end
						time.Sleep(time.Second)
					default:
						t.Errorf("session %d: status %d, error %v, want the time at which a turn is due", i, status, err)
						return
					}
				}
				t.Errorf("session %d was refused ten times", i)
			})
		}
		wg.Wait()
		if len(leads) != n {
			t.Errorf("%d handshakes for %d sessions", len(leads), n)
		}
		pacing := policy.Default().Pacing
		slices.Sort(leads)
		for i := range leads { // law 10, for every interval that ends 200 handshakes later
			j := min(i+200, len(leads)-1)
			most := pacing.Burst + int((leads[j]-leads[i]+time.Duration(pacing.Slack))/time.Duration(pacing.Every))
			if got := j - i + 1; got > most {
				t.Fatalf("%d handshakes within %v, want at most %d", got, leads[j]-leads[i], most)
			}
		}
		t.Logf("%d sessions renewed in %v, %d calls were told to come later", n, leads[len(leads)-1].Round(time.Millisecond), refuse.Load())
		rt.Close()
		time.Sleep(time.Hour)
		synctest.Wait()
	})
}

// TestMemoryOfASession: beyond what its own initialize holds, a session that
// was renewed once keeps at most 4 KiB.
func TestMemoryOfASession(t *testing.T) {
	if RaceEnabled {
		t.Skip("the race detector needs memory of its own")
	}
	const n = 2_000
	server := newStub()
	rt := &Transport{Base: server}
	defer rt.Close()
	heap := func() int64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	ids := make([]string, n)
	before := heap()
	for i := range ids {
		ids[i] = open(t, rt)
	}
	server.forget()
	p := policy.Default()
	p.Pacing.Every = 0
	plan, err := p.Compile()
	if err != nil {
		t.Fatal(err)
	}
	rt.plan = plan // this is about memory, not about time
	for i, id := range ids {
		if _, _, _, err := post(t, rt, id, call(i)); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range rt.store.all() { // the hold window is over
		if f := s.settling.Load(); f != nil {
			rt.settle(f, policy.Held, 0)
		}
	}
	server.crossed()
	clear(server.runs)
	clear(server.sessions)
	each := (heap() - before) / n
	own := int64(len(greeting)+len(server.result)) + 500 // body, result, and headers of its initialize
	t.Logf("%d bytes a session, of which its initialize holds about %d", each, own)
	if each-own > 4096 {
		t.Errorf("%d bytes a session beyond its own initialize, want at most 4096", each-own)
	}
	runtime.KeepAlive(ids)
}
