package faults

import (
	"bytes"
	"errors"
	"io"
	"net/http/httptest"
	"testing"
)

// ended fails when it is read once more after its end, as the body of a request
// does that net/http has closed.
type ended struct {
	io.Reader
	left int
}

func (e *ended) Read(b []byte) (int, error) {
	if e.left == 0 {
		return 0, errors.New("invalid Read on closed Body")
	}
	n, _ := e.Reader.Read(b)
	if e.left -= n; e.left == 0 {
		return n, io.EOF
	}
	return n, nil
}

func (e *ended) Close() error { return nil }

func TestTheHandlerReadsTheBodyWhole(t *testing.T) {
	for _, size := range []int{1, 100, maxLook, maxLook + 1, maxLook + 2, 2 * maxLook} {
		body := bytes.Repeat([]byte("x"), size)
		r := httptest.NewRequest("POST", "/", nil)
		r.ContentLength = int64(size)
		r.Body = &ended{bytes.NewReader(body), size}
		_, out, err := look(httptest.NewRecorder(), r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(out.Body)
		if err != nil || !bytes.Equal(got, body) {
			t.Errorf("%d bytes: got %d, %v", size, len(got), err)
		}
		if _, err := out.Body.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("%d bytes: once more: %v", size, err)
		}
	}
}

func TestWhatARequestIsAbout(t *testing.T) {
	for _, c := range []struct{ body, method, id, tool string }{
		{`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"count"}}`, "tools/call", "7", "count"},
		{`{"jsonrpc":"2.0","id":"a\"b","method":"ping"}`, "ping", `"a\"b"`, ""},
		{`{"jsonrpc":"2.0","id":9007199254740993,"method":"ping","params":[1]}`, "ping", "9007199254740993", ""},
		{`{"jsonrpc":"2.0","method":"notifications/initialized"}`, "notifications/initialized", "null", ""},
		{` [{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]`, "ping", "null", ""},
		{`{"jsonrpc":"2.0","id":3,"result":{}}`, "", "3", ""},
		{`{"id":1,"method":7,"params":{"name":8}}`, "", "1", ""},
		{`hello`, "", "null", ""},
		{``, "", "null", ""},
		{`[]`, "", "null", ""},
	} {
		q := request{messages: messages([]byte(c.body))}
		tool := ""
		if len(q.messages) > 0 {
			tool = q.messages[0].Params.Name
		}
		if q.rpcMethod() != c.method || string(q.id()) != c.id || tool != c.tool {
			t.Errorf("%s: method %q, id %s, tool %q", c.body, q.rpcMethod(), q.id(), tool)
		}
	}
}
