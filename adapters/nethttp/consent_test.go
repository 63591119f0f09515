package nethttp_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	mcpgoclient "github.com/mark3labs/mcp-go/client"
	mcpgotransport "github.com/mark3labs/mcp-go/client/transport"
	mcpgo "github.com/mark3labs/mcp-go/mcp"
	mcpgoserver "github.com/mark3labs/mcp-go/server"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

// Servers number their questions from 1 in every session. So without a fence, a
// user's answer to a question of a lost session reaches the new session's
// question of the same number: an accept that was given to something else.
func TestAConsentReachesOnlyTheQuestionItWasGivenTo(t *testing.T) {
	const rounds = 5
	for clientName, dial := range consenting {
		for serverName, server := range askings {
			t.Run(clientName+" client, "+serverName+" server", func(t *testing.T) {
				for _, fenced := range []bool{false, true} {
					heard := map[string]int{}
					for range rounds {
						heard[consent(t, dial, server, fenced)]++
					}
					switch confused := heard["accept"]; {
					case fenced && heard["decline"] != rounds:
						t.Errorf("the user declined to delete all files, and %d times the server heard %v", rounds, heard)
					case !fenced && confused != rounds:
						t.Errorf("without the fence the server heard %v: this test does not show the confusion any more", heard)
					default:
						t.Logf("fence %t: confused %d of %d times", fenced, confused, rounds)
					}
				}
			})
		}
	}
}

const (
	harmless = "Use the cached copy?"
	grave    = "Delete all files?"
)

// user answers questions: accepts the harmless one once it may, declines the
// grave one once it may.
type user struct {
	asked          chan string
	accept, refuse chan struct{}
}

func (u *user) answers(ctx context.Context, question string) string {
	u.asked <- question
	may, action := u.accept, "accept"
	if question == grave {
		may, action = u.refuse, "decline"
	}
	select {
	case <-may:
	case <-ctx.Done():
	}
	return action
}

func awaits[T any](t *testing.T, c <-chan T, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(20 * time.Second):
		t.Fatalf("it does not come: %s", what)
	}
}

// consent lets a session be lost between a question and its answer, and returns
// what the server heard to the grave question of the next session.
func consent(t *testing.T, dial asker, server func() *asking, fenced bool) string {
	var life atomic.Pointer[asking]
	life.Store(server())
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { life.Load().ServeHTTP(w, r) }))
	defer srv.Close()

	replied := make(chan struct{}, 1) // the accept was sent, and taken by somebody
	base := &http.Transport{}
	defer base.CloseIdleConnections()
	came := make(chan struct{})
	rt := &nethttp.Transport{Base: &listensFor{base, grave, came}}
	defer rt.Close()
	if !fenced {
		nethttp.Unfence(rt)
	}
	u := &user{asked: make(chan string, 2), accept: make(chan struct{}), refuse: make(chan struct{})}
	ask, hangUp := dial(t, srv.URL, &replies{rt, replied}, u)
	defer hangUp()

	ctx, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	var first sync.WaitGroup
	first.Go(func() { _ = ask(ctx, harmless) })
	awaits(t, u.asked, "the old session's question")
	life.Store(server()) // another replica, or the next process

	heard := make(chan error, 1)
	bounded, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	go func() { heard <- ask(bounded, grave) }()
	awaits(t, came, "the new session's question")
	close(u.accept)
	awaits(t, replied, "the user's answer to the old one")
	if fenced { // else the server has its answer already
		close(u.refuse)
	} else {
		defer close(u.refuse)
	}
	if err := <-heard; err != nil {
		t.Fatal(err)
	}
	giveUp()
	first.Wait()
	return <-life.Load().heard
}

// listensFor closes came when the server has said a text on any stream. A
// client may hold a question back until its user has answered the one before.
type listensFor struct {
	http.RoundTripper
	text string
	came chan struct{}
}

func (l *listensFor) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(req)
	if err == nil {
		resp.Body = &heardBody{ReadCloser: resp.Body, l: l}
	}
	return resp, err
}

type heardBody struct {
	io.ReadCloser
	l   *listensFor
	all []byte
}

func (h *heardBody) Read(b []byte) (int, error) {
	n, err := h.ReadCloser.Read(b)
	before := bytes.Contains(h.all, []byte(h.l.text))
	if h.all = append(h.all, b[:n]...); !before && bytes.Contains(h.all, []byte(h.l.text)) {
		close(h.l.came)
	}
	return n, err
}

// replies tells of the first message that answers a server's question.
type replies struct {
	http.RoundTripper
	sent chan<- struct{}
}

