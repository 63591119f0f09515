package nethttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
)

// rawClient speaks JSON-RPC by hand: cheap, and strict about what it gets.
type rawClient struct {
	soakClient
	url    *url.URL
	header http.Header // of its session; nil: it has none
	ids    int
}

// rawPause is a raw client's time between two calls: what 240 of them make of
// it is a little more than the soak needs, so that a minute is enough and a
// fast machine is not busy all the time.
const rawPause = 35 * time.Millisecond

func (c *rawClient) soaks(over <-chan struct{}) {
	for !isOver(over) {
		if c.header == nil && c.connects() != nil {
			c.pauses(over, 50*time.Millisecond)
			continue
		}
		var calls sync.WaitGroup
		for range c.burst() - 1 {
			call := c.prepares()
			calls.Go(call)
		}
		c.prepares()()
		calls.Wait()
		c.authenticates()
		if c.random.IntN(500) == 0 {
			c.closes()
		}
		c.pauses(over, rawPause)
	}
}

// connects opens a session; what goes wrong with that is not the Transport's
// to repair, since there was no session yet.
func (c *rawClient) connects() error {
	c.url, _ = url.Parse(c.place.url)
	c.header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}}
	hello := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"initialize","params":{"protocolVersion":%q,"capabilities":{},"clientInfo":{"name":%q,"version":"1"}}}`,
		c.id(), revision, c.name)
	ctx, cancel := context.WithTimeout(ours(context.Background()), 10*time.Second)
	defer cancel()
	_, header, err := c.posts(ctx, hello, c.ids)
	id := header.Get("Mcp-Session-Id")
	if err == nil && id != "" {
		c.opens(id)
		c.header.Set("Mcp-Session-Id", id)
		c.header.Set("Mcp-Protocol-Version", revision)
		if _, _, err = c.posts(ctx, `{"jsonrpc":"2.0","method":"notifications/initialized"}`, 0); err == nil {
			err = c.learns(ctx)
		}
		if err == nil {
			return nil
		}
		c.closes()
	}
	c.header = nil
	return err
}

func (c *rawClient) learns(ctx context.Context) error {
	m, _, err := c.posts(ctx, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/list"}`, c.id()), c.ids)
	if err != nil {
		return err
	}
	for _, tool := range m.Result.Tools {
		c.hints.learn(tool.Name, tool.Annotations.ReadOnlyHint)
	}
	return nil
}

func (c *rawClient) id() int { c.ids++; return c.ids }

// prepares draws a call and gives what makes it.
func (c *rawClient) prepares() func() {
	tool := toolRun
	if c.random.IntN(3) == 0 {
		tool = toolLook
	}
	deadline := c.deadline()
	id := c.id()
	return func() { _ = c.call(tool, deadline, id) }
}

func (c *rawClient) call(tool string, deadline time.Duration, id int) error {
	ctx, cancel := ours(context.Background()), func() {}
	if deadline > 0 {
		ctx, cancel = context.WithTimeout(ctx, deadline)
	}
	defer cancel()
	call := c.begins(tool, deadline)
	m, _, err := c.posts(ctx, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":%q,"arguments":{"n":%q}}}`, id, tool, call.name), id)
	switch {
	case err == errChallenged:
		c.challenged.Store(true)
		call.ends("challenged")
	case err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) && !errors.As(err, new(*nethttp.Error)):
		call.ends("deadline, while the answer came")
	case err != nil:
		c.errs(call, err)
	case m.Error != nil:
		facts, ok := nethttp.FactsOf(m.Error.Data)
		if !ok {
			c.violated("%s: the JSON-RPC error %d %q, which no server here gives", call.name, m.Error.Code, m.Error.Message)
		}
		err = facts.Error("tools/call", c.place.url)
		c.errs(call, err)
	case len(m.Result.Content) != 1:
		c.violated("%s: an answer without content", call.name)
		call.ends("answered badly")
	default:
		call.answered(m.Result.Content[0].Text)
	}
	return err
}

