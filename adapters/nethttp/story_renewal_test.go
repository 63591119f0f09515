package nethttp

import (
	"context"
	"io"
	"net/http"
	"time"
)

// renewalStories are about handshakes that come to nothing, and sessions that
// are deleted while they are renewed.
var renewalStories = []story{
	{"initialize is answered by a stream that breaks off: sent as often as a call may be, then said, with the count", func(g *stage) {
		g.answersTo("initialize", func(req *http.Request, _ message) *http.Response {
			return namesAndBreaks(req, "X")
		})
		g.posts("", greeting)
	}},
	{"the handshake's answer names a session and breaks off: that one is deleted, and another opened", func(g *stage) {
		id := g.opens()
		g.forget()
		n := 0
		g.answersTo("initialize", func(req *http.Request, _ message) *http.Response {
			if n++; n > 1 {
				return nil
			}
			return namesAndBreaks(req, "LEFT")
		})
		g.posts(id, call(1))
	}},
	{"a refused handshake's answer names the session that it opened: the error does not", func(g *stage) {
		id := g.opens()
		g.forget()
		g.answersTo("notifications/initialized", func(req *http.Request, _ message) *http.Response {
			return reply(req, 400, "text/plain", "bad request in "+req.Header.Get(headerSession))
		})
		g.posts(id, call(1))
	}},
	{"a session is deleted while its call waits for a turn: nothing is opened for it", func(g *stage) {
		id := g.opens()
		g.forget()
		g.answersTo("initialize", says(503, "text/plain", "starting"))
		g.goes(func() { g.posts(id, call(1)) })
		g.sleep(time.Second)
		g.before = nil
		g.does(context.Background(), http.MethodDelete, id, "")
	}},
	{"a session is deleted while its stream waits out the splay: nothing is opened for it", func(g *stage) {
		id := g.opens()
		streams := g.serves()
		end := g.listens(id)
		s := <-streams
		g.sleep(time.Minute)
		g.forget()
		s.ends(nil)
		g.does(context.Background(), http.MethodDelete, id, "")
		g.sleep(time.Minute)
		end()
	}},
	{"a session is deleted, then an answer says that it was gone before: nothing is opened for it", func(g *stage) {
		id := g.opens()
		release := make(chan struct{})
		g.answersTo("tools/call", func(req *http.Request, m message) *http.Response {
			<-release
			return says(500, "text/plain", "session not found")(req, m)
		})
		g.goes(func() { g.posts(id, call(1)) })
		g.does(context.Background(), http.MethodDelete, id, "")
		close(release)
	}},
	{"a notification without a session is sent once, whatever is said to it", func(g *stage) {
		g.before = says(429, "text/plain", "slow down")
		g.posts("", `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`, headerVersion, "2026-07-28")
	}},
}

// namesAndBreaks opens a session and breaks off before it says what it opened.
func namesAndBreaks(req *http.Request, id string) *http.Response {
	resp, e := eventStream(req)
	resp.Header.Set(headerSession, id)
	e.pieces <- ": hello\n\n"
	e.ended = io.ErrUnexpectedEOF
	close(e.pieces)
	return resp
}
