package nethttp_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/faults"
	"github.com/mcprecover/mcprecover/policy"
)

// place is one endpoint, at which servers live one after another.
type place struct {
	t      *testing.T
	ledger *ledger
	new    newLife
	addr   string
	url    string
	conns  gauge

	life *life // nil: nobody is there

	mu         sync.Mutex
	handshakes []time.Time // of the Transport's own, as they came
}

// newLife makes a server that knows no session, and a way to end those that it
// has then.
type newLife func(*book) (http.Handler, func())

// life is one server from its start to its stop.
type life struct {
	wrong *faults.Server
	srv   *http.Server
	ended chan struct{}
	end   func()
}

func newPlace(t *testing.T, l *ledger, new newLife) *place {
	p := &place{t: t, ledger: l, new: new, addr: "127.0.0.1:0"}
	p.start(nil)
	p.url = "http://" + p.addr + "/mcp"
	return p
}

// start lets a server live, on the address of the one before. Requests of
// sessions that it does not know get an answer of package faults, or its own
// words if that is nil.
func (p *place) start(stale *faults.Answer) {
	b := &book{place: p, by: map[string]page{}}
	h, end := p.new(b)
	b.inner = h
	wrong, err := faults.New(faults.Config{Handler: b, Observer: p.wrong})
	if err != nil {
		p.t.Error(err)
		return
	}
	if stale != nil {
		wrong.Forget(*stale)
	}
	listener, err := net.Listen("tcp", p.addr)
	for tries := 0; err != nil && tries < 100; tries++ { // somebody may hold the port for a moment
		<-time.After(50 * time.Millisecond)
		listener, err = net.Listen("tcp", p.addr)
	}
	if err != nil {
		p.t.Errorf("the server cannot come back: %v", err)
		return
	}
	p.addr = listener.Addr().String()
	l := &life{wrong: wrong, end: end, ended: make(chan struct{})}
	l.srv = &http.Server{Handler: wrong, ConnState: func(c net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			p.conns.opens()
		case http.StateHijacked, http.StateClosed:
			p.conns.closes()
		}
		wrong.ConnState(c, state)
	}}
	go func() { defer close(l.ended); _ = l.srv.Serve(listener) }()
	p.life = l
}

// stop ends the server as the end of a process does: dials are refused.
func (p *place) stop() {
	l := p.life
	if l == nil {
		return
	}
	p.life = nil
	_ = l.srv.Close()
	<-l.ended
	l.end()
}

// wrong is told what goes wrong.
func (p *place) wrong(e faults.Event) {
	if e.Fault == "" {
		return
	}
	p.ledger.mu.Lock()
	defer p.ledger.mu.Unlock()
	p.ledger.faults[e.Fault]++
}

// bunched is how much closer together than they were sent handshakes may come to
// the server, on a busy machine.
const bunched = time.Second

// withinBudget checks law 10 where the server sees it: the handshakes in any
// interval t are at most burst + (t + slack)/every.
func (p *place) withinBudget(b policy.Pacing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	slices.SortFunc(p.handshakes, time.Time.Compare)
	for i, from := range p.handshakes {
		for j := i; j < len(p.handshakes) && j < i+2000; j++ {
			span := p.handshakes[j].Sub(from)
			if most := b.Burst + int((span+time.Duration(b.Slack)+bunched)/time.Duration(b.Every)); j-i+1 > most {
				p.ledger.violated("%s: %d handshakes came within %v, the budget is %d", p.url, j-i+1, span, most)
				return
			}
		}
	}
}

// book stands between the faults and the server, and knows for whom each of
// its sessions was opened.
type book struct {
	place *place
	inner http.Handler
	mu    sync.RWMutex
	by    map[string]page // by session id
}

// page is one session.
type page struct {
	client *account
	n      uint32 // among the sessions of its client
}

func (b *book) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost && r.Header["Mcp-Session-Id"] == nil {
		if r.Header.Get(headerLed) != "" {
			b.place.mu.Lock()
			b.place.handshakes = append(b.place.handshakes, time.Now())
			b.place.mu.Unlock()
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		var m struct {
			Params struct{ ClientInfo struct{ Name string } }
		}
		_ = json.Unmarshal(body, &m)
		w = &opening{ResponseWriter: w, book: b, client: b.place.ledger.of(m.Params.ClientInfo.Name)}
	}
	b.inner.ServeHTTP(w, r)
}

// opening notes the session that the answer to an initialize opens.
type opening struct {
	http.ResponseWriter
	book   *book
	client *account
	once   sync.Once
}

func (o *opening) Unwrap() http.ResponseWriter { return o.ResponseWriter }

func (o *opening) Flush() { _ = http.NewResponseController(o.ResponseWriter).Flush() }

func (o *opening) Write(b []byte) (int, error) {
	o.WriteHeader(http.StatusOK)
	return o.ResponseWriter.Write(b)
}

func (o *opening) WriteHeader(status int) {
	o.once.Do(func() {
		if id := o.Header().Get("Mcp-Session-Id"); id != "" && o.client != nil {
			o.book.mu.Lock()
			o.book.by[id] = page{o.client, o.client.opened.Add(1)}
			o.book.mu.Unlock()
		}
		o.ResponseWriter.WriteHeader(status)
	})
}

// The tools of all servers, each with an argument n, the call's name.
const (
	toolRun  = "run"  // must not run twice
	toolLook = "look" // may: its readOnlyHint says so
	toolAsk  = "ask"  // asks its client for n, and must not run twice
)

// runs counts an execution under a session, and gives the answer's text.
func (b *book) runs(session, call string) string {
	b.mu.RLock()
	p, known := b.by[session]
	b.mu.RUnlock()
	b.place.ledger.ran(call)
	if !known {
		return call + " nobody 0"
	}
	return fmt.Sprint(call, " ", p.client.name, " ", p.n)
}
