package nethttp

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A server that numbers its sessions starts again at 1 when it restarts. An id
// that it gives to one client may then be what another one still knows its own
// session by: that one is gone, whatever the server says to its id.
func TestARestartedServersIDsAreNotShared(t *testing.T) {
	for _, c := range []struct {
		name string
		meet func(g *sharing)
		want string // who calls whom the server's sessions then
	}{
		{"a new client is given the first one's id", func(g *sharing) {
			g.restarts()
			g.opens("c")
			g.calls("a")
		}, "c: S1, a: S2"},
		{"a recovery is given the other one's id", func(g *sharing) {
			g.restarts()
			g.calls("b")
			g.calls("a")
		}, "b: S1, a: S2"},
		{"notifications and answers of the first one", func(g *sharing) {
			g.restarts()
			g.opens("c")
			g.tells("a", `{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}`)
			g.tells("a", `{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}`)
		}, "c: S1, a: S2"},
		{"an answer to a question of a renewed one", func(g *sharing) {
			g.restarts()
			g.calls("a") // S1
			g.restarts()
			g.opens("c") // S1 again
			g.tells("a", `{"jsonrpc":"2.0","id":`+string(seal(g.rt.store.find(at, g.ids["a"]).nonce, 1, []byte("1")))+`,"result":{"action":"accept"}}`)
		}, "c: S1"},
		{"the first one's DELETE", func(g *sharing) {
			g.restarts()
			g.opens("c")
			g.ends("a")
		}, "c: S1"},
		{"the first one's listening stream", func(g *sharing) {
			g.restarts()
			g.opens("c")
			g.listens("a")
		}, "c: S1, a: S2"},
		{"a server that calls all sessions the same: one renewal, then it is let be", func(g *sharing) {
			g.restarts()
			g.constant = true
			g.opens("c")
			for range 100 {
				g.calls("a")
				g.calls("c")
			}
		}, "c: same, a: same, c: same"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := &sharing{t: t, stub: newStub(), ids: map[string]string{}}
				g.rt = &Transport{Base: g}
				g.opens("a")
				g.opens("b")
				c.meet(g)
				g.rt.Close()
				time.Sleep(time.Hour)
				synctest.Wait()
				if got := strings.Join(g.opened, ", "); got != c.want {
					t.Errorf("opened %s, want %s", got, c.want)
				}
				for _, s := range g.strange {
					t.Error(s)
				}
			})
		})
	}
}

var at = mustRequest(testURL).URL

func mustRequest(url string) *http.Request {
	req, err := http.NewRequest(http.MethodPost, url, nil)
	if err != nil {
		panic(err)
	}
	return req
}

// sharing is a network with a server that knows who opened which session; each
// client says its name with every request.
type sharing struct {
	*stub
	t        *testing.T
	rt       *Transport
	constant bool // the server calls every session the same
	ids      map[string]string
	owner    map[string]string
	opened   []string // since the last restart
	strange  []string // requests of one client on another's session
}

func (g *sharing) RoundTrip(req *http.Request) (*http.Response, error) {
	who, id := req.Header.Get("Authorization"), req.Header.Get(headerSession)
	if owner := g.owner[id]; owner != "" && owner != who && !g.constant {
		g.strange = append(g.strange, req.Method+" of "+who+" reached "+id+", which is "+owner+"'s")
	}
	if g.owner == nil {
		g.owner = map[string]string{}
	}
	resp, err := g.stub.RoundTrip(req)
	if err == nil && id == "" && resp.Header.Get(headerSession) != "" {
		if g.constant {
			delete(g.sessions, resp.Header.Get(headerSession))
			resp.Header.Set(headerSession, "same")
			g.sessions["same"] = true
		}
		id = resp.Header.Get(headerSession)
		g.owner[id] = who
		g.opened = append(g.opened, who+": "+id)
	}
	return resp, err
}

func (g *sharing) restarts() {
	g.forget()
	g.stub.opened, g.opened, g.owner = 0, nil, nil
}

func (g *sharing) opens(who string) {
	_, _, g.ids[who], _ = post(g.t, g.rt, "", greeting, "Authorization", who)
}

func (g *sharing) calls(who string) {
	if status, _, _, err := post(g.t, g.rt, g.ids[who], call(1), "Authorization", who); err != nil || status != 200 {
		g.t.Errorf("%s calls: status %d, error %v", who, status, err)
	}
	time.Sleep(time.Minute)
}

func (g *sharing) tells(who, message string) {
	if status, _, _, err := post(g.t, g.rt, g.ids[who], message, "Authorization", who); err != nil || status != 202 {
		g.t.Errorf("%s tells: status %d, error %v", who, status, err)
	}
	time.Sleep(time.Minute)
}

func (g *sharing) ends(who string) {
	if resp, err := g.does(g.t.Context(), http.MethodDelete, who); err != nil || resp.StatusCode/100 == 5 {
		g.t.Errorf("%s ends: %v, error %v", who, resp, err)
	}
}

// listens listens for an hour, in which the server's stream cannot be had.
func (g *sharing) listens(who string) {
	ctx, cancel := context.WithTimeout(g.t.Context(), time.Hour)
	defer cancel()
	resp, err := g.does(ctx, http.MethodGet, who)
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	for err == nil {
		_, err = resp.Body.Read(make([]byte, 100))
	}
}

func (g *sharing) does(ctx context.Context, method, who string) (*http.Response, error) {
	req := mustRequest(testURL).WithContext(ctx)
	req.Method = method
	req.Header = http.Header{headerSession: {g.ids[who]}, "Authorization": {who}}
	return g.rt.RoundTrip(req)
}
