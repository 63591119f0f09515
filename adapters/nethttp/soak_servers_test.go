package nethttp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	mcpgo "github.com/mark3labs/mcp-go/mcp"
	mcpgoserver "github.com/mark3labs/mcp-go/server"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// goSDKLife is go-sdk's server. Its tool "ask" asks the client for the call's
// own name: a fence that leaks would bring another call's.
func goSDKLife(b *book) (http.Handler, func()) {
	s := mcp.NewServer(&mcp.Implementation{Name: "soak", Version: "1"}, nil)
	type in struct {
		N string `json:"n"`
	}
	tool := func(name string, safe bool, first func(context.Context, *mcp.CallToolRequest, string)) {
		mcp.AddTool(s, &mcp.Tool{Name: name, Annotations: &mcp.ToolAnnotations{ReadOnlyHint: safe}},
			func(ctx context.Context, req *mcp.CallToolRequest, in in) (*mcp.CallToolResult, any, error) {
				text := b.runs(req.Extra.Header.Get("Mcp-Session-Id"), in.N)
				if first != nil {
					first(ctx, req, in.N)
				}
				return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil, nil
			})
	}
	tool(toolRun, false, nil)
	tool(toolLook, true, nil)
	tool(toolAsk, false, func(ctx context.Context, req *mcp.CallToolRequest, n string) {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		res, err := req.Session.Elicit(ctx, &mcp.ElicitParams{
			Message:         n,
			RequestedSchema: json.RawMessage(`{"type":"object","properties":{"n":{"type":"string"}}}`),
		})
		if err == nil {
			b.place.ledger.consents.Add(1)
			if res.Content["n"] != n {
				b.place.ledger.violated("%s asked its client, and got the answer %v", n, res.Content)
			}
		}
	})
	h := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s }, nil)
	return h, func() {
		for session := range s.Sessions() {
			_ = session.Close()
		}
	}
}

func mcpGoLife(b *book) (http.Handler, func()) {
	s := mcpgoserver.NewMCPServer("soak", "1")
	for name, safe := range map[string]bool{toolRun: false, toolLook: true} {
		tool := mcpgo.NewTool(name, mcpgo.WithString("n"), mcpgo.WithReadOnlyHintAnnotation(safe))
		s.AddTool(tool, func(_ context.Context, req mcpgo.CallToolRequest) (*mcpgo.CallToolResult, error) {
			return mcpgo.NewToolResultText(b.runs(req.Header.Get("Mcp-Session-Id"), req.GetString("n", ""))), nil
		})
	}
	h := mcpgoserver.NewStreamableHTTPServer(s, mcpgoserver.WithStateful(true))
	return h, func() { _ = h.Shutdown(context.Background()) }
}

// lives numbers the sessions of quick servers: an id is used once.
var lives atomic.Int64

// quickLife is a server written for this, which costs little beside its client.
func quickLife(b *book) (http.Handler, func()) {
	return &quick{book: b, life: lives.Add(1)}, func() {}
}

type quick struct {
	book     *book
	life     int64
	opened   atomic.Int64
	sessions sync.Map // ids
}

const quickTools = `{"tools":[{"name":"run","inputSchema":{"type":"object"}},` +
	`{"name":"look","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}}]}`

func (q *quick) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get("Mcp-Session-Id")
	body, _ := io.ReadAll(r.Body)
	var m struct {
		ID     json.RawMessage
		Method string
		Params struct{ Arguments struct{ N string } }
	}
	_ = json.Unmarshal(body, &m)
	if id == "" && m.Method == "initialize" {
		id = fmt.Sprint("q", q.life, "-", q.opened.Add(1))
		q.sessions.Store(id, true)
		w.Header().Set("Mcp-Session-Id", id)
		answerRPC(w, m.ID, `{"protocolVersion":"`+revision+`","capabilities":{"tools":{}},"serverInfo":{"name":"quick","version":"1"}}`)
		return
	}
	if _, known := q.sessions.Load(id); !known {
		http.Error(w, "session not found", http.StatusNotFound)
		return
	}
	switch {
	case r.Method == http.MethodDelete:
		q.sessions.Delete(id)
		w.WriteHeader(http.StatusNoContent)
	case r.Method != http.MethodPost:
		w.WriteHeader(http.StatusMethodNotAllowed)
	case m.ID == nil:
		w.WriteHeader(http.StatusAccepted)
	case m.Method == "tools/list":
		answerRPC(w, m.ID, quickTools)
	default:
		w.Header().Set("Mcp-Session-Id", id) // as many servers do: the client must not see it
		text := q.book.runs(id, m.Params.Arguments.N)
		result := `{"content":[{"type":"text","text":` + strconv.Quote(text) + `}]}`
		if strings.HasSuffix(m.Params.Arguments.N, "7") { // some answers are streams, which can be cut
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = fmt.Fprintf(w, "event: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\",\"data\":\"on it\"}}\n\n")
			w.(http.Flusher).Flush()
			_, _ = fmt.Fprintf(w, "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}\n\n", m.ID, result)
			return
		}
		answerRPC(w, m.ID, result)
	}
}

func answerRPC(w http.ResponseWriter, id json.RawMessage, result string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":%s}`, id, result)
}
