package nethttp

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
)

func mustURL(t testing.TB) *url.URL {
	u, err := url.Parse(testURL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// FuzzFilter: however a stream is cut into chunks, the filter gives the same,
// and nothing that it lets through as a question lacks its seal.
func FuzzFilter(f *testing.F) {
	for _, s := range []string{
		"data: {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n\n", "id: 1\r\ndata: x\r\n\r\n", ":\rdata\rdata: {\"id\":1,\rdata: \"method\":\"m\"}\r\r",
		"event: e\nretry: 5\nid\n\n", "data: {\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":7}}\n\n", "data: {\"js",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		read := func(r io.Reader) []byte {
			out, err := io.ReadAll(&filter{src: io.NopCloser(r), nonce: "n", epoch: 2})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		whole := read(bytes.NewReader(stream))
		if cut := read(iotest.OneByteReader(bytes.NewReader(stream))); !bytes.Equal(whole, cut) {
			t.Fatalf("whole %q, byte by byte %q", whole, cut)
		}
		var c cursor
		c.follow(whole)
		c.follow(c.prelude())
	})
}

// FuzzSeal: an id that a server gave comes back to it byte for byte, and a
// client's message of any shape panics nowhere.
func FuzzSeal(f *testing.F) {
	for _, s := range []string{`{"id":7,"method":"x","params":{"_meta":{"progressToken":7}}}`, `{"id":"n-1.Nw","result":{}}`, `{"method":"notifications/progress","params":{"progressToken":"n-1.Nw"}}`, `[]`, `{"id":`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		unsealMessage("n", data)
		m := scan(data)
		if !m.call() {
			sealMessage("n", 3, data)
			return
		}
		raw := bytes.Clone(m.id)
		sealed := scan(sealMessage("n", 3, bytes.Clone(data)))
		epoch, back, ok := unseal("n", sealed.id)
		if !ok || epoch != 3 || !bytes.Equal(back, raw) {
			t.Fatalf("id %q of epoch 3 came back as %q of epoch %d", raw, back, epoch)
		}
	})
}

// FuzzReadResult: an answer to initialize of any shape ends in a result object
// or an error, and can still be read from its start.
func FuzzReadResult(f *testing.F) {
	for _, s := range []string{`{"jsonrpc":"2.0","id":1,"result":{}}`, `{"id":2,"result":{}}`, "data: {\"id\":1,\"result\":{\"a\":1}}\n\n", "data: x\n\ndata: {\"id\":1,\"error\":{}}\n\n", "", `[`} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, body string, stream bool) {
		media := "application/json"
		if stream {
			media = "text/event-stream"
		}
		resp := &http.Response{Header: http.Header{"Content-Type": {media}}, Body: io.NopCloser(strings.NewReader(body))}
		result, err := readResult(resp, []byte("1"))
		if (err == nil) != (len(result) > 0 && result[0] == '{') {
			t.Fatalf("result %q, error %v", result, err)
		}
		again, readErr := io.ReadAll(resp.Body)
		if readErr != nil || string(again) != body {
			t.Fatalf("the body reads %q (%v), was %q", again, readErr, body)
		}
	})
}
