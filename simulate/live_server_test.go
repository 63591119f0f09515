package simulate_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mcprecover/mcprecover/simulate"
)

// rttKey names a client's round trip in its requests' contexts.
type rttKey struct{}

// The network: a connection for each request, as a pipe.

func (f *fleet) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	f.mu.Lock()
	up := f.server.Accepts(f.now())
	f.mu.Unlock()
	if !up {
		rtt, _ := ctx.Value(rttKey{}).(time.Duration) // a DELETE of the engine's own has none, and nobody waits for it
		select {
		case <-time.After(rtt):
		case <-ctx.Done():
		}
		return nil, &net.OpError{Op: "dial", Net: "pipe", Err: errors.New("connection refused")}
	}
	client, server := net.Pipe()
	f.dials <- server
	return client, nil
}

// Accept, Close and Addr make the fleet a net.Listener.
func (f *fleet) Accept() (net.Conn, error) {
	select {
	case c := <-f.dials:
		return c, nil
	case <-f.over:
		return nil, net.ErrClosed
	}
}

func (f *fleet) Close() error   { return nil }
func (f *fleet) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// The server: it does what the simulator's server says, when it says so, and
// goes on when the client has left.

var kindOf = map[string]simulate.Kind{
	"initialize": simulate.Initialize, "notifications/initialized": simulate.Initialized, "ping": simulate.Ping, "tools/list": simulate.Call,
}

func (f *fleet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	client, _ := strconv.ParseUint(r.Header.Get("X-Client"), 10, 32)
	q := simulate.Request{Client: uint32(client), Token: tokenOf(r.Header.Get("Mcp-Session-Id"))}
	switch r.Method {
	case http.MethodGet:
		q.Kind = simulate.Listen
	case http.MethodDelete:
		q.Kind = simulate.Delete
	default:
		_, method, _ := bytes.Cut(body, []byte(`"method":"`))
		method, _, _ = bytes.Cut(method, []byte(`"`))
		kind, known := kindOf[string(method)]
		if !known {
			panic(fmt.Sprintf("a request that nobody sends: %s", body))
		}
		q.Kind = kind
	}
	if !f.begun.Load() {
		f.answer(w, &arrival{q: q, reply: simulate.Reply{Cause: simulate.Served, Token: f.users[q.Client].token}, breaks: f.server.Breaks(q.Client, q.Token, 0)})
		return
	}
	a := f.arrive(q)
	if a.reply.Fate == simulate.Silent {
		<-f.over
		panic(http.ErrAbortHandler)
	}
	back := a.reply.Done + int64(f.run.RTT(q.Client))
	if q.Kind == simulate.Listen || q.Kind == simulate.Ping {
		back++ // of one client's answers at one instant the stream's is the last
	}
	f.until(back)
	if a.reply.Fate != simulate.Answered {
		panic(http.ErrAbortHandler)
	}
	f.answer(w, a)
}

// arrival is a request and what becomes of it.
type arrival struct {
	q      simulate.Request
	reply  simulate.Reply
	breaks simulate.Time // the stream that was asked for
}

// arrive hands a request to the server. Those that come at the same instant
// are handed over a nanosecond later, in the order of the simulator's clients:
// goroutines have none.
func (f *fleet) arrive(q simulate.Request) *arrival {
	now, a := f.now(), &arrival{q: q}
	f.mu.Lock()
	f.arrivals = append(f.arrivals, a)
	f.mu.Unlock()
	time.Sleep(time.Nanosecond)
	f.mu.Lock()
	defer f.mu.Unlock()
	slices.SortFunc(f.arrivals, func(a, b *arrival) int {
		return cmp.Or(cmp.Compare(a.q.Client, b.q.Client), cmp.Compare(a.q.Kind, b.q.Kind))
	})
	for _, a := range f.arrivals {
		a.reply = f.server.Arrive(now, a.q)
		a.breaks = f.server.Breaks(a.q.Client, a.q.Token, now)
		if a.q.Kind == simulate.Initialize && a.reply.Token != 0 {
			f.users[a.q.Client].next = a.reply.Token
		}
	}
	f.arrivals = f.arrivals[:0]
	return a
}

func (f *fleet) answer(w http.ResponseWriter, a *arrival) {
	h, q, reply := w.Header(), a.q, a.reply
	h.Set("Content-Type", "application/json")
	if reply.Hint > 0 {
		h.Set("Retry-After", strconv.Itoa(int(reply.Hint/time.Second)))
	}
	say := func(status int, text string) {
		w.WriteHeader(status)
		io.WriteString(w, text)
	}
	switch {
	case reply.Cause == simulate.Lost:
		say(reply.Status, `{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}}`)
	case reply.Cause != simulate.Served:
		say(reply.Status, "")
	case q.Kind == simulate.Initialize:
		h.Set("Mcp-Session-Id", fmt.Sprintf("%d.%d", reply.Token, f.serial.Add(1)))
		say(200, `{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"simulated","version":"1"}}}`)
	case q.Kind == simulate.Listen:
		h.Set("Content-Type", "text/event-stream")
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		select {
		case <-time.After(time.Duration(a.breaks - f.now())):
		case <-f.over:
		}
	case q.Kind == simulate.Initialized, q.Kind == simulate.Delete:
		say(202, "")
	default:
		say(200, `{"jsonrpc":"2.0","id":1,"result":{}}`)
	}
}

// tokenOf reads a session id: the token, and a number that makes it unique.
func tokenOf(session string) simulate.Token {
	token, _, _ := strings.Cut(session, ".")
	n, _ := strconv.ParseUint(token, 10, 32)
	return simulate.Token(n)
}
