package nethttp

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// listens opens a listening stream and writes down what comes on it.
func (g *stage) listens(id string, header ...string) (end context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	resp, err := g.asks(ctx, http.MethodGet, id, "", header...)
	if err != nil || !isEventStream(resp.Header) {
		g.got(resp, err)
		return cancel
	}
	g.reads("stream", resp)
	return cancel
}

// reads writes down an answer's body as it comes.
func (g *stage) reads(name string, resp *http.Response) {
	g.write("client   " + responseLine(resp, nil))
	g.goes(func() {
		defer resp.Body.Close()
		buf := make([]byte, 4096)
		for {
			n, err := resp.Body.Read(buf)
			aside()
			if n > 0 {
				g.write(name + " " + strings.ReplaceAll(string(buf[:n]), "\n", "⏎"))
			}
			if err != nil {
				g.write(name + " ends: " + err.Error())
				return
			}
		}
	})
}

// serves lets GETs be answered by event streams, and calls too where their id
// is named; the streams come out of the channel.
func (g *stage) serves(calls ...string) <-chan *events {
	opened := make(chan *events, 16)
	g.before = func(req *http.Request, m message) *http.Response {
		g.stub.mu.Lock()
		known := g.sessions[req.Header.Get(headerSession)]
		g.stub.mu.Unlock()
		if !known {
			return nil
		}
		streamed := req.Method == http.MethodGet
		for _, id := range calls {
			streamed = streamed || string(m.id) == id
		}
		if !streamed {
			return nil
		}
		resp, e := eventStream(req)
		opened <- e
		return resp
	}
	return opened
}

const (
	changed = "event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}\n\n"
	asking  = "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"elicitation/create\",\"params\":{\"message\":\"delete all files?\"}}\n\n"
)

func answerTo(id string) string {
	return "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{}}\n\n"
}

