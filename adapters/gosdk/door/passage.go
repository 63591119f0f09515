package door

import (
	"context"
	"net/url"
	"sync/atomic"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

// Passage is one call of an SDK on its way through HTTP. It tells the code
// around the call which door it went through: an SDK's middleware sees calls
// and their results, but no HTTP.
type Passage struct {
	call    any
	method  string
	crossed atomic.Pointer[crossing]
}

type crossing struct {
	door *Door
	url  *url.URL
}

type passageKey struct{}

// Watch gives a context to make a call with, and the Passage to ask after it.
// call names the call, by a value that can be compared: the Passage is nil if
// ctx carries one for the same call already. A nil call is like no other.
func Watch(ctx context.Context, call any, method string) (context.Context, *Passage) {
	if p := passageOf(ctx); p != nil && call != nil && p.call == call {
		return ctx, nil
	}
	p := &Passage{call: call, method: method}
	return context.WithValue(ctx, passageKey{}, p), p
}

func passageOf(ctx context.Context) *Passage {
	p, _ := ctx.Value(passageKey{}).(*Passage)
	return p
}

func (p *Passage) through(d *Door, u *url.URL) { p.crossed.Store(&crossing{d, u}) }

// Crossed reports whether the call went through a door.
func (p *Passage) Crossed() bool { return p.crossed.Load() != nil }

// Lift gives the *nethttp.Error that the data of a JSON-RPC error tells of, or
// nil. It unwraps to err, the SDK's own error.
func (p *Passage) Lift(data []byte, err error) error {
	facts, ok := nethttp.FactsOf(data)
	if !ok {
		return nil
	}
	var at string
	if c := p.crossed.Load(); c != nil {
		at = where(c.url)
	}
	e := facts.Error(p.method, at)
	e.Err = err
	return e
}

// Learn notes what a page of tools/list says about repeating its tools; first
// is the first page, which makes all that was known before void.
func (p *Passage) Learn(first bool, safe map[string]bool) {
	if c := p.crossed.Load(); c != nil {
		c.door.hints.learn(first, safe)
	}
}
