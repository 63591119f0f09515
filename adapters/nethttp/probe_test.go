package nethttp

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

// exits are the ways in which a handshake can end. Each plays the server, or
// ends the flight from outside, while the handshake is a probe of a half-open
// breaker.
var exits = []struct {
	name   string
	answer func(req *http.Request, m message) *http.Response // to what the handshake sends; nil: the server's own
	beside func(g *probing)                                  // what happens meanwhile
}{
	{name: "it is answered well", answer: nil},
	{name: "the dial is refused", answer: to("initialize", breaks(errRefused))},
	{name: "the connection is reset", answer: to("initialize", breaks(errReset))},
	{name: "the server says 503", answer: to("initialize", says(503, "text/plain", "starting"))},
	{name: "the server says 401", answer: to("initialize", says(401, "text/plain", "token expired", "WWW-Authenticate", "Bearer"))},
	{name: "the server says 404", answer: to("initialize", says(404, "text/plain", "not found"))},
	{name: "the server says 400", answer: to("initialize", says(400, "text/plain", "bad request"))},
	{name: "the answer is a web page", answer: to("initialize", says(200, "text/html", "<html>hello</html>"))},
	{name: "the answer is empty", answer: to("initialize", says(200, "application/json", ""))},
	{name: "the answer breaks off", answer: to("initialize", says(200, "application/json", `{"jsonrpc":"2.0","id":0,"res`))},
	{name: "the answer is another call's", answer: to("initialize", says(200, "application/json", `{"jsonrpc":"2.0","id":77,"result":{}}`))},
	{name: "the answer is a JSON-RPC error", answer: to("initialize", says(200, "application/json", `{"jsonrpc":"2.0","id":0,"error":{"code":-32603,"message":"no"}}`))},
	{name: "the version is not the client's", answer: to("initialize", says(200, "application/json", `{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2099-01-01"}}`))},
	{name: "the id fits into no header", answer: to("initialize", says(200, "application/json", `{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25"}}`, headerSession, "a b"))},
	{name: "the stream ends before the answer", answer: to("initialize", says(200, "text/event-stream", ": hello\n\n"))},
	{name: "it times out, which is the server's failure and nobody's wish", answer: to("initialize", hangs)},
	{name: "initialized is answered 404", answer: to("notifications/initialized", says(404, "text/plain", "session not found"))},
	{name: "initialized is answered 500", answer: to("notifications/initialized", says(500, "text/plain", "oops"))},
	{name: "initialized times out", answer: to("notifications/initialized", hangs)},
	{name: "the new session is lost at the first call", answer: to("tools/call", says(404, "text/plain", "session not found"))},
	{name: "the first call on it needs another credential", answer: to("tools/call", says(401, "text/plain", "token expired", "WWW-Authenticate", "Bearer"))},
	{name: "the first call on it is reset", answer: to("tools/call", breaks(errReset))},
	{name: "its caller gives up", answer: to("initialize", hangs), beside: func(g *probing) { g.cancel() }},
	{name: "its client deletes the session", answer: to("initialize", hangs), beside: func(g *probing) {
		req, _ := http.NewRequest(http.MethodDelete, testURL, nil)
		req.Header.Set(headerSession, g.id)
		if resp, err := g.rt.RoundTrip(req); err == nil {
			resp.Body.Close()
		}
	}},
}

// to answers one kind of message.
func to(method string, answer func(*http.Request, message) *http.Response) func(*http.Request, message) *http.Response {
	return func(req *http.Request, m message) *http.Response {
		if string(m.method) == method {
			return answer(req, m)
		}
		return nil
	}
}

func hangs(req *http.Request, _ message) *http.Response {
	<-req.Context().Done()
	return fails(req.Context().Err())
}

type probing struct {
	rt     *Transport
	id     string
	cancel context.CancelFunc
}

// TestEveryExitReturnsItsProbe: Leads = Settles. Whatever ends a handshake that
// was the only probe of a half-open breaker, another one is admitted later, and
// the session is free for it.
func TestEveryExitReturnsItsProbe(t *testing.T) {
	for _, exit := range exits {
		t.Run(exit.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := policy.Default()
				p.Breaker.Trip, p.Breaker.Probes = 1, 1
				server := newStub()
				rt := &Transport{Base: server, Policy: &p, Rand: func(uint64, uint32) float64 { return 0.5 }}
				id, other := open(t, rt), open(t, rt)
				server.forget()

				// A first handshake fails and opens the breaker.
				server.behave(to("initialize", says(500, "text/plain", "oops")))
				brief, giveUp := context.WithTimeout(t.Context(), time.Second)
				postContext(t, brief, rt, id, call(1))
				giveUp()
				e := rt.store.all()[0].endpoint
				if b := e.breaker.word(1); b.State != policy.Open {
					t.Fatalf("the breaker is %v, want open", b.State)
				}

				// The next one is the probe, and meets the exit.
				time.Sleep(5 * time.Minute)
				server.behave(exit.answer)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				done := make(chan struct{})
				go func() { defer close(done); postContext(t, ctx, rt, id, call(2)) }()
				synctest.Wait()
				if exit.beside != nil {
					exit.beside(&probing{rt, id, cancel})
				}
				<-done
				cancel()
				time.Sleep(10 * time.Minute)

				// The server is well: both sessions are renewed.
				server.behave(nil)
				for _, id := range []string{other, id} {
					if s := rt.store.find(mustURL(t), id); s != nil {
						if status, _, _, err := post(t, rt, id, call(3), "Authorization", "Bearer fresh"); err != nil || status != 200 {
							t.Errorf("session %s: status %d, error %v", id, status, err)
						}
						if stage := s.state.Phase.Stage(); stage != policy.Idle || s.flight.Load() != nil || s.settling.Load() != nil {
							t.Errorf("session %s is %v with a flight %v", id, stage, s.flight.Load())
						}
					}
				}
				if b := e.breaker.word(1); b.State != policy.Closed {
					t.Errorf("the breaker is %v, want closed", b.State)
				}
				rt.Close()
				time.Sleep(time.Hour)
				synctest.Wait()
			})
		})
	}
}
