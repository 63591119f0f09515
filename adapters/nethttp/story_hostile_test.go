package nethttp

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/mcprecover/mcprecover/classify"
)

// answersTo lets the server answer one method in another way.
func (g *stage) answersTo(method string, answer func(*http.Request, message) *http.Response) {
	g.before = func(req *http.Request, m message) *http.Response {
		if string(m.method) == method {
			return answer(req, m)
		}
		return nil
	}
}

// refusesVersion is a server of the stateless era: it knows no initialize and
// no revision before.
func refusesVersion(req *http.Request, m message) *http.Response {
	if classify.EraOf(req.Header.Get(headerVersion)) == classify.Stateless {
		return reply(req, 200, "application/json", `{"jsonrpc":"2.0","id":`+string(m.id)+`,"result":{}}`)
	}
	if req.Method != http.MethodPost {
		return reply(req, 405, "text/plain", "method not allowed")
	}
	return reply(req, 400, "application/json",
		`{"jsonrpc":"2.0","id":`+string(m.id)+`,"error":{"code":-32022,"message":"Unsupported protocol version","data":{"supported":["2026-07-28"]}}}`)
}

// hostileStories are about servers that mean no good, or have become others.
var hostileStories = []story{
	{"a redirect to another origin during a recovery is not followed: the call is told", func(g *stage) {
		id := g.opens()
		g.forget()
		g.answersTo("initialize", says(307, "", "", "Location", "https://other.test/mcp"))
		g.posts(id, call(1))
		g.before = nil
		g.posts(id, call(2))
	}},
	{"404 to every new initialize: tried again within the call's patience, then said", func(g *stage) {
		id := g.opens()
		g.forget()
		g.answersTo("initialize", says(404, "text/plain", "404 page not found"))
		g.posts(id, call(1))
	}},
	{"a server that forgets every session at once: calls fail, and it is not stormed with initialize", func(g *stage) {
		id := g.opens()
		g.wire, g.rt.Observer = nil, nil
		g.answersTo("tools/call", func(req *http.Request, m message) *http.Response { return g.stale(req, m) })
		g.opened = 0
		failed := 0
		for i := range 360 {
			if _, _, _, err := post(g.t, g.rt, id, call(i)); err != nil {
				failed++
			}
			g.sleep(10 * time.Second)
		}
		g.start = time.Now() // how long it took, and the last initialize, depend on who comes first at one instant
		g.write(fmt.Sprintf("%d of 360 calls failed, with about %d initializes", failed, (g.opened+25)/50*50))
	}},
	{"a server that forgets the session after each answer: every call is answered, each by a recovery, and they slow down", func(g *stage) {
		id := g.opens()
		g.wire, g.rt.Observer = nil, nil
		g.opened = 0
		answered, slowest := 0, time.Duration(0)
		for i := range 360 {
			g.forget()
			start := time.Now()
			if status, _, _, err := post(g.t, g.rt, id, call(i)); err == nil && status == 200 {
				answered++
			}
			slowest = max(slowest, time.Since(start))
			g.sleep(10 * time.Second)
		}
		g.write(fmt.Sprintf("%d of 360 calls were answered, with %d initializes; the slowest took %v", answered, g.opened, slowest.Round(time.Second)))
	}},
	{"the new session never answers the log level: the call goes on, and so does the rest behind it", func(g *stage) {
		g.result = `{"protocolVersion":"2025-11-25","capabilities":{"logging":{},"resources":{"subscribe":true}}}`
		id := g.opens()
		g.posts(id, `{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"debug"}}`)
		g.posts(id, `{"jsonrpc":"2.0","id":2,"method":"resources/subscribe","params":{"uri":"a"}}`)
		g.forget()
		g.answersTo(methodLevel, func(req *http.Request, _ message) *http.Response {
			<-req.Context().Done()
			return fails(req.Context().Err())
		})
		g.posts(id, call(3))
		g.sleep(time.Minute)
	}},
	{"the token expires under a listening stream: it waits until a call has brought a fresh one", func(g *stage) {
		id := g.opens()
		streams := g.serves()
		inner := g.before
		var expired atomic.Bool
		g.before = func(req *http.Request, m message) *http.Response {
			if expired.Load() && req.Header.Get("Authorization") == "Bearer old" {
				return reply(req, 401, "text/plain", "token expired")
			}
			return inner(req, m)
		}
		end := g.listens(id, "Authorization", "Bearer old")
		s := <-streams
		g.sleep(time.Minute)
		expired.Store(true)
		s.ends(nil)
		g.sleep(5 * time.Second)
		g.posts(id, call(1), "Authorization", "Bearer new")
		g.sleep(10 * time.Second)
		(<-streams).says(changed)
		end()
	}},
	{"the server becomes stateless in place, and knows no initialize: a reason that says so, and no storm", func(g *stage) {
		g.rt.Final = AsError
		id := g.opens()
		g.forget()
		g.before = refusesVersion
		g.posts(id, call(1))
		g.posts(id, call(2))
		g.posts("", call(3), headerVersion, "2026-07-28") // what the door's next connection sends
	}},
	{"the server becomes stateless in place, and serves both eras: the old id is ignored, the stream idles", func(g *stage) {
		id := g.opens()
		streams := g.serves()
		end := g.listens(id)
		s := <-streams
		g.before = func(req *http.Request, m message) *http.Response {
			if req.Method != http.MethodPost {
				return reply(req, 405, "text/plain", "method not allowed")
			}
			return reply(req, 200, "application/json", `{"jsonrpc":"2.0","id":`+string(m.id)+`,"result":{}}`)
		}
		g.sleep(time.Minute)
		s.ends(nil)
		g.posts(id, call(1))
		g.sleep(time.Hour)
		end()
	}},
}