func (c *rawClient) last() {
	c.works(func() error {
		if c.header == nil {
			if err := c.connects(); err != nil {
				return err
			}
		}
		c.authenticates()
		return c.call(toolRun, 10*time.Second, c.id())
	})
}

// authenticates renews the credential after a challenge, as OAuth clients do: a
// handshake that was refused is not tried again with the old one.
func (c *rawClient) authenticates() {
	if c.challenged.Swap(false) && c.header != nil {
		c.header = c.header.Clone()
		c.header.Set("Authorization", fmt.Sprint("Bearer ", c.id()))
	}
}

// closes ends the session.
func (c *rawClient) closes() {
	if c.header == nil {
		return
	}
	req := c.request(ours(context.Background()), http.MethodDelete)
	if resp, err := c.rt.RoundTrip(req); err == nil {
		resp.Body.Close()
	}
	c.header = nil
}

func (c *rawClient) request(ctx context.Context, method string) *http.Request {
	req := &http.Request{Method: method, URL: c.url, Host: c.url.Host, Header: c.header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	return req.WithContext(ctx)
}

// reply is the JSON-RPC message that answers a call.
type reply struct {
	ID     json.RawMessage
	Method string
	Result struct {
		Content []struct{ Text string }
		Tools   []struct {
			Name        string
			Annotations struct{ ReadOnlyHint bool }
		}
	}
	Error *struct {
		Code    int
		Message string
		Data    json.RawMessage
	}
}

// errChallenged is a raw answer that asks for another credential.
var errChallenged = fmt.Errorf("challenged")

// posts sends a message and reads the answer to its id; 0: it has none.
func (c *rawClient) posts(ctx context.Context, body string, id int) (m reply, h http.Header, err error) {
	req := c.request(ctx, http.MethodPost)
	req.GetBody = func() (io.ReadCloser, error) { return c.requests.counts(io.NopCloser(strings.NewReader(body))), nil }
	req.Body, _ = req.GetBody()
	req.ContentLength = int64(len(body))
	resp, err := c.rt.RoundTrip(req)
	if err != nil {
		return m, nil, err
	}
	defer resp.Body.Close()
	if mine, got := c.header.Get("Mcp-Session-Id"), resp.Header.Get("Mcp-Session-Id"); mine != "" && got != "" && got != mine {
		c.violated("%s got an answer of session %s, and has session %s", c.name, got, mine)
	}
	data, broke := io.ReadAll(resp.Body) // an end that comes after the answer is no matter
	switch {
	case isChallenge(resp):
		return m, nil, errChallenged
	case id == 0 && resp.StatusCode/100 == 2:
		return m, resp.Header, broke
	case resp.StatusCode != 200:
		return m, nil, fmt.Errorf("the raw answer %d %.100q", resp.StatusCode, data)
	}
	for message := range messagesOf(data) {
		m = reply{}
		if err := json.Unmarshal(message, &m); err != nil {
			return m, nil, fmt.Errorf("the answer %.100q: %w", data, err)
		}
		if m.Method == "" {
			break
		}
	}
	switch {
	case string(m.ID) != strconv.Itoa(id) && broke != nil:
		return m, nil, broke
	case string(m.ID) != strconv.Itoa(id):
		return m, nil, fmt.Errorf("the call %d got the answer %.100q", id, data)
	}
	return m, resp.Header, nil
}

// messagesOf are those of an answer: one, or those of an event stream, without
// the events that are no messages.
func messagesOf(data []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if bytes.HasPrefix(data, []byte("{")) {
			yield(data)
			return
		}
		var message []byte
		for line := range bytes.Lines(data) {
			line = bytes.TrimRight(line, "\r\n")
			if text, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
				message = append(message, text...)
			}
			if name, ok := bytes.CutPrefix(line, []byte("event: ")); ok && string(name) != "message" {
				message = nil
			}
			if len(line) > 0 {
				continue
			}
			if len(message) > 0 && !yield(message) {
				return
			}
			message = nil
		}
	}
}
