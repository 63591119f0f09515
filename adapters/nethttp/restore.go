package nethttp

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/mcprecover/mcprecover/classify"
)

// keeps says what a server lets clients set for a session (the capabilities
// logging and resources.subscribe of its initialize result): what a recovery
// must restore, and so what must be looked for in the client's requests.
type keeps uint8

const (
	keepsLevel keeps = 1 << iota
	keepsSubscriptions
)

func keepsOf(result []byte) (k keeps) {
	capabilities := member(result, "capabilities")
	if member(capabilities, "logging") != nil {
		k |= keepsLevel
	}
	if string(member(member(capabilities, "resources"), "subscribe")) == "true" {
		k |= keepsSubscriptions
	}
	return k
}

const (
	methodLevel       = "logging/setLevel"
	methodSubscribe   = "resources/subscribe"
	methodUnsubscribe = "resources/unsubscribe"
)

// maxRemembered bounds the subscriptions of one session; later ones work, but
// are not restored.
const maxRemembered = 1_000

// memory is what a session's client has set, in the order in which it did.
type memory struct {
	mu            sync.Mutex
	level         json.RawMessage // params of the last logging/setLevel that succeeded; nil: none
	subscriptions []subscription
}

type subscription struct {
	uri    string
	params json.RawMessage
}

// learn notes a request that the server granted.
func (m *memory) learn(method string, params []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	params = bytes.Clone(params)
	if method == methodLevel {
		m.level = params
		return
	}
	var uri string
	_ = json.Unmarshal(member(params, "uri"), &uri)
	at := slices.IndexFunc(m.subscriptions, func(s subscription) bool { return s.uri == uri })
	switch {
	case method == methodUnsubscribe && at >= 0:
		m.subscriptions = slices.Delete(m.subscriptions, at, at+1)
	case method == methodSubscribe && at < 0 && len(m.subscriptions) < maxRemembered:
		m.subscriptions = append(m.subscriptions, subscription{uri, params})
	}
}

// toRestore lists what must be said to a server that keeps k: the level first.
func (m *memory) toRestore(k keeps) (asks []ask) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.level != nil && k&keepsLevel != 0 {
		asks = append(asks, ask{methodLevel, m.level})
	}
	if k&keepsSubscriptions != 0 {
		for _, s := range m.subscriptions {
			asks = append(asks, ask{methodSubscribe, s.params})
		}
	}
	return asks
}

// sets reports whether a call sets what its server keeps, and gives what to do
// once it was granted.
func (x *exchange) sets() (granted func()) {
	if x.kind != calling || x.epoch.keeps == 0 {
		return nil
	}
	switch x.method() {
	case methodLevel, methodSubscribe, methodUnsubscribe:
		s, msg := x.session, x.message() // not x itself, which would then cost an allocation on every call
		return func() { s.memory.learn(string(msg.method), msg.params) }
	}
	return nil
}

// method reads the method of a POST as cheaply as it can be read.
func (x *exchange) method() string {
	if x.req.GetBody == nil {
		return ""
	}
	body, err := x.req.GetBody()
	if err != nil {
		return ""
	}
	defer body.Close()
	buf := buffers.Get().(*[]byte)
	defer recycle(buf)
	if _, err := fill(buf, body, maxLook); err != nil {
		return ""
	}
	switch method := scan(*buf).method; string(method) { // known ones without allocating
	case methodLevel:
		return methodLevel
	case methodSubscribe:
		return methodSubscribe
	case methodUnsubscribe:
		return methodUnsubscribe
	}
	return ""
}

// ask is a request of ours that restores something.
type ask struct {
	method string
	params json.RawMessage
}

const (
	restoreWithin  = 2 * time.Second // that waiting calls wait for, half of it for the level alone; the rest goes on behind them
	restoreWorkers = 4
)

// restore says to a new epoch what the client had said to an older one. It
// returns when all of it was said, or after restoreWithin; behind waits for the
// rest. lost is the answer that says that the new session is gone already.
func (t *Transport) restore(ctx context.Context, f *flight, next *epoch) (behind func(), lost *answer) {
	asks := f.session.memory.toRestore(next.keeps)
	if len(asks) == 0 {
		return func() {}, nil
	}
	var (
		queue = make(chan ask, len(asks))
		gone  = make(chan answer, 1)
		wg    sync.WaitGroup
	)
	say := func(q ask) (granted bool) {
		a := t.say(ctx, f, next, q)
		if a.verdict.Class == classify.Stale {
			select {
			case gone <- a:
			default:
			}
			return false
		}
		return true
	}
	start := time.Now()
	if asks[0].method == methodLevel { // what the rest sends may be logged
		said := make(chan struct{})
		level := asks[0]
		wg.Go(func() { defer close(said); say(level) })
		await(said, restoreWithin/2)
		asks = asks[1:]
	}
	for _, a := range asks {
		queue <- a
	}
	close(queue)
	for range min(restoreWorkers, len(asks)) {
		wg.Go(func() {
			for q := range queue {
				if len(gone) > 0 || !say(q) {
					return
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	await(done, restoreWithin-time.Since(start))
	select {
	case a := <-gone:
		return nil, &a
	default:
		return func() { <-done }, nil
	}
}

// await waits for done, at most for a time.
func await(done <-chan struct{}, limit time.Duration) {
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
	}
}

// say sends one request of ours on a new epoch and tells if it was not granted.
func (t *Transport) say(ctx context.Context, f *flight, next *epoch, q ask) answer {
	a := t.question(ctx, f.session, next, f.led, q.method, q.params)
	if !a.good() {
		t.emit(Event{
			Kind: StateNotRestored, Endpoint: f.session.endpoint.name, Session: short(f.session.id), Epoch: next.n, Method: q.method,
			Status: a.status(), Class: a.verdict.Class, Reason: a.verdict.Reason, Err: a.text(),
		})
	}
	return a
}
