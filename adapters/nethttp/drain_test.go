package nethttp

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mcprecover/mcprecover/policy"
)

// drain stands before an HTTP/2 server. When it is told to, it takes the next
// request in whole, passes nothing of it on, and says GOAWAY (RFC 9113, 6.8), as
// a server that drains its connections does.
type drain struct {
	net.Listener
	backend string
	after   atomic.Int32 // requests to pass first; negative: all
	drained atomic.Int32
	running sync.WaitGroup
}

const (
	frameHeaders = 1
	flagEnd      = 1 // END_STREAM
	preface      = len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
)

func (d *drain) accepts() {
	for {
		client, err := d.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", d.backend)
		if err != nil {
			client.Close()
			return
		}
		var mu sync.Mutex // of writes to the client
		d.running.Go(func() {
			defer client.Close()
			for {
				frame, err := readFrame(server)
				if err != nil {
					return
				}
				mu.Lock()
				_, _ = client.Write(frame)
				mu.Unlock()
			}
		})
		d.running.Go(func() {
			defer server.Close()
			d.passes(client, server, func(frame []byte) {
				mu.Lock()
				defer mu.Unlock()
				_, _ = client.Write(frame)
			})
		})
	}
}

func (d *drain) passes(client, server net.Conn, says func(frame []byte)) {
	if _, err := io.CopyN(server, client, int64(preface)); err != nil {
		return
	}
	var last, refused uint32 // streams
	for {
		frame, err := readFrame(client)
		if err != nil {
			return
		}
		stream := binary.BigEndian.Uint32(frame[5:])
		if frame[3] == frameHeaders && refused == 0 && d.after.Add(-1) == -1 {
			refused = stream
		}
		if refused == 0 || stream < refused {
			if frame[3] == frameHeaders {
				last = stream
			}
			_, _ = server.Write(frame)
			continue
		}
		if stream == refused && frame[4]&flagEnd != 0 { // the body is there: the client cannot take it back
			d.drained.Add(1)
			goaway := []byte{0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
			binary.BigEndian.PutUint32(goaway[9:], last)
			says(goaway)
		}
	}
}

func readFrame(from io.Reader) ([]byte, error) {
	frame := make([]byte, 9)
	if _, err := io.ReadFull(from, frame); err != nil {
		return nil, err
	}
	n := int(frame[0])<<16 | int(frame[1])<<8 | int(frame[2])
	frame = append(frame, make([]byte, n)...)
	_, err := io.ReadFull(from, frame[9:])
	return frame, err
}

// A server that drains a connection refuses what comes on it, and net/http sends
// that again on another one, for which it must have the body twice: of the
// client's requests, and of the engine's own.
func TestADrainedConnectionFailsNoRequest(t *testing.T) {
	leaks := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, leaks) })
	server := newStub()
	backend, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Protocols: new(http.Protocols), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		resp, err := server.RoundTrip(r)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		for k, v := range resp.Header {
			w.Header()[k] = v
		}
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	})}
	srv.Protocols.SetUnencryptedHTTP2(true)
	d := &drain{backend: backend.Addr().String()}
	d.after.Store(1 << 20)
	if d.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	d.running.Go(func() { _ = srv.Serve(backend) })
	d.running.Go(d.accepts)
	base := &http.Transport{Protocols: new(http.Protocols)}
	base.Protocols.SetUnencryptedHTTP2(true)
	p := policy.Default()
	p.Handshake.Base, p.Handshake.Cap = policy.Duration(time.Millisecond), policy.Duration(time.Millisecond)
	var failed []string
	rt := &Transport{Base: base, Policy: &p, Observer: func(e Event) {
		if e.Kind == RecoveryFailed || e.Kind == CallFailed {
			failed = append(failed, e.Kind.String()+": "+e.Err)
		}
	}}
	defer func() {
		rt.Close()
		base.CloseIdleConnections()
		d.Close()
		srv.Close()
		d.running.Wait()
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	posts := func(what, id, body string, want int) string {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+d.Addr().String()+"/mcp", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{"Content-Type": {"application/json"}}
		if id != "" {
			req.Header[headerSession] = []string{id}
		}
		resp, err := rt.RoundTrip(req)
		if err != nil || resp.StatusCode != want {
			t.Fatalf("%s: %v, error %v", what, resp, err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		return resp.Header.Get(headerSession)
	}
	id := posts("initialize", "", greeting, 200)
	for n, what := range []string{"the call", "the handshake's initialize", "the handshake's initialized", "the call, sent once more"} {
		if n > 0 {
			server.forget()
		}
		d.after.Store(int32(n)) // the call itself finds the session gone, and passes
		posts("a drain at "+what, id, call(n), 200)
		if got := int(d.drained.Load()); got != n+1 || len(failed) > 0 {
			t.Fatalf("a drain at %s: %d drained so far, failed: %v", what, got, failed)
		}
	}
	s := rt.store.all()[0]
	e := s.current()
	server.crossed()
	d.after.Store(0)
	posts("a drain at an answer of the client's", id, `{"jsonrpc":"2.0","id":`+string(seal(s.nonce, e.n, []byte("1")))+`,"result":{}}`, 202)
	if got := server.crossed(); got != "post "+e.id {
		t.Errorf("the answer to a question of %s crossed the wire as %q", e.id, got)
	}
}
