package mcpgo_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"

	"github.com/mcprecover/mcprecover/adapters/door/doortest"
)

// wallet is a TokenStore whose token the test sets.
type wallet struct{ *transport.MemoryTokenStore }

func (w wallet) set(token string) {
	_ = w.SaveToken(context.Background(), &transport.Token{AccessToken: token, TokenType: "Bearer"})
}

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
	if r.Header.Get("Authorization") == g.token || r.Method == http.MethodDelete { // which the SDK sends without one
		return false
	}
	w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	http.Error(w, "Invalid or expired session token", http.StatusUnauthorized)
	return true
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

func guard(t *testing.T, kind string) (*doortest.Server, *guarded, wallet, *client.Client) {
	s := doortest.Start(t, kind)
	g := &guarded{}
	g.accept("one")
	s.Faults(g.fault)
	user := wallet{transport.NewMemoryTokenStore()}
	user.set("one")
	return s, g, user, connect(t, s, fresh(t), nil, transport.WithHTTPOAuth(transport.OAuthConfig{ClientID: "test", TokenStore: user}))
}

// The SDK has no login of its own: it tells the caller to run one, by an error.
func TestOAuthWorksAsBefore(t *testing.T) {
	for _, c := range []struct {
		name        string
		happens     func(*doortest.Server, *guarded, wallet)
		login       bool     // the call must ask for one
		initializes []string // the tokens that they came with, after the login if there was one
	}{
		{"a lost session asks for no login", func(s *doortest.Server, _ *guarded, _ wallet) {
			s.Forget()
		}, false, []string{"one", "one"}},
		{"an expired token asks for one, and opens no session", func(_ *doortest.Server, g *guarded, _ wallet) {
			g.accept("two")
		}, true, []string{"one"}},
		{"a token refreshed before the loss was found is the handshake's", func(s *doortest.Server, g *guarded, user wallet) {
			s.Forget()
			g.accept("two")
			user.set("two")
		}, false, []string{"one", "two"}},
		{"a session lost and a token expired at once: the handshake's challenge reaches the SDK", func(s *doortest.Server, g *guarded, _ wallet) {
			g.stale(s)
			g.accept("two")
		}, true, []string{"one", "one", "two"}},
	} {
		for _, kind := range doortest.Kinds {
			t.Run(c.name+", "+kind+" server", func(t *testing.T) {
				s, g, user, cl := guard(t, kind)
				c.happens(s, g, user)
				if c.login {
					err := call(t.Context(), cl, "run", "before the login")
					var asks *transport.OAuthAuthorizationRequiredError
					if !errors.As(err, &asks) || asks.Handler == nil {
						t.Fatalf("%v, want the SDK's own error with its OAuthHandler", err)
					}
					user.set("two")
				}
				mustRun(t, s, cl, "after")
				g.mu.Lock()
				defer g.mu.Unlock()
				if d := cmp.Diff(c.initializes, g.initializes); d != "" {
					t.Errorf("the tokens that initialize came with (-want +got):\n%s", d)
				}
			})
		}
	}
}

func TestWithoutOAuthAChallengeIsTheSDKsOwnError(t *testing.T) {
	s := doortest.Start(t, "go-sdk")
	c := connect(t, s, fresh(t), nil)
	s.Once("tools/call", says(401, "text/plain", "Invalid or expired session token"))
	if err := call(t.Context(), c, "run", "refused"); !errors.Is(err, transport.ErrAuthorizationRequired) {
		t.Errorf("%v, want the SDK's own error", err)
	}
	mustRun(t, s, c, "after")
}
