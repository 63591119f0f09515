package nethttp_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	mcpgoclient "github.com/mark3labs/mcp-go/client"
	mcpgotransport "github.com/mark3labs/mcp-go/client/transport"
	mcpgo "github.com/mark3labs/mcp-go/mcp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

// sdkClient is a client of a real SDK. An auth challenge, which no Transport
// may keep from it, can end it; then it connects again.
type sdkClient struct {
	soakClient
	dial    func(context.Context, *sdkClient) (sdkSession, error)
	session sdkSession
	asks    bool // the server has the tool "ask"
}

// sdkSession is what the SDKs have in common.
type sdkSession interface {
	call(ctx context.Context, tool, n string) (text string, err error)
	learn(ctx context.Context, h func(tool string, readOnly bool)) error
	Close() error
}

const sdkPause = 25 * time.Millisecond

// RoundTrip stands between the SDK and the Transport.
func (c *sdkClient) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := c.rt.RoundTrip(req.WithContext(ours(req.Context())))
	switch {
	case err != nil:
	case isChallenge(resp):
		c.challenged.Store(true)
	case req.Header["Mcp-Session-Id"] == nil:
		c.opens(resp.Header.Get("Mcp-Session-Id"))
	}
	return resp, err
}

func (c *sdkClient) soaks(over <-chan struct{}) {
	for !isOver(over) {
		if c.session == nil && c.connects() != nil {
			c.pauses(over, 100*time.Millisecond)
			continue
		}
		var calls sync.WaitGroup
		for range c.burst() {
			calls.Go(c.prepares())
		}
		calls.Wait()
		if c.challenged.Load() || c.random.IntN(500) == 0 {
			c.closes()
		}
		c.pauses(over, sdkPause)
	}
}

func (c *sdkClient) connects() error {
	c.challenged.Store(false)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	s, err := c.dial(ctx, c)
	if err != nil {
		return err
	}
	c.session = s
	c.asks = false
	err = s.learn(ctx, func(tool string, readOnly bool) {
		c.hints.learn(tool, readOnly)
		c.asks = c.asks || tool == toolAsk
	})
	if err != nil {
		c.closes()
	}
	return err
}

func (c *sdkClient) prepares() func() {
	tool := [...]string{toolRun, toolLook, toolAsk}[c.random.IntN(3)]
	if tool == toolAsk && !c.asks {
		tool = toolRun
	}
	deadline := c.deadline()
	return func() { _ = c.call(tool, deadline) }
}

func (c *sdkClient) call(tool string, deadline time.Duration) error {
	ctx, cancel := context.Background(), func() {}
	if deadline > 0 {
		ctx, cancel = context.WithTimeout(ctx, deadline)
	}
	defer cancel()
	defer c.bySDKs.Add(1)
	call := c.begins(tool, deadline)
	text, err := c.session.call(ctx, tool, call.name)
	switch {
	case err == nil:
		call.answered(text)
	case c.challenged.Load():
		call.ends("challenged")
	case ctx.Err() != nil && !errors.As(err, new(*nethttp.Error)):
		call.ends("deadline, seen by the SDK") // in whatever words
	default:
		c.errs(call, err)
	}
	return err
}

func (c *sdkClient) last() {
	c.works(func() error {
		if c.session != nil && c.challenged.Load() {
			c.closes()
		}
		if c.session == nil {
			if err := c.connects(); err != nil {
				return err
			}
		}
		return c.call(toolRun, 10*time.Second)
	})
}

func (c *sdkClient) closes() {
	if c.session != nil {
		_ = c.session.Close()
		c.session = nil
	}
}

// consents answers what a server asks: with what it asked for, after a while, in
// which the session may be lost.
func consents(ctx context.Context, asked string) map[string]any {
	select {
	case <-time.After(rand.N(400 * time.Millisecond)):
	case <-ctx.Done():
	}
	return map[string]any{"n": asked}
}

type goSDKSession struct{ *mcp.ClientSession }

func dialGoSDK(ctx context.Context, c *sdkClient) (sdkSession, error) {
	client := mcp.NewClient(&mcp.Implementation{Name: c.name, Version: "1"}, &mcp.ClientOptions{
		ElicitationHandler: func(ctx context.Context, req *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			return &mcp.ElicitResult{Action: "accept", Content: consents(ctx, req.Params.Message)}, nil
		},
	})
	s, err := client.Connect(ctx, &mcp.StreamableClientTransport{Endpoint: c.place.url, HTTPClient: &http.Client{Transport: c}},
		&mcp.ClientSessionOptions{ProtocolVersion: revision})
	if err != nil {
		return nil, err
	}
	return goSDKSession{s}, nil
}

func (s goSDKSession) call(ctx context.Context, tool, n string) (string, error) {
	res, err := s.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: map[string]any{"n": n}})
	if err != nil {
		return "", err
	}
	return res.Content[0].(*mcp.TextContent).Text, nil
}

func (s goSDKSession) learn(ctx context.Context, h func(string, bool)) error {
	for tool, err := range s.Tools(ctx, nil) {
		if err != nil {
			return err
		}
		h(tool.Name, tool.Annotations != nil && tool.Annotations.ReadOnlyHint)
	}
	return nil
}

type mcpGoSession struct{ *mcpgoclient.Client }

func dialMCPGo(ctx context.Context, c *sdkClient) (sdkSession, error) {
	options := []mcpgotransport.StreamableHTTPCOption{mcpgotransport.WithHTTPBasicClient(&http.Client{Transport: c})}
	if c.random.IntN(2) == 0 {
		//lint:ignore SA1019 sessionful revisions listen by GET, and that is what is tested
		options = append(options, mcpgotransport.WithContinuousListening())
	}
	tr, err := mcpgotransport.NewStreamableHTTP(c.place.url, options...)
	if err != nil {
		return nil, err
	}
	client := mcpgoclient.NewClient(tr, mcpgoclient.WithProtocolVersion(revision), mcpgoclient.WithElicitationHandler(elicits{}))
	if err := client.Start(context.Background()); err != nil {
		return nil, err
	}
	var hello mcpgo.InitializeRequest
	hello.Params.ProtocolVersion = revision
	hello.Params.ClientInfo = mcpgo.Implementation{Name: c.name, Version: "1"}
	if _, err := client.Initialize(ctx, hello); err != nil {
		_ = client.Close()
		return nil, err
	}
	return mcpGoSession{client}, nil
}

type elicits struct{}

func (elicits) Elicit(ctx context.Context, req mcpgo.ElicitationRequest) (*mcpgo.ElicitationResult, error) {
	return &mcpgo.ElicitationResult{ElicitationResponse: mcpgo.ElicitationResponse{
		Action: mcpgo.ElicitationResponseActionAccept, Content: consents(ctx, req.Params.Message),
	}}, nil
}

func (s mcpGoSession) call(ctx context.Context, tool, n string) (string, error) {
	var req mcpgo.CallToolRequest
	req.Params.Name = tool
	req.Params.Arguments = map[string]any{"n": n}
	res, err := s.CallTool(ctx, req)
	if err != nil {
		return "", err
	}
	return res.Content[0].(mcpgo.TextContent).Text, nil
}

func (s mcpGoSession) learn(ctx context.Context, h func(string, bool)) error {
	res, err := s.ListTools(ctx, mcpgo.ListToolsRequest{})
	if err != nil {
		return err
	}
	for _, tool := range res.Tools {
		h(tool.Name, tool.Annotations.ReadOnlyHint != nil && *tool.Annotations.ReadOnlyHint)
	}
	return nil
}
