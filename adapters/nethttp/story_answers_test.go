package nethttp

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// calls sends a call and writes its answer down as it comes.
func (g *stage) calls(id string, n int) {
	g.t.Helper()
	resp, err := g.asks(context.Background(), http.MethodPost, id, call(n))
	if err != nil {
		g.t.Fatal(err)
	}
	g.reads(fmt.Sprint("call ", n), resp)
}

const declined = `{"jsonrpc":"2.0","id":1,"result":{"action":"decline"}}`

// answerStories are about a replica that was replaced and lives on: what the
// client answers to it, and what it answers late; and about streams that are
// asked for again.
var answerStories = []story{
	{"an answer during the first recovery: the replica that asked lives on, and gets it", func(g *stage) {
		id := g.opens()
		streams := g.serves("1")
		inner := g.before
		release := make(chan struct{})
		g.before = func(req *http.Request, m message) *http.Response {
			switch {
			case string(m.method) == "initialize":
				<-release
			case m.response():
				return reply(req, 202, "", "")
			}
			return inner(req, m)
		}
		g.calls(id, 1)
		s := <-streams
		s.says(asking)
		g.forget()
		g.goes(func() { g.posts(id, call(2)) })
		g.sleep(time.Second)
		g.posts(id, declined)
		close(release)
		settles()
		s.says(answerTo("1"))
		s.ends(nil)
	}},
	{"an answer during the first recovery, and no stream of the replica that asked: taken here", func(g *stage) {
		id := g.opens()
		g.forget()
		g.answersTo("initialize", func(*http.Request, message) *http.Response {
			time.Sleep(2 * time.Second)
			return nil
		})
		g.goes(func() { g.posts(id, call(2)) })
		g.sleep(time.Second)
		g.posts(id, declined)
	}},
	{"the replica that asked has gone silent: the answer to it is taken here in the time of a handshake", func(g *stage) {
		id := g.opens()
		streams := g.serves("1")
		g.calls(id, 1)
		s := <-streams
		s.says(asking)
		g.forget()
		g.posts(id, call(2))
		g.before = func(req *http.Request, m message) *http.Response {
			if m.response() {
				return hangs(req, m)
			}
			return nil
		}
		g.sleep(time.Second)
		g.posts(id, declined)
	}},
	{"a call was sent twice before its stream broke off: its error says so", func(g *stage) {
		id := g.opens()
		g.forget()
		streams := g.serves("1")
		g.calls(id, 1)
		(<-streams).ends(nil)
	}},
	{"and so does the error of its rest, which breaks off too", func(g *stage) {
		id := g.opens()
		g.forget()
		streams := g.serves("1")
		g.calls(id, 1)
		s := <-streams
		s.says("id: a_1\ndata:\n\n")
		s.ends(nil)
		g.listens(id, headerLastEvent, "a_1")
		(<-streams).ends(nil)
	}},
	{"and the error of a rest that the server does not have", func(g *stage) {
		id := g.opens()
		g.forget()
		streams := g.serves("1")
		g.calls(id, 1)
		s := <-streams
		s.says("id: a_1\ndata:\n\n")
		s.ends(nil)
		g.before = says(404, "text/plain", "no such event")
		g.listens(id, headerLastEvent, "a_1")
	}},
	{"a stream breaks off after Close: nothing was renewed, and the error does not say so", func(g *stage) {
		id := g.opens()
		streams := g.serves("1")
		g.calls(id, 1)
		g.rt.Close()
		(<-streams).ends(nil)
	}},
	{"the rest of a call is asked for, and its session replaced before a byte came: the policy's header limit ends it", func(g *stage) {
		id := g.opens()
		streams := g.serves("1")
		g.calls(id, 1)
		s := <-streams
		s.says("id: a_1\ndata:\n\n")
		s.ends(nil)
		g.before = func(req *http.Request, m message) *http.Response {
			if req.Method == http.MethodGet {
				return hangs(req, m)
			}
			return nil
		}
		g.goes(func() { g.does(context.Background(), http.MethodGet, id, "", headerLastEvent, "a_1") })
		g.sleep(time.Second)
		g.forget()
		g.posts(id, call(2))
		g.sleep(time.Hour)
	}},
	{"the client asks for its listening stream from where it was: so is the server", func(g *stage) {
		id := g.opens()
		streams := g.serves()
		end := g.listens(id, headerLastEvent, "7")
		s := <-streams
		g.sleep(time.Minute)
		s.ends(nil)
		settles()
		end()
	}},
	{"after a recovery the client asks from where it was: the new server is not asked for what it never said", func(g *stage) {
		id := g.opens()
		g.forget()
		g.posts(id, call(1))
		g.serves()
		end := g.listens(id, headerLastEvent, "7")
		end()
	}},
	{"the server can no longer go on from the last event: the stream starts from now", func(g *stage) {
		id := g.opens()
		streams := g.serves()
		inner := g.before
		g.before = func(req *http.Request, m message) *http.Response {
			if req.Header.Get(headerLastEvent) != "" {
				return reply(req, 400, "text/plain", "failed to replay events: data purged")
			}
			return inner(req, m)
		}
		end := g.listens(id)
		s := <-streams
		s.says("id: _1\n" + changed)
		g.sleep(time.Minute)
		s.ends(nil)
		settles()
		(<-streams).says(changed)
		end()
	}},
	{"the first GET waits for its headers while the session is renewed: the client gets the new one's stream", func(g *stage) {
		id := g.opens()
		streams := g.serves()
		inner := g.before
		g.before = func(req *http.Request, m message) *http.Response {
			if req.Method == http.MethodGet && req.Header.Get(headerSession) == "S1" {
				defer aside()
				return hangs(req, m)
			}
			return inner(req, m)
		}
		ended := make(chan context.CancelFunc, 1)
		g.goes(func() { ended <- g.listens(id) })
		settles()
		g.forget()
		g.posts(id, call(1))
		settles()
		(<-streams).says(changed)
		(<-ended)()
		settles()
	}},
	{"the token expired under the stream, then the session was lost: ping and handshake carry the one that was accepted last", func(g *stage) {
		id := g.opens()
		streams := g.serves()
		inner := g.before
		var expired atomic.Bool
		g.before = func(req *http.Request, m message) *http.Response {
			if expired.Load() && req.Header.Get("Authorization") != "Bearer new" {
				return says(401, "text/plain", "token expired", "WWW-Authenticate", "Bearer")(req, m)
			}
			return inner(req, m)
		}
		end := g.listens(id, "Authorization", "Bearer old")
		s := <-streams
		g.posts(id, call(1), "Authorization", "Bearer new")
		expired.Store(true)
		g.sleep(time.Minute)
		g.forget()
		s.ends(nil)
		g.sleep(time.Minute)
		(<-streams).says(changed)
		end()
	}},
	{"a server that asks for a millisecond before the next attachment, and ends each at once, is given a pause", func(g *stage) {
		id := g.opens()
		g.wire, g.rt.Observer = nil, nil
		g.before = says(200, "text/event-stream", "retry: 1\n\n")
		resp, err := g.asks(context.Background(), http.MethodGet, id, "")
		if err != nil {
			g.t.Fatal(err)
		}
		go io.Copy(io.Discard, resp.Body)
		g.sleep(time.Minute)
		resp.Body.Close()
		settles()
		g.write(fmt.Sprint("GETs in a minute: ", strings.Count(g.stub.crossed(), "get ")))
	}},
	{"a GET after Close is sent, and what the server says goes up", func(g *stage) {
		id := g.opens()
		g.rt.Close()
		g.before = func(req *http.Request, m message) *http.Response {
			if err := req.Context().Err(); err != nil {
				return fails(err)
			}
			return reply(req, 405, "text/plain", "no stream here")
		}
		g.does(context.Background(), http.MethodGet, id, "")
	}},
}
