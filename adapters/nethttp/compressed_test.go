package nethttp

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"testing"
)

func gzipped(t *testing.T, s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What a server compressed for its client passes as it came: nothing can be
// read of it, and nothing added to it.
func TestACompressedAnswerPassesAsItCame(t *testing.T) {
	for _, c := range []struct {
		name, media, text string
		renewed           bool
	}{
		{"JSON", "application/json", `{"jsonrpc":"2.0","id":1,"result":{}}`, false},
		{"events", "text/event-stream", answerTo("1"), false},
		{"JSON of a renewed session", "application/json", `{"jsonrpc":"2.0","id":1,"result":{}}`, true},
		{"events of a renewed session", "text/event-stream", answerTo("1"), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			server, rt, id := lostSession(t)
			if !c.renewed {
				server.sessions[id] = true
			} else if _, _, _, err := post(t, rt, id, call(9)); err != nil {
				t.Fatal(err)
			}
			want := gzipped(t, c.text)
			server.behave(says(200, c.media, want, "Content-Encoding", "gzip"))
			status, got, _, err := post(t, rt, id, call(1), "Accept-Encoding", "gzip")
			if err != nil || status != 200 || got != want {
				t.Errorf("status %d, error %v, %d bytes; want the server's %d", status, err, len(got), len(want))
			}
			if bare := rt.store.all()[0].bare.Load(); bare != (c.media == "text/event-stream") {
				t.Errorf("whether a question may have passed without its seal: %v", bare)
			}
		})
	}
}

// Once questions must be sealed, the server is not asked to compress them. The
// client's own request stays as it is.
func TestARenewedSessionIsNotAskedForCompressedAnswers(t *testing.T) {
	server, rt, id := lostSession(t)
	asked := map[string]string{}
	server.behave(func(req *http.Request, m message) *http.Response {
		if m.call() {
			asked[req.Header.Get(headerSession)] = req.Header.Get("Accept-Encoding")
		}
		return nil
	})
	if _, _, _, err := post(t, rt, id, call(1), "Accept-Encoding", "gzip"); err != nil {
		t.Fatal(err)
	}
	if got, sent := asked["S2"], asked[id]; got != "" || sent != "gzip" {
		t.Errorf("asked for %q, and for %q on the renewed session; want gzip, and nothing", sent, got)
	}
}
