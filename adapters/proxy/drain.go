package proxy

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// errLeaving: the proxy ends.
var errLeaving = errors.New("the proxy is shutting down")

// farewell bounds the end of what a drain cut.
const farewell = 2 * time.Second

// underway are the requests that a Proxy has not answered to the end.
type underway struct {
	mu       sync.Mutex
	all      map[*answer]struct{}
	calls    int // those that are no listening streams
	draining bool
	quiet    chan struct{} // closed when a drain has no calls left to wait for
	empty    chan struct{} // closed when it has nothing left at all
}

// add takes a request in; late: the Proxy is draining.
func (u *underway) add(a *answer) (late bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.all == nil {
		u.all = make(map[*answer]struct{})
	}
	u.all[a] = struct{}{}
	if !a.stream {
		u.calls++
	}
	return u.draining
}

func (u *underway) remove(a *answer) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.all, a)
	if !a.stream {
		u.calls--
	}
	u.tell()
}

// tell closes what a drain waits for. Called under mu.
func (u *underway) tell() {
	if u.quiet != nil && u.calls == 0 {
		close(u.quiet)
		u.quiet = nil
	}
	if u.empty != nil && len(u.all) == 0 {
		close(u.empty)
		u.empty = nil
	}
}

// Drain ends the Proxy in order. From now on new calls and streams are refused,
// with JSON-RPC errors that say so; clients' replies and notifications, which
// running calls may wait for, still pass. It waits until the running calls have
// ended or ctx has, ends what is still open, calls with errors and event streams
// with their proper end, so that clients connect again, and returns when all of
// them have been told, or 2 s later: a client that reads nothing cannot be told.
// cut is the number of calls that did not end by themselves.
//
// The Proxy refuses calls for ever after. Drain must not be called twice.
func (p *Proxy) Drain(ctx context.Context) (cut int) {
	quiet, empty := p.under.drain()
	select {
	case <-quiet:
	case <-ctx.Done():
	}
	for _, a := range p.under.list() {
		if !a.stream {
			cut++
		}
		a.stop(errLeaving)
	}
	late := time.NewTimer(farewell)
	defer late.Stop()
	select {
	case <-empty:
	case <-late.C:
	}
	return cut
}

// drain begins to drain. The channels close with the last call and with the
// last request of any kind.
func (u *underway) drain() (quiet, empty <-chan struct{}) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.draining = true
	u.quiet, u.empty = make(chan struct{}), make(chan struct{})
	quiet, empty = u.quiet, u.empty
	u.tell()
	return quiet, empty
}

func (u *underway) list() (all []*answer) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for a := range u.all {
		all = append(all, a)
	}
	return all
}

// isNews: it asks for something new, and is no part of what runs already.
func isNews(r *http.Request) bool {
	switch r.Method {
	case http.MethodDelete:
		return false
	case http.MethodPost:
		ids, _, understood := calls(r)
		return len(ids) > 0 || !understood
	}
	return true
}

// leaving is the error of a request that came too late.
func (p *Proxy) leaving(r *http.Request) error {
	return &nethttp.Error{
		Class: classify.Transient, Reason: classify.NeverSent, Why: policy.NeverSent, Executed: classify.No,
		Method: r.Method, URL: p.endpoint(),
		Hint: "try again when it is back", Err: errLeaving,
	}
}
