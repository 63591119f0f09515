package nethttp

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

var (
	errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	errReset   = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
)

// first answers the first n tools/call or other messages in another way.
func (g *stage) firstAnswers(n int, answer func(req *http.Request, m message) *http.Response) {
	g.before = func(req *http.Request, m message) *http.Response {
		if n--; n >= 0 {
			return answer(req, m)
		}
		return nil
	}
}

func says(status int, contentType, body string, header ...string) func(*http.Request, message) *http.Response {
	return func(req *http.Request, _ message) *http.Response {
		resp := reply(req, status, contentType, body)
		for i := 0; i+1 < len(header); i += 2 {
			resp.Header.Set(header[i], header[i+1])
		}
		return resp
	}
}

func breaks(err error) func(*http.Request, message) *http.Response {
	return func(*http.Request, message) *http.Response { return fails(err) }
}

const list = `{"jsonrpc":"2.0","id":9,"method":"tools/list"}`

// callStories are about calls that fail for another reason than a lost session.
var callStories = []story{
	{"a refused connection: the call waits until the server is back", func(g *stage) {
		id := g.opens()
		g.before = func(req *http.Request, m message) *http.Response {
			if time.Since(g.start) < 10*time.Second {
				return fails(errRefused)
			}
			return nil
		}
		g.posts(id, call(1))
	}},
	{"a refused connection for longer than the call's patience", func(g *stage) {
		id := g.opens()
		g.before = func(req *http.Request, m message) *http.Response { return fails(errRefused) }
		g.rt.Observer = nil
		g.wire = nil
		g.posts(id, call(1))
	}},
	{"a reset: a listing is repeated, a tool is not", func(g *stage) {
		id := g.opens()
		g.firstAnswers(1, breaks(errReset))
		g.posts(id, list)
		g.firstAnswers(1, breaks(errReset))
		g.posts(id, call(1))
	}},
	{"a reset, and the tool is said to be safe", func(g *stage) {
		g.rt.SafeTool = func(name string) bool { return name == "count" }
		id := g.opens()
		g.firstAnswers(1, breaks(errReset))
		g.posts(id, call(1))
	}},
	{"429 proves that nothing ran: a tool is repeated, after Retry-After", func(g *stage) {
		id := g.opens()
		g.firstAnswers(1, says(429, "text/plain", "slow down", "Retry-After", "3"))
		g.posts(id, call(1))
	}},
	{"503 proves nothing: a listing is repeated, a tool's answer goes up", func(g *stage) {
		id := g.opens()
		g.firstAnswers(1, says(503, "text/plain", "starting"))
		g.posts(id, list)
		g.firstAnswers(1, says(503, "text/plain", "starting"))
		g.posts(id, call(1))
	}},
	{"a call that may have run, and was refused when it was repeated: its outcome is unknown", func(g *stage) {
		g.rt.Final = AsError
		id := g.opens()
		g.firstAnswers(1, func(req *http.Request, m message) *http.Response {
			g.firstAnswers(1, says(429, "text/plain", "slow down", "Retry-After", "86400"))
			return breaks(errReset)(req, m)
		})
		g.posts(id, list)
	}},
	{"503 with a Retry-After beyond the call's patience", func(g *stage) {
		id := g.opens()
		g.firstAnswers(1, says(503, "text/plain", "maintenance", "Retry-After", "86400"))
		g.posts(id, list)
	}},
	{"Final AsError: what would end a client is a typed error; a JSON-RPC answer and an auth challenge are not", func(g *stage) {
		g.rt.Final = AsError
		id := g.opens()
		g.firstAnswers(1, says(403, "text/plain", "forbidden"))
		g.posts(id, call(1))
		g.firstAnswers(1, says(400, "application/json", `{"jsonrpc":"2.0","id":2,"error":{"code":-32602,"message":"no such tool"}}`))
		g.posts(id, call(2))
		g.firstAnswers(1, says(401, "text/plain", "token expired", "WWW-Authenticate", `Bearer error="invalid_token"`))
		g.posts(id, call(3))
		g.firstAnswers(1, says(200, "text/html", "<html>Sign in</html>"))
		g.posts(id, call(4))
		g.firstAnswers(1, says(400, "text/plain", "bad request"))
		g.posts(id, call(5))
		g.firstAnswers(1, says(400, "text/plain", "what is that?"))
		g.posts("", `{"jsonrpc":"2.0","id":6,"method":"server/discover"}`)
	}},
	{"Final AsSent: what the server sent goes up", func(g *stage) {
		id := g.opens()
		g.firstAnswers(1, says(403, "text/plain", "forbidden"))
		g.posts(id, call(1))
	}},
	{"a real 401 is handed up untouched and starts no recovery", func(g *stage) {
		id := g.opens()
		g.firstAnswers(1, says(401, "application/json", `{"error":"invalid_token"}`, "WWW-Authenticate", `Bearer error="invalid_token"`))
		g.posts(id, call(1))
	}},
	{"a stale error inside a 200: a listing is repeated, a tool's outcome is unknown and the session renewed behind it", func(g *stage) {
		id := g.opens()
		g.forget()
		g.stale = func(req *http.Request, m message) *http.Response {
			return reply(req, 200, "application/json", `{"jsonrpc":"2.0","id":`+string(m.id)+`,"error":{"code":-32001,"message":"Session not found"}}`)
		}
		g.posts(id, list)
		g.forget()
		g.sleep(time.Minute)
		g.posts(id, call(1))
		g.sleep(time.Second)
		g.posts(id, call(2))
	}},
	{"a JSON answer that breaks off, and one that is empty: outcomes like a reset", func(g *stage) {
		id := g.opens()
		g.firstAnswers(1, func(req *http.Request, m message) *http.Response {
			resp := reply(req, 200, "application/json", "")
			resp.Body, resp.ContentLength = io.NopCloser(io.MultiReader(strings.NewReader(`{"jsonrpc":"2.0","id":1,"res`), brokenReader{})), -1
			return resp
		})
		wire := g.wire
		g.wire = nil // it would read the body itself
		g.posts(id, call(1))
		g.wire = wire
		g.firstAnswers(1, func(req *http.Request, m message) *http.Response {
			resp := reply(req, 200, "application/json", "")
			resp.ContentLength = -1
			return resp
		})
		g.posts(id, call(2))
	}},
	{"a request without GetBody is read first and can be sent again", func(g *stage) {
		id := g.opens()
		g.forget()
		g.unread(id, strings.NewReader(call(1)))
	}},
	{"a request too large to be kept is sent once; its session is renewed behind it", func(g *stage) {
		id := g.opens()
		g.forget()
		huge := strings.Replace(call(1), `{}`, `{"x":"`+strings.Repeat("x", maxReplay)+`"}`, 1)
		g.unread(id, strings.NewReader(huge))
		g.sleep(time.Second)
		g.posts(id, call(2))
	}},
	{"a request too large to be kept, during a recovery, is sent once it is over", func(g *stage) {
		id := g.opens()
		g.forget()
		g.before = func(req *http.Request, m message) *http.Response {
			if string(m.method) == "initialize" {
				time.Sleep(time.Second)
			}
			return nil
		}
		g.goes(func() { g.posts(id, call(1)) })
		huge := strings.Replace(call(2), `{}`, `{"x":"`+strings.Repeat("x", maxReplay)+`"}`, 1)
		g.unread(id, strings.NewReader(huge))
	}},
	{"the client's notifications and answers during a recovery are taken here", func(g *stage) {
		id := g.opens()
		g.forget()
		g.before = func(req *http.Request, m message) *http.Response {
			if string(m.method) == "initialize" {
				time.Sleep(time.Second)
			}
			return nil
		}
		g.goes(func() { g.posts(id, call(1)) })
		g.posts(id, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`)
		g.posts(id, `{"jsonrpc":"2.0","id":1,"result":{}}`)
	}},
	{"a notification finds the session gone: taken here, the session renewed behind it", func(g *stage) {
		id := g.opens()
		g.forget()
		g.posts(id, `{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}`)
		g.sleep(time.Second)
		g.posts(id, call(1))
	}},
	{"a call is given up while it waits for a recovery: it is not sent afterwards", func(g *stage) {
		id := g.opens()
		g.forget()
		g.before = func(req *http.Request, m message) *http.Response {
			if string(m.method) == "initialize" {
				time.Sleep(2 * time.Second)
			}
			return nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		g.does(ctx, http.MethodPost, id, call(1))
		g.sleep(2 * time.Second)
		g.posts(id, call(2))
	}},
	{"a call waits for headers on a replaced epoch: the policy's header limit ends it", func(g *stage) {
		id := g.opens()
		g.before = func(req *http.Request, m message) *http.Response {
			if string(m.id) == "1" {
				<-req.Context().Done()
				return fails(req.Context().Err())
			}
			return nil
		}
		g.goes(func() { g.posts(id, call(1)) })
		g.forget()
		g.posts(id, call(2))
	}},
	{"half a JSON answer on a replaced epoch, and nothing more: the same limit ends it", func(g *stage) {
		id := g.opens()
		g.before = func(req *http.Request, m message) *http.Response {
			if string(m.id) != "1" {
				return nil
			}
			resp, half := eventStream(req)
			resp.Header.Set("Content-Type", "application/json")
			half.says(`{"jsonrpc":"2.0","id":1,"res`)
			return resp
		}
		g.goes(func() { g.posts(id, call(1)) })
		g.forget()
		g.posts(id, call(2))
	}},
	{"the stateless era: no session, the same care", func(g *stage) {
		modern := []string{headerVersion, "2026-07-28"}
		g.before = says(404, "text/plain", "session not found")
		g.posts("", call(1), modern...)
		n := 0
		g.before = func(req *http.Request, m message) *http.Response {
			if n++; n == 1 {
				return reply(req, 503, "text/plain", "starting")
			}
			return reply(req, 200, "application/json", `{"jsonrpc":"2.0","id":9,"result":{}}`)
		}
		g.posts("", list, modern...)
	}},
	{"Close: what waits is let go, later calls are sent but not recovered", func(g *stage) {
		id := g.opens()
		g.forget()
		g.before = func(req *http.Request, m message) *http.Response {
			if string(m.method) == "initialize" {
				<-req.Context().Done()
				return fails(req.Context().Err())
			}
			return nil
		}
		g.goes(func() { g.posts(id, call(1)) })
		g.rt.Close()
		g.sleep(time.Second)
		g.posts(id, call(2))
	}},
}

// unread posts a body that has no GetBody.
func (g *stage) unread(id string, body io.Reader) {
	req, err := http.NewRequest(http.MethodPost, testURL, struct{ io.Reader }{body})
	if err != nil {
		g.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(headerSession, id)
	g.write("client POST of a body without GetBody")
	g.got(g.rt.RoundTrip(req))
}

// brokenReader ends in the network's failure.
type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errReset }
