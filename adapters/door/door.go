// Package door is what the doors for the Go SDKs share: the way from an SDK's
// http.Client into the engine, the tools that a server calls safe to repeat,
// and a session that connects again. It knows no SDK; use package gosdk or
// mcpgo.
package door

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

// Door is the http.RoundTripper of an SDK's client: the engine, and around it
// what differs from SDK to SDK. It is safe for concurrent use.
type Door struct {
	*core
	sdk     SDK
	timeout time.Duration // of everything but streams; 0: none
}

// core is what doors share whose clients were made one from the other.
type core struct {
	engine *nethttp.Transport
	given  *nethttp.Transport // that engine is a copy of; nil: none was given
	err    error              // settings that contradict each other: of every request
	hints  hints

	mu      sync.Mutex
	told    map[int]func(nethttp.Renewal) // who wants to know of recoveries
	counted int
}

// SDK is what a door must know of its SDK.
type SDK struct {
	// Challenges are the statuses of auth challenges that the SDK makes use of;
	// challenges of every other status become an *nethttp.Error.
	Challenges []int
	// NoAnswerIn404 says that the SDK takes every 404 for a lost session, even
	// one that holds the JSON-RPC answer to its call.
	NoAnswerIn404 bool
}

// Client returns a copy of hc that sends through the engine, with the settings
// of rt. nil hc is a new http.Client; nil rt is the engine that hc has already,
// or else the default one. The copy keeps Jar, CheckRedirect and Timeout; the
// last is applied to everything but event streams that a GET opened, which
// would else be cut while they work.
//
// The engine is a copy of rt with Final set to nethttp.AsError. If hc is one
// that Client returned, its engine is shared instead.
//
// A RoundTripper in hc that is neither http.DefaultTransport nor an engine
// becomes the engine's Base. Where both are set and differ, every request fails
// with an error that says so.
func Client(hc *http.Client, rt *nethttp.Transport, sdk SDK) *http.Client {
	if hc == nil {
		hc = new(http.Client)
	}
	c := *hc
	d := &Door{core: coreOf(hc.Transport, rt), sdk: sdk, timeout: c.Timeout}
	if before := Of(hc); before != nil && d.timeout == 0 {
		d.timeout = before.timeout // which Client took from it
	}
	c.Transport, c.Timeout = d, 0
	return &c
}

// Of returns the Door of a client that Client returned; nil for others.
func Of(hc *http.Client) *Door {
	if hc == nil {
		return nil
	}
	d, _ := hc.Transport.(*Door)
	return d
}

// SetTimeout changes the time limit that Client took from its http.Client. It
// must not be called once requests are under way.
func (d *Door) SetTimeout(limit time.Duration) { d.timeout = limit }

func coreOf(inner http.RoundTripper, rt *nethttp.Transport) *core {
	switch in := inner.(type) {
	case *Door:
		if rt == nil || rt == in.given {
			return in.core
		}
		return &core{err: errors.New("mcprecover: the http.Client sends through another engine already: give its client alone, or a client without one")}
	case *nethttp.Transport:
		if rt == nil || rt == in {
			return newCore(in, in.Base)
		}
		return &core{err: errors.New("mcprecover: the http.Client's Transport is an engine too: give one of the two")}
	case nil:
		return newCore(rt, nil)
	}
	if same(inner, http.DefaultTransport) || rt != nil && same(inner, rt.Base) {
		return newCore(rt, nil)
	}
	if rt != nil && rt.Base != nil {
		return &core{err: fmt.Errorf("mcprecover: the http.Client's Transport (%T) and the engine's Base (%T) contradict each other: set one of the two", inner, rt.Base)}
	}
	return newCore(rt, inner)
}

// same compares without the panic of types that cannot be compared.
func same(a, b http.RoundTripper) bool {
	return a != nil && b != nil && reflect.TypeOf(a).Comparable() && a == b
}

// newCore makes the engine: a copy, since nobody else may know its SafeTool and
// its Renewed.
func newCore(given *nethttp.Transport, base http.RoundTripper) *core {
	c := &core{given: given, engine: new(nethttp.Transport)}
	if given != nil {
		c.engine = given.Clone()
	}
	if base != nil {
		c.engine.Base = base
	}
	c.engine.Final = nethttp.AsError
	if c.engine.SafeTool == nil {
		c.engine.SafeTool = c.hints.safe
	}
	user := c.engine.Renewed
	c.engine.Renewed = func(r nethttp.Renewal) {
		if r.Changed() {
			c.hints.forget()
		}
		if user != nil {
			user(r)
		}
		c.tell(r)
	}
	return c
}

// OnRenewed lets f be told of every recovery, as nethttp.Transport.Renewed
// tells it, until stop is called.
func (d *Door) OnRenewed(f func(nethttp.Renewal)) (stop func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.counted++
	n := d.counted
	if d.told == nil {
		d.told = map[int]func(nethttp.Renewal){}
	}
	d.told[n] = f
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.told, n)
	}
}

func (c *core) tell(r nethttp.Renewal) {
	c.mu.Lock()
	fs := make([]func(nethttp.Renewal), 0, len(c.told))
	for _, f := range c.told {
		fs = append(fs, f)
	}
	c.mu.Unlock()
	for _, f := range fs {
		f(r)
	}
}

// RoundTrip sends a request through the engine.
func (d *Door) RoundTrip(req *http.Request) (*http.Response, error) {
	if d.err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, d.err
	}
	if req.Response == nil { // not one that a redirect made
		d.hints.meant(req.URL)
	}
	if p := passageOf(req.Context()); p != nil {
		p.through(d, req.URL)
	}
	resp, err := d.timed(req)
	if err != nil || req.Method != http.MethodPost {
		return resp, err
	}
	return d.harmless(req, resp)
}

// CloseIdleConnections closes the idle connections of the engine's Base; it is
// what http.Client.CloseIdleConnections calls.
func (d *Door) CloseIdleConnections() {
	if d.err == nil {
		d.engine.CloseIdleConnections()
	}
}
