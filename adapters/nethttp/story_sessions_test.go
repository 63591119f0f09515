package nethttp

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

// sessionStories are about sessions: opened, lost, renewed, ended.
var sessionStories = append([]story{
	{"a session is opened; its requests pass unchanged", func(g *stage) {
		g.posts("", greeting)
		g.posts("S1", initialized)
		g.posts("S1", call(1))
	}},
	{"two clients are given the same id: the second keeps one of its own", func(g *stage) {
		a := g.opens()
		g.opened = 0
		g.posts("", greeting)
		for _, s := range g.rt.store.all() {
			if s.id != a {
				g.posts(s.id, call(1))
			}
		}
	}},
	{"an initialize that carries an id opens another session", func(g *stage) {
		g.posts(g.opens(), greeting)
	}},
	{"a lost session is renewed once, and the call sent once more", func(g *stage) {
		id := g.opens()
		g.forget()
		g.posts(id, call(1))
		g.posts(id, call(2))
	}},
	{"the renewed session has another version: requests carry it, and their own credential", func(g *stage) {
		id := g.opens()
		g.forget()
		g.result = `{"protocolVersion":"2025-06-18","capabilities":{}}`
		g.posts(id, call(1), "Authorization", "Bearer fresh")
		g.posts(id, call(2), "Authorization", "Bearer fresher")
	}},
	{"the renewed session has no id: requests carry none", func(g *stage) {
		id := g.opens()
		g.forget()
		g.before = func(req *http.Request, m message) *http.Response {
			switch {
			case string(m.method) == "initialize":
				return reply(req, 200, "application/json", `{"jsonrpc":"2.0","id":0,"result":`+g.result+`}`)
			case req.Header.Get(headerSession) != "":
				return nil
			case m.oneWay():
				return reply(req, 202, "", "")
			}
			return reply(req, 200, "application/json", `{"jsonrpc":"2.0","id":`+string(m.id)+`,"result":{}}`)
		}
		g.posts(id, call(1))
	}},
	{"eight calls find the session gone: one recovery", func(g *stage) {
		id := g.opens()
		g.forget()
		var wg sync.WaitGroup
		wire, crossed := g.wire, map[string]int{}
		var mu sync.Mutex
		g.wire = func(line string) {
			mu.Lock()
			defer mu.Unlock()
			if words := strings.Fields(line); !strings.HasPrefix(line, " ") {
				crossed[words[1]+" on "+line[strings.Index(line, "session=")+1:]]++
			}
		}
		observer := g.rt.Observer
		g.rt.Observer = nil
		for i := range 8 {
			wg.Go(func() { post(g.t, g.rt, id, call(i)) })
		}
		wg.Wait()
		g.wire, g.rt.Observer = wire, observer
		g.write(fmt.Sprintf("initialize crossed %d times, tools/call ran %d times", g.opened-1, len(g.runs)))
	}},
	{"log level and subscriptions are restored before the call goes on", func(g *stage) {
		g.result = `{"protocolVersion":"2025-11-25","capabilities":{"logging":{},"resources":{"subscribe":true}}}`
		id := g.opens()
		g.posts(id, `{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"debug"}}`)
		for i, uri := range []string{"a", "b"} {
			g.posts(id, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"resources/subscribe","params":{"uri":%q}}`, 2+i, uri))
		}
		g.posts(id, `{"jsonrpc":"2.0","id":5,"method":"resources/unsubscribe","params":{"uri":"b"}}`)
		g.forget()
		g.posts(id, call(6))
	}},
	{"what cannot be restored is told, and the call goes on", func(g *stage) {
		g.result = `{"protocolVersion":"2025-11-25","capabilities":{"logging":{}}}`
		id := g.opens()
		g.posts(id, `{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"debug"}}`)
		g.forget()
		g.before = func(req *http.Request, m message) *http.Response {
			if string(m.method) == methodLevel {
				return reply(req, 500, "text/plain", "no")
			}
			return nil
		}
		g.posts(id, call(2))
	}},
	{"a server that is slow to restore keeps nobody waiting for long", func(g *stage) {
		g.result = `{"protocolVersion":"2025-11-25","capabilities":{"resources":{"subscribe":true}}}`
		id := g.opens()
		g.posts(id, `{"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"a"}}`)
		g.forget()
		g.before = func(req *http.Request, m message) *http.Response {
			if string(m.method) == methodSubscribe {
				time.Sleep(10 * time.Second)
			}
			return nil
		}
		g.posts(id, call(2))
		time.Sleep(time.Minute)
	}},
	{"the new session is lost while it is restored: the recovery failed", func(g *stage) {
		g.result = `{"protocolVersion":"2025-11-25","capabilities":{"logging":{}}}`
		id := g.opens()
		g.posts(id, `{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"debug"}}`)
		g.forget()
		lost := false
		g.before = func(req *http.Request, m message) *http.Response {
			if string(m.method) == methodLevel && !lost {
				lost = true
				g.forget()
			}
			return nil
		}
		g.posts(id, call(2))
	}},
	{"the server says something else of itself: the hook is told both", func(g *stage) {
		id := g.opens()
		g.forget()
		g.result = `{"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true}}}`
		g.rt.Renewed = func(r Renewal) {
			g.write(fmt.Sprintf("hook   session %s epoch %d, changed %v: %s, was %s", r.SessionID, r.Epoch, r.Changed(), r.After, r.Before))
		}
		g.posts(id, call(1))
	}},
	{"the server wants a version that the client cannot speak", func(g *stage) {
		id := g.opens()
		g.forget()
		g.result = `{"protocolVersion":"2026-07-28","capabilities":{}}`
		g.posts(id, call(1))
	}},
	{"the handshake is refused by auth: its challenge goes up, and is not asked for twice", func(g *stage) {
		id := g.opens()
		g.forget()
		g.before = func(req *http.Request, m message) *http.Response {
			if string(m.method) == "initialize" && req.Header.Get("Authorization") != "Bearer new" {
				resp := reply(req, 401, "text/plain", "token expired")
				resp.Header.Set("WWW-Authenticate", "Bearer")
				return resp
			}
			return nil
		}
		g.posts(id, call(1), "Authorization", "Bearer old")
		g.posts(id, call(2), "Authorization", "Bearer old")
		g.posts(id, call(3), "Authorization", "Bearer new")
	}},
	{"the handshake behind a call of unknown outcome is refused by auth: the next such call's error says so", func(g *stage) {
		id := g.opens()
		g.forget()
		g.stale = says(500, "text/plain", "session not found")
		g.answersTo("initialize", says(401, "text/plain", "token expired", "WWW-Authenticate", "Bearer"))
		g.posts(id, call(1), "Authorization", "Bearer old")
		g.sleep(time.Second)
		g.posts(id, call(2), "Authorization", "Bearer old")
		g.before = nil
		g.posts(id, call(3), "Authorization", "Bearer new")
		g.sleep(time.Second)
		g.posts(id, call(4), "Authorization", "Bearer new")
	}},
	{"a session whose call of unknown outcome found no turn: the next call waits for one, and is not sent to the old session", func(g *stage) {
		p := policy.Default()
		p.Pacing.Every, p.Pacing.Burst, p.Pacing.Slack = policy.Duration(3*time.Second), 1, 0
		g.rt.Policy = &p
		first, second := g.opens(), g.opens()
		g.forget()
		g.stale = says(500, "text/plain", "session not found")
		g.posts(first, call(1))
		g.posts(second, call(2))
		hurried, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		g.does(hurried, http.MethodPost, second, call(3))
		g.posts(second, call(4))
		g.posts(second, call(5))
	}},
	{"a gateway in mid roll-out says 404 to the new initialize, then finds its server", func(g *stage) {
		id := g.opens()
		g.forget()
		asked := 0
		g.before = func(req *http.Request, m message) *http.Response {
			if string(m.method) == "initialize" {
				if asked++; asked < 3 {
					return reply(req, 404, "text/html", "<html>404 page not found</html>")
				}
			}
			return nil
		}
		g.posts(id, call(1))
	}},
	{"a server that hides the loss in a bare 500: one recovery after three in a row", func(g *stage) {
		id := g.opens()
		g.forget()
		g.stale = func(req *http.Request, m message) *http.Response {
			return reply(req, 500, "text/plain", "internal server error")
		}
		for i := 1; i <= 4; i++ {
			g.posts(id, call(i))
		}
		g.sleep(time.Second)
		g.posts(id, call(5))
	}},
	{"replicas without affinity: the second loss is an error that says so, the next call starts fresh", func(g *stage) {
		id := g.opens()
		g.forget()
		g.before = func(req *http.Request, m message) *http.Response {
			if string(m.method) == "tools/call" {
				return g.stale(req, m)
			}
			return nil
		}
		g.posts(id, call(1))
		g.before = nil
		g.posts(id, call(2))
	}},
	{"a session of another user: renewed for one client, handed up where users share", func(g *stage) {
		id := g.opens()
		g.forget()
		g.stale = func(req *http.Request, m message) *http.Response {
			return reply(req, 403, "text/plain", "session belongs to a different user")
		}
		g.posts(id, call(1))
		g.rt.Shared = true
		g.forget()
		g.posts(id, call(2))
	}},
	{"DELETE goes to the server's present session, and nothing is recovered after it", func(g *stage) {
		id := g.opens()
		g.forget()
		g.posts(id, call(1))
		g.does(context.Background(), http.MethodDelete, id, "")
		g.posts(id, call(2))
	}},
	{"DELETE waits for a recovery under way, and ends what that opened", func(g *stage) {
		id := g.opens()
		g.forget()
		g.before = func(req *http.Request, m message) *http.Response {
			if string(m.method) == "initialize" {
				time.Sleep(2 * time.Second)
			}
			if req.Header.Get(headerSession) == "S2" && m.call() {
				time.Sleep(3 * time.Millisecond)
			}
			return nil
		}
		g.rt.Observer = nil // the call and the DELETE wake at the same moment
		g.goes(func() { g.posts(id, call(1)) })
		g.does(context.Background(), http.MethodDelete, id, "")
		synctest.Wait()
	}},
	{"a handshake that outlasts DELETE's patience: what it opens is deleted too", func(g *stage) {
		id := g.opens()
		g.forget()
		g.before = func(req *http.Request, m message) *http.Response {
			if string(m.method) == "initialize" {
				time.Sleep(8 * time.Second)
			}
			return nil
		}
		g.goes(func() { g.posts(id, call(1)) })
		g.does(context.Background(), http.MethodDelete, id, "")
		g.sleep(10 * time.Second)
	}},
	{"a session that this client did not open is handed up as it is", func(g *stage) {
		g.posts("X9", call(1))
	}},
	{"a client without a session meets a server that wants one: connect again", func(g *stage) {
		g.before = func(req *http.Request, m message) *http.Response {
			return reply(req, 400, "application/json", `{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"Bad Request: Mcp-Session-Id header is required"}}`)
		}
		g.posts("", call(1))
	}},
}, renewalStories...)

// sleep lets the story's time pass.
func (g *stage) sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
