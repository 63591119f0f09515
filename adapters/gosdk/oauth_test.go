package gosdk_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"golang.org/x/oauth2"

	"github.com/mcprecover/mcprecover/adapters/door/doortest"
	"github.com/mcprecover/mcprecover/adapters/gosdk"
)

// login is an OAuthHandler whose flow gives the next token.
type login struct {
	mu     sync.Mutex
	tokens []string // the first is the present one
	logins int
}

func (l *login) TokenSource(context.Context) (oauth2.TokenSource, error) { return l, nil }

func (l *login) Token() (*oauth2.Token, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return &oauth2.Token{AccessToken: l.tokens[0]}, nil
}

func (l *login) Authorize(_ context.Context, _ *http.Request, resp *http.Response) error {
	resp.Body.Close()
	l.mu.Lock()
	l.logins++
	declined := len(l.tokens) == 1
	l.mu.Unlock()
	if declined {
		return errDeclined
	}
	l.refresh()
	return nil
}

// refresh makes the next token the present one, as a token source does when
// the last has nearly expired.
func (l *login) refresh() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tokens = l.tokens[1:]
}

var errDeclined = errors.New("the user declined")

// guarded lets a request pass only with the token, and notes which tokens came
// with initialize.
type guarded struct {
	mu          sync.Mutex
	token       string
	initializes []string
}

func (g *guarded) accept(token string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.token = "Bearer " + token
}

func (g *guarded) fault(w http.ResponseWriter, r *http.Request, m doortest.Message) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if m.Method == "initialize" {
		g.initializes = append(g.initializes, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	}
	if r.Header.Get("Authorization") == g.token {
		return false
	}
	w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	http.Error(w, "Invalid or expired session token", http.StatusUnauthorized)
	return true
}

// guard is a session through Wrap, with an OAuthHandler, to a server that
// takes the token "one".
func guard(t *testing.T, kind string) (*doortest.Server, *guarded, *login, *mcp.ClientSession) {
	s := doortest.Start(t, kind)
	g := &guarded{}
	g.accept("one")
	s.Faults(g.fault)
	user := &login{tokens: []string{"one", "two"}}
	tr := fresh(t, s)
	tr.OAuthHandler = user
	return s, g, user, connect(t, gosdk.Wrap(tr, nil))
}

func TestOAuthWorksAsBefore(t *testing.T) {
	for _, c := range []struct {
		name        string
		happens     func(*doortest.Server, *guarded, *login)
		logins      int
		initializes []string // the tokens that they came with
	}{
		{"a lost session opens no login", func(s *doortest.Server, _ *guarded, _ *login) {
			s.Forget()
		}, 0, []string{"one", "one"}},
		{"an expired token opens one, and no session", func(_ *doortest.Server, g *guarded, _ *login) {
			g.accept("two")
		}, 1, []string{"one"}},
		{"a token refreshed before the loss was found is the handshake's", func(s *doortest.Server, g *guarded, user *login) {
			s.Forget()
			g.accept("two")
			user.refresh()
		}, 0, []string{"one", "two"}},
		{"a session lost and a token expired at once: the handshake's challenge reaches the SDK", func(s *doortest.Server, g *guarded, _ *login) {
			g.stale(s)
			g.accept("two")
		}, 1, []string{"one", "one", "two"}},
	} {
		for _, kind := range doortest.Kinds {
			t.Run(c.name+", "+kind+" server", func(t *testing.T) {
				s, g, user, cs := guard(t, kind)
				c.happens(s, g, user)
				mustRun(t, s, cs, "after")
				if user.logins != c.logins {
					t.Errorf("%d logins, want %d", user.logins, c.logins)
				}
				g.mu.Lock()
				defer g.mu.Unlock()
				if d := cmp.Diff(c.initializes, g.initializes); d != "" {
					t.Errorf("the tokens that initialize came with (-want +got):\n%s", d)
				}
			})
		}
	}
}

func TestADeclinedLoginLeavesTheClientAlive(t *testing.T) {
	s, g, user, cs := guard(t, "go-sdk")
	user.tokens = user.tokens[:1]
	g.accept("two")
	if err := call(t.Context(), cs, "run", "declined"); !errors.Is(err, errDeclined) {
		t.Errorf("%v, want the OAuthHandler's own error", err)
	}
	g.accept("one")
	mustRun(t, s, cs, "after")
}

// The SDK closes its connection when the token that a login gave is refused
// too; a Session opens it again.
func TestASessionOutlivesASecondRefusal(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	g := &guarded{}
	g.accept("one")
	s.Faults(g.fault)
	user := &login{tokens: []string{"one", "two", "three"}}
	tr := fresh(t, s)
	tr.OAuthHandler = user
	w := gosdk.Wrap(tr, nil)
	session := keep(t, gosdk.Dialer{Client: mcp.NewClient(impl, nil), Dial: func() mcp.Transport { return w }, Options: pinned})
	g.accept("three")
	count := 0
	if err := session.Do(t.Context(), runs("refused", &count)); err == nil {
		t.Error("no error, though both tokens were refused")
	}
	_ = session.Current().Wait()
	if err := session.DoRepeatable(t.Context(), runs("after", &count)); err != nil || s.Runs("after") != 1 {
		t.Errorf("%v, the tool ran %d times", err, s.Runs("after"))
	}
}

// stale forgets the sessions, and says so before it looks at tokens.
func (g *guarded) stale(s *doortest.Server) {
	s.Forget()
	var renewed sync.Map // ids that were seen since
	s.Faults(func(w http.ResponseWriter, r *http.Request, m doortest.Message) bool {
		id := r.Header.Get("Mcp-Session-Id")
		if m.Method == "notifications/initialized" {
			renewed.Store(id, true)
		}
		if _, ok := renewed.Load(id); id != "" && !ok {
			http.Error(w, doortest.Stale, http.StatusUnauthorized)
			return true
		}
		return g.fault(w, r, m)
	})
}
