package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/faults"
)

const (
	demoCalls    = 3
	demoRevision = "2025-11-25" // the last one with sessions
	demoTool     = "count"
)

// play lets a go-sdk client connect to a go-sdk server that goes wrong, call a
// tool three times and close. Everything it starts has ended when it returns.
func (h *demoHalf) play(ctx context.Context, recovers bool, plan faults.Plan) error {
	watch := &demoWatch{labels: map[string]string{}, listening: make(chan struct{}, 16)}
	var runs atomic.Int64
	server := mcp.NewServer(&mcp.Implementation{Name: "mcprecover-demo", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: demoTool, Description: "counts its runs"},
		func(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
			text := fmt.Sprintf("count is %d", runs.Add(1))
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil, nil
		})
	wrong, err := faults.New(faults.Config{
		Handler:  mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil),
		Plan:     plan,
		Observer: watch.crossed,
	})
	if err != nil {
		return err
	}
	url, stop, err := demoServe(ctx, wrong)
	if err != nil {
		return err
	}
	defer func() {
		for s := range server.Sessions() { // those that were lost, too
			_ = s.Close()
		}
		stop()
	}()

	base := &http.Transport{}
	defer base.CloseIdleConnections()
	var transport http.RoundTripper = base
	if recovers {
		engine := &nethttp.Transport{Base: base, Observer: watch.decided}
		defer engine.Close()
		transport = engine
	}
	h.client(ctx, url, transport, watch)

	counts := wrong.Counts()
	h.Runs, h.POSTs, h.Initializes = int(runs.Load()), counts.POSTs, counts.Initializes
	if ctx.Err() != nil {
		return fmt.Errorf("broken off: %w", context.Cause(ctx))
	}
	return nil
}

// client is the client's whole life.
func (h *demoHalf) client(ctx context.Context, url string, transport http.RoundTripper, watch *demoWatch) {
	var session *mcp.ClientSession
	step := func(name string, do func() (string, error)) error {
		watch.begin()
		answer, err := do()
		if err == nil {
			err = watch.settle(ctx)
		}
		s := demoStep{Name: name, Answer: answer, Moments: watch.taken(name == "close")}
		if err != nil {
			s.Error = strings.ReplaceAll(err.Error(), url, "http://server")
		}
		h.Steps = append(h.Steps, s)
		return err
	}
	err := step("connect", func() (_ string, err error) {
		session, err = mcp.NewClient(&mcp.Implementation{Name: "mcprecover-demo", Version: "1"}, nil).Connect(ctx,
			&mcp.StreamableClientTransport{Endpoint: url, HTTPClient: &http.Client{Transport: transport}},
			&mcp.ClientSessionOptions{ProtocolVersion: demoRevision})
		return "", err
	})
	if session == nil || err != nil {
		return
	}
	id := session.ID()
	for n := range demoCalls {
		err := step(fmt.Sprintf("call %d", n+1), func() (string, error) { return demoCall(ctx, session) })
		if err == nil {
			h.Answered++
		}
	}
	h.SessionKept = session.ID() == id
	_ = step("close", func() (string, error) { return "", session.Close() })
}

func demoCall(ctx context.Context, session *mcp.ClientSession) (string, error) {
	res, err := session.CallTool(ctx, &mcp.CallToolParams{Name: demoTool, Arguments: map[string]any{}})
	if err != nil {
		return "", err
	}
	if len(res.Content) == 1 {
		if text, ok := res.Content[0].(*mcp.TextContent); ok {
			return text.Text, nil
		}
	}
	return "", errors.New("the tool's answer is no text")
}

// demoServe serves on loopback until it is stopped.
func demoServe(ctx context.Context, h http.Handler) (url string, stop func(), err error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("a server for the demonstration: %w", err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: headerTime, ErrorLog: log.New(io.Discard, "", 0)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(l)
	}()
	return "http://" + l.Addr().String() + "/mcp", func() { server.Close(); <-ended }, nil
}

// demoWatch gathers the moments of a step, from the server's side and the
// engine's. What runs beside the calls is kept apart, so that a run tells what
// the last one told: the listening stream ends its step, the DELETE comes last.
type demoWatch struct {
	listening chan struct{} // a listening stream was opened

	mu              sync.Mutex
	labels          map[string]string // of session ids
	awaited         int               // sessions whose listening stream has not come yet
	moments, beside []demoMoment
	deletes         []demoMoment
}

func (w *demoWatch) crossed(e faults.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	wire := &demoWire{HTTPMethod: e.HTTPMethod, RPCMethod: e.RPCMethod, Session: w.label(e.Session), Opens: w.label(e.Opened), Status: e.Status, Fault: e.Fault}
	switch e.HTTPMethod {
	case http.MethodPost:
		wire.POST = e.Number
		w.moments = append(w.moments, demoMoment{Wire: wire})
		if wire.Opens != "" {
			w.awaited++
		}
	case http.MethodGet:
		w.beside = append(w.beside, demoMoment{Wire: wire})
		select {
		case w.listening <- struct{}{}:
		default:
		}
	default:
		w.deletes = append(w.deletes, demoMoment{Wire: wire})
	}
}

func (w *demoWatch) label(id string) string {
	if id == "" {
		return ""
	}
	if w.labels[id] == "" {
		w.labels[id] = fmt.Sprint("S", len(w.labels)+1)
	}
	return w.labels[id]
}

func (w *demoWatch) decided(e nethttp.Event) {
	switch e.Kind {
	case nethttp.AnswerJudged, nethttp.RecoveryStarted, nethttp.RecoveryDone, nethttp.RecoveryFailed, nethttp.CallResent, nethttp.CallFailed:
	default:
		return // beside the calls, or said by the wire
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.moments = append(w.moments, demoMoment{Event: &demoEvent{
		Kind: e.Kind.String(), Epoch: e.Epoch, Method: e.Method, Class: e.Class, Reason: e.Reason, Action: e.Action, Why: e.Why,
	}})
}

func (w *demoWatch) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.moments, w.beside = []demoMoment{}, nil
}

// settle waits until each session that was opened has its listening stream,
// which the client or the engine opens beside the calls.
func (w *demoWatch) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	w.mu.Lock()
	n := w.awaited
	w.awaited = 0
	w.mu.Unlock()
	for range n {
		select {
		case <-w.listening:
		case <-ctx.Done():
			return errors.New("no listening stream came for the session")
		}
	}
	return nil
}

func (w *demoWatch) taken(last bool) []demoMoment {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := append(w.moments, w.beside...)
	if last {
		all = append(all, w.deletes...)
	}
	return all
}
