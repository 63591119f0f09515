package door

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/classify"
)

// Passage is one call of an SDK on its way through HTTP. It tells the code
// around the call which door it went through: an SDK's middleware sees calls
// and their results, but no HTTP.
type Passage struct {
	method  string
	crossed atomic.Pointer[crossing]
}

type crossing struct {
	door *Door
	url  *url.URL
}

type passageKey struct{}

// Watch gives a context to make a call of a JSON-RPC method with, and the
// Passage to ask after it.
func Watch(ctx context.Context, method string) (context.Context, *Passage) {
	p := &Passage{method: method}
	return context.WithValue(ctx, passageKey{}, p), p
}

func passageOf(ctx context.Context) *Passage {
	p, _ := ctx.Value(passageKey{}).(*Passage)
	return p
}

func (p *Passage) through(d *Door, u *url.URL) { p.crossed.Store(&crossing{d, u}) }

// Crossed reports whether the call went through a door.
func (p *Passage) Crossed() bool { return p.crossed.Load() != nil }

// Lift gives the *nethttp.Error that a JSON-RPC error of the call tells of, or
// nil: one that the engine put into its data, or one that says that the session
// is lost, inside an event stream, where the engine does not look. It unwraps to
// err, the SDK's own error.
func (p *Passage) Lift(code int64, message string, data json.RawMessage, err error) error {
	var at string
	if c := p.crossed.Load(); c != nil {
		at = where(c.url)
	}
	if facts, ok := nethttp.FactsOf(data); ok {
		e := facts.Error(p.method, at)
		e.Err = err
		return e
	}
	if v := VerdictOfRPC(code, message, data); v.Class == classify.Stale {
		return &nethttp.Error{
			Class: v.Class, Reason: v.Reason, Executed: v.Executed, Method: p.method, URL: at,
			Status: http.StatusOK, Attempts: 1, Err: err,
		}
	}
	return nil
}

// Meet notes the result of initialize or server/discover: where it differs from
// that of the connection before, another server answers, and what was learned is
// void. Results of other methods are nothing to it.
func (p *Passage) Meet(result any) {
	if p.method != "initialize" && p.method != "server/discover" {
		return
	}
	if c := p.crossed.Load(); c != nil {
		said, _ := json.Marshal(result)
		c.door.hints.meet(p.method, string(said))
	}
}

// Learn notes what a page of tools/list says about repeating its tools; first
// is the first page, which makes all that was known before void.
func (p *Passage) Learn(first bool, safe map[string]bool) {
	if c := p.crossed.Load(); c != nil {
		c.door.hints.learn(first, safe)
	}
}