func (r *replies) RoundTrip(req *http.Request) (*http.Response, error) {
	reply := req.Method == http.MethodPost && nethttp.IsResponse(req)
	resp, err := r.RoundTripper.RoundTrip(req)
	if reply {
		select {
		case r.sent <- struct{}{}:
		default:
		}
	}
	return resp, err
}

// asking is one life of a server with a tool that asks the user.
type asking struct {
	http.Handler
	heard chan string // answers to the grave question
}

func (a *asking) hears(question, action string) {
	if question == grave {
		a.heard <- action
	}
}

// askings make the real SDKs' servers.
var askings = map[string]func() *asking{
	"go-sdk": func() *asking {
		s := mcp.NewServer(&mcp.Implementation{Name: "test", Version: "1"}, nil)
		a := &asking{heard: make(chan string, 1)}
		type in struct {
			Question string `json:"question"`
		}
		mcp.AddTool(s, &mcp.Tool{Name: "ask"}, func(ctx context.Context, req *mcp.CallToolRequest, in in) (*mcp.CallToolResult, any, error) {
			res, err := req.Session.Elicit(ctx, &mcp.ElicitParams{Message: in.Question, RequestedSchema: noFields})
			if err != nil {
				return nil, nil, err
			}
			a.hears(in.Question, res.Action)
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: res.Action}}}, nil, nil
		})
		a.Handler = mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s }, nil)
		return a
	},
	"mcp-go": func() *asking {
		s := mcpgoserver.NewMCPServer("test", "1", mcpgoserver.WithElicitation())
		a := &asking{heard: make(chan string, 1)}
		s.AddTool(mcpgo.NewTool("ask", mcpgo.WithString("question")), func(ctx context.Context, req mcpgo.CallToolRequest) (*mcpgo.CallToolResult, error) {
			question := req.GetString("question", "")
			var ask mcpgo.ElicitationRequest
			ask.Params.Message, ask.Params.RequestedSchema = question, noFields
			res, err := s.RequestElicitation(ctx, ask)
			if err != nil {
				return nil, err
			}
			a.hears(question, string(res.Action))
			return mcpgo.NewToolResultText(string(res.Action)), nil
		})
		a.Handler = mcpgoserver.NewStreamableHTTPServer(s, mcpgoserver.WithStateful(true))
		return a
	},
}

var noFields = map[string]any{"type": "object", "properties": map[string]any{}}

// asker connects a client whose user is u, and gives a way to call the tool.
type asker func(t *testing.T, url string, rt http.RoundTripper, u *user) (ask func(ctx context.Context, question string) error, hangUp func())

var consenting = map[string]asker{
	"go-sdk": func(t *testing.T, url string, rt http.RoundTripper, u *user) (func(context.Context, string) error, func()) {
		c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{
			ElicitationHandler: func(ctx context.Context, req *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
				return &mcp.ElicitResult{Action: u.answers(ctx, req.Params.Message)}, nil
			},
		})
		s, err := c.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url, HTTPClient: &http.Client{Transport: rt}},
			&mcp.ClientSessionOptions{ProtocolVersion: revision})
		if err != nil {
			t.Fatal(err)
		}
		return func(ctx context.Context, question string) error {
			_, err := s.CallTool(ctx, &mcp.CallToolParams{Name: "ask", Arguments: map[string]any{"question": question}})
			return err
		}, func() { _ = s.Close() }
	},
	"mcp-go": func(t *testing.T, url string, rt http.RoundTripper, u *user) (func(context.Context, string) error, func()) {
		tr, err := mcpgotransport.NewStreamableHTTP(url, mcpgotransport.WithHTTPBasicClient(&http.Client{Transport: rt}))
		if err != nil {
			t.Fatal(err)
		}
		c := mcpgoclient.NewClient(tr, mcpgoclient.WithProtocolVersion(revision), mcpgoclient.WithElicitationHandler(mcpGoUser{u}))
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		var hello mcpgo.InitializeRequest
		hello.Params.ProtocolVersion = revision
		hello.Params.ClientInfo = mcpgo.Implementation{Name: "test", Version: "1"}
		if _, err := c.Initialize(t.Context(), hello); err != nil {
			t.Fatal(err)
		}
		return func(ctx context.Context, question string) error {
			var req mcpgo.CallToolRequest
			req.Params.Name, req.Params.Arguments = "ask", map[string]any{"question": question}
			_, err := c.CallTool(ctx, req)
			return err
		}, func() { _ = c.Close() }
	},
}

type mcpGoUser struct{ *user }

func (u mcpGoUser) Elicit(ctx context.Context, req mcpgo.ElicitationRequest) (*mcpgo.ElicitationResult, error) {
	var res mcpgo.ElicitationResult
	res.Action = mcpgo.ElicitationResponseAction(u.answers(ctx, req.Params.Message))
	return &res, nil
}
