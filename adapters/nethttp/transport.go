// Package nethttp is the engine: an http.RoundTripper that makes any MCP client
// over streamable HTTP recover from lost sessions.
//
//	client := &http.Client{Transport: &nethttp.Transport{}}
//
// The way of a request is RoundTrip, in this file: what is it (exchange), send
// it, hand a good answer up (deliver), mend everything else (mend). What an
// answer means is decided by package classify, what to do about it by package
// policy; this package owns the locks, clocks, goroutines and sockets.
package nethttp

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// Transport recovers lost MCP sessions under any http.Client. Its zero value
// works. It is safe for concurrent use and must not be copied after first use
// (Clone copies the settings). One Transport may serve many clients, sessions
// and endpoints.
//
// The fields are settings: they are read at the first RoundTrip and must not
// be changed afterwards.
type Transport struct {
	// Base sends the requests; nil: http.DefaultTransport.
	Base http.RoundTripper

	// Policy says what to do about failures; nil: policy.Default. A policy
	// that does not compile fails every RoundTrip with its error.
	Policy *policy.Policy

	// Rules are the user's own classifier rules, asked before ours; nil: ours alone.
	Rules classify.Rules

	// SafeTool reports whether running the named tool twice does no harm;
	// nil: no tool is assumed safe. It must be safe for concurrent use.
	SafeTool func(name string) bool

	// Shared says that clients of several users send through this Transport,
	// as they do through a proxy: an answer that calls a session another user's
	// is then handed up, and no session is opened for it.
	Shared bool

	// Final says how a call's last failure is handed up when it is not a
	// lost session; see Final.
	Final Final

	// BaseContext gives the context of a recovery, from the request that
	// starts it; nil: context.Background. The recovery outlives the request,
	// so the request's own values are not inherited.
	BaseContext func(*http.Request) context.Context

	// Renewed is told of every recovery, with the server's description of
	// itself before and now, before waiting calls go on, outside all locks;
	// nil: nobody. It must be safe for concurrent use, and quick.
	Renewed func(Renewal)

	// Observer is told every step, synchronously, outside all locks; nil: nobody.
	Observer func(Event)

	// Rand gives the draw-th random number in [0,1) of the session or call
	// named by key; nil: the process's random source. A function of its
	// arguments alone makes every decision repeatable.
	Rand func(key uint64, draw uint32) float64

	once     sync.Once
	setupErr error
	plan     *policy.Plan
	started  time.Time
	store    store
	keys     atomic.Uint64   // numbers sessions, and calls without one, for Rand
	closing  context.Context // ends with Close
	stop     context.CancelFunc
	unfenced bool // set by a test alone, to show what the fence is for
}

// Final says how the last failure of a call is handed up. A lost session that
// could not be recovered is an *Error in both modes: a raw stale answer would
// end the whole client of a Go SDK.
type Final uint8

const (
	// AsSent hands up what the server sent.
	AsSent Final = iota
	// AsError makes failures an *Error, except a JSON-RPC answer to this very
	// call, auth challenges (401, 403), which the client must see, and answers
	// outside sessions, from which it learns what the server speaks.
	AsError
)

// RoundTrip sends one request. Requests that are not MCP pass untouched.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := t.setup(); err != nil {
		return refuse(req, err)
	}
	var x exchange
	if err := t.exchange(&x, req); err != nil {
		return refuse(req, err)
	}
	switch x.kind {
	case foreign:
		return t.base().RoundTrip(x.req)
	case listen:
		return t.listen(x)
	case end:
		return t.endSession(x)
	}
	if x.session != nil {
		if x.epoch.n > 0 && !t.unfenced {
			if resp, err := t.answerBack(&x); resp != nil || err != nil {
				return resp, err
			}
		}
		if x.session.renewing() {
			return t.join(x)
		}
	}
	a := t.send(&x)
	if a.good() {
		return t.deliver(&x, &a)
	}
	return t.mend(x, a)
}

// Clone returns a new Transport with the same settings and no sessions.
func (t *Transport) Clone() *Transport {
	return &Transport{
		Base: t.Base, Policy: t.Policy, Rules: t.Rules, SafeTool: t.SafeTool, Shared: t.Shared, Final: t.Final,
		BaseContext: t.BaseContext, Renewed: t.Renewed, Observer: t.Observer, Rand: t.Rand,
	}
}

// CloseIdleConnections closes the idle connections of Base, if it has any.
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.base().(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func (t *Transport) setup() error {
	t.once.Do(func() {
		t.started = time.Now()
		t.closing, t.stop = context.WithCancel(context.Background())
		p := policy.Default()
		if t.Policy != nil {
			p = *t.Policy
		}
		t.plan, t.setupErr = p.Compile()
	})
	return t.setupErr
}

func (t *Transport) base() http.RoundTripper {
	if t.Base != nil {
		return t.Base
	}
	return http.DefaultTransport
}

// now is the policy's clock: nanoseconds since the first RoundTrip, from 1,
// since 0 means "no time" in the policy's values.
func (t *Transport) now() policy.Time { return int64(time.Since(t.started)) + 1 }

func (t *Transport) random(key uint64, draw uint32) float64 {
	if t.Rand != nil {
		return t.Rand(key, draw)
	}
	return rand.Float64()
}