// streamStories are about event streams: listening ones, and those that answer calls.
var streamStories = append([]story{
	{"a server without a listening stream says 405 to the first GET: it goes up", func(g *stage) {
		id := g.opens()
		g.before = says(405, "text/plain", "no stream here")
		defer g.listens(id)()
	}},
	{"503 to the first GET: the client gets an idle stream, which finds the server later", func(g *stage) {
		id := g.opens()
		streams := g.serves()
		inner, refusals := g.before, 2
		g.before = func(req *http.Request, m message) *http.Response {
			if refusals--; refusals >= 0 {
				return reply(req, 503, "text/plain", "starting")
			}
			return inner(req, m)
		}
		end := g.listens(id)
		g.sleep(10 * time.Second)
		(<-streams).says(changed)
		end()
	}},
	{"the listening stream ends: it is attached again, with the last event's id", func(g *stage) {
		id := g.opens()
		streams := g.serves()
		end := g.listens(id)
		s := <-streams
		s.says("id: 7\n" + changed)
		g.sleep(time.Minute)
		s.ends(nil)
		(<-streams).says(changed)
		end()
	}},
	{"it breaks off inside an event: the client is led out of it", func(g *stage) {
		id := g.opens()
		streams := g.serves()
		end := g.listens(id)
		s := <-streams
		g.sleep(time.Minute)
		s.says("id: 8\ndata: {\"jso")
		s.ends(errReset)
		(<-streams).says(changed)
		end()
	}},
	{"the server asks to wait before the next attachment", func(g *stage) {
		id := g.opens()
		streams := g.serves()
		end := g.listens(id)
		s := <-streams
		s.says("retry: 5000\nid: 1\ndata:\n\n")
		s.ends(nil)
		g.sleep(6 * time.Second)
		(<-streams).says(changed)
		end()
	}},
	{"a server that ends every stream at once is not asked without a pause", func(g *stage) {
		id := g.opens()
		g.wire, g.rt.Observer = nil, nil
		g.before = func(req *http.Request, m message) *http.Response {
			resp, s := eventStream(req)
			close(s.pieces)
			return resp
		}
		resp, err := g.asks(context.Background(), http.MethodGet, id, "")
		if err != nil {
			g.t.Fatal(err)
		}
		go io.Copy(io.Discard, resp.Body)
		g.sleep(time.Hour)
		resp.Body.Close()
		g.write("GETs in an hour: " + countOf(g.stub.crossed(), "get "))
	}},
	{"a recovery moves the stream; the client does not notice", func(g *stage) {
		id := g.opens()
		streams := g.serves()
		end := g.listens(id)
		(<-streams).says("id: 7\n" + changed)
		g.forget()
		g.posts(id, call(1))
		settles()
		(<-streams).says(changed)
		end()
	}},
	{"the stream finds the session gone: a ping confirms it, then it leads the recovery, after its splay", func(g *stage) {
		id := g.opens()
		streams := g.serves()
		end := g.listens(id)
		s := <-streams
		g.sleep(time.Minute)
		g.forget()
		s.ends(nil)
		g.sleep(time.Minute)
		(<-streams).says(changed)
		end()
	}},
	{"a server without GET calls the session not found, but its ping is fine: nothing is recovered", func(g *stage) {
		id := g.opens()
		streams := g.serves()
		end := g.listens(id)
		s := <-streams
		g.before = func(req *http.Request, m message) *http.Response {
			if req.Method == http.MethodGet {
				return reply(req, 404, "text/plain", "session not found")
			}
			return nil
		}
		g.sleep(time.Minute)
		s.ends(nil)
		g.sleep(time.Hour)
		end()
	}},
	{"an outage with the stream open: it waits, with the newest credential that was accepted", func(g *stage) {
		id := g.opens()
		streams := g.serves()
		inner := g.before
		var down atomic.Bool
		g.before = func(req *http.Request, m message) *http.Response {
			if down.Load() {
				return fails(errRefused)
			}
			return inner(req, m)
		}
		end := g.listens(id, "Authorization", "Bearer old")
		s := <-streams
		g.posts(id, call(1), "Authorization", "Bearer new")
		g.sleep(time.Minute)
		down.Store(true)
		s.ends(errReset)
		g.sleep(5 * time.Second)
		down.Store(false)
		g.sleep(time.Minute)
		(<-streams).says(changed)
		end()
	}},
	{"a question after a recovery carries a seal, and its answer reaches the session that asked", func(g *stage) {
		id := g.opens()
		streams := g.serves()
		end := g.listens(id)
		<-streams
		g.forget()
		g.posts(id, call(1))
		settles()
		(<-streams).says(asking)
		sealed := string(seal(g.rt.store.all()[0].nonce, 1, []byte("1")))
		g.posts(id, `{"jsonrpc":"2.0","id":`+sealed+`,"result":{"action":"decline"}}`)
		end()
	}},
	{"the answer to a question of a lost session reaches nobody", func(g *stage) {
		id := g.opens()
		streams := g.serves()
		end := g.listens(id)
		(<-streams).says(asking)
		g.forget()
		g.posts(id, call(1))
		g.sleep(time.Second)
		g.posts(id, `{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}`)
		end()
	}},
	{"the old replica lives on: its question is answered to it, and its late answer delivered", func(g *stage) {
		id := g.opens()
		streams := g.serves("1")
		resp, err := g.asks(context.Background(), http.MethodPost, id, call(1))
		if err != nil {
			g.t.Fatal(err)
		}
		g.reads("call 1", resp)
		s := <-streams
		s.says(asking)
		known := g.sessions
		g.forget()
		g.posts(id, call(2))
		known[id] = true
		g.before = says(202, "", "")
		g.posts(id, `{"jsonrpc":"2.0","id":1,"result":{"action":"decline"}}`)
		g.sleep(20 * time.Second)
		s.says(answerTo("1"))
		s.ends(nil)
	}},
	{"a call's stream ends without its answer after the session was replaced: an orphan", func(g *stage) {
		id := g.opens()
		streams := g.serves("1")
		resp, err := g.asks(context.Background(), http.MethodPost, id, call(1))
		if err != nil {
			g.t.Fatal(err)
		}
		g.reads("call 1", resp)
		s := <-streams
		s.says("id: a_2\ndata: {\"half")
		g.forget()
		g.posts(id, call(2))
		s.ends(io.EOF)
	}},
	{"a call's stream of a replaced session stays silent: an orphan after the grace; a comment starts it anew", func(g *stage) {
		id := g.opens()
		streams := g.serves("1")
		resp, err := g.asks(context.Background(), http.MethodPost, id, call(1))
		if err != nil {
			g.t.Fatal(err)
		}
		g.reads("call 1", resp)
		s := <-streams
		g.forget()
		g.posts(id, call(2))
		g.sleep(20 * time.Second)
		s.says(": still here\n\n")
		g.sleep(40 * time.Second)
	}},
	{"the answer's headers come when the session was replaced already, and nothing more: an orphan after the grace", func(g *stage) {
		id := g.opens()
		g.serves("1")
		inner, headers := g.before, make(chan struct{})
		g.before = func(req *http.Request, m message) *http.Response {
			resp := inner(req, m)
			if resp != nil {
				<-headers
			}
			return resp
		}
		g.goes(func() {
			deadline, cancel := context.WithTimeout(context.Background(), time.Hour)
			defer cancel()
			g.does(deadline, http.MethodPost, id, call(1))
		})
		g.forget()
		g.posts(id, call(2))
		close(headers)
		g.sleep(time.Minute)
	}},
	{"a call's stream ends and can be resumed: the client's GET gets the rest", func(g *stage) {
		id := g.opens()
		streams := g.serves("1")
		resp, err := g.asks(context.Background(), http.MethodPost, id, call(1))
		if err != nil {
			g.t.Fatal(err)
		}
		g.reads("call 1", resp)
		s := <-streams
		s.says("id: a_1\ndata:\n\n")
		s.ends(nil)
		resumed, err := g.asks(context.Background(), http.MethodGet, id, "", headerLastEvent, "a_1")
		if err != nil {
			g.t.Fatal(err)
		}
		g.reads("rest of call 1", resumed)
		s = <-streams
		s.says(answerTo("1"))
		s.ends(nil)
	}},
	{"the rest cannot be had any more: an event stream with the call's error", func(g *stage) {
		id := g.opens()
		streams := g.serves("1")
		resp, err := g.asks(context.Background(), http.MethodPost, id, call(1))
		if err != nil {
			g.t.Fatal(err)
		}
		g.reads("call 1", resp)
		s := <-streams
		s.says("id: a_1\ndata:\n\n")
		s.ends(nil)
		g.forget()
		g.posts(id, call(2))
		g.does(context.Background(), http.MethodGet, id, "", headerLastEvent, "a_1")
	}},
	{"DELETE with the stream open: the stream idles until the client ends it", func(g *stage) {
		id := g.opens()
		streams := g.serves()
		end := g.listens(id)
		s := <-streams
		g.does(context.Background(), http.MethodDelete, id, "")
		s.ends(nil)
		g.sleep(time.Minute)
		end()
		settles()
	}},
}, answerStories...)

// countOf counts the lines that start so.
func countOf(log, start string) string {
	n := 0
	for line := range strings.Lines(log) {
		if strings.HasPrefix(line, start) {
			n++
		}
	}
	switch {
	case n == 0:
		return "none"
	case n <= 130:
		return "at most one every 30 seconds on average"
	}
	return "too many"
}
