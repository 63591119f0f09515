package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

const (
	// maxLook is how much of a request is read to know its JSON-RPC methods, in
	// bytes. A larger one passes with its methods unknown.
	maxLook = 4 << 20

	// lookTime bounds the reading of that much.
	lookTime = 30 * time.Second

	headerSession = "Mcp-Session-Id"
)

// request is what matters of one.
type request struct {
	method   string // HTTP
	session  string // its Mcp-Session-Id
	number   int    // among all requests of its HTTP method, from 1
	messages []message
}

type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params struct {
		Name string `json:"name"` // of the tool, in a tools/call
	} `json:"params"`
}

// look reads what a request is about, and gives it back whole.
func look(w http.ResponseWriter, r *http.Request) (request, *http.Request, error) {
	q := request{method: r.Method, session: r.Header.Get(headerSession)}
	if r.Method != http.MethodPost || r.Body == nil || r.Body == http.NoBody {
		return q, r, nil
	}
	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(time.Now().Add(lookTime)) // not every ResponseWriter can: then the server's own limits hold
	body, err := io.ReadAll(io.LimitReader(r.Body, maxLook+1))
	if err != nil {
		return q, nil, fmt.Errorf("reading the request's body failed after %d bytes: %w", len(body), err)
	}
	_ = conn.SetReadDeadline(time.Time{})

	whole := io.Reader(bytes.NewReader(body))
	if len(body) > maxLook {
		whole = io.MultiReader(whole, remainder(r, len(body)))
	} else {
		q.messages = messages(body)
	}
	closer := r.Body
	r = r.WithContext(r.Context()) // the caller's request stays as it is
	r.Body = struct {
		io.Reader
		io.Closer
	}{whole, closer}
	return q, r, nil
}

// remainder is the body behind what was read. It ends by the length that the
// request names: net/http may have closed the body by then, and a reverse proxy
// would take the failure of one more Read for a broken request.
func remainder(r *http.Request, read int) io.Reader {
	if r.ContentLength < 0 {
		return r.Body
	}
	return io.LimitReader(r.Body, r.ContentLength-int64(read))
}

// messages reads one message or a batch; none where the body is no JSON. What
// has another type than it should is left out: that is the handler's to judge.
func messages(body []byte) []message {
	body = bytes.TrimLeft(body, " \t\r\n")
	if len(body) > 0 && body[0] == '[' {
		var batch []message
		_ = json.Unmarshal(body, &batch)
		return batch
	}
	var m message
	_ = json.Unmarshal(body, &m)
	return []message{m}
}

// rpcMethod names the request in events: the method of its first message.
func (q *request) rpcMethod() string {
	if len(q.messages) == 0 {
		return ""
	}
	return q.messages[0].Method
}

func (q *request) has(rpcMethod string) bool {
	return slices.ContainsFunc(q.messages, func(m message) bool { return m.Method == rpcMethod })
}

// id is the JSON-RPC id to be echoed: that of a single message, else null.
func (q *request) id() []byte {
	if len(q.messages) == 1 && q.messages[0].ID != nil {
		return q.messages[0].ID
	}
	return []byte("null")
}
