package nethttp

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func TestFilterSealsQuestionsAndNothingElse(t *testing.T) {
	ping := `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	sealed := `{"jsonrpc":"2.0","id":` + string(seal("n", 3, []byte("1"))) + `,"method":"ping"}`
	for _, c := range []struct{ name, server, client string }{
		{"question", "data: " + ping + "\n\n", "data: " + sealed + "\n\n"},
		{"id and event name are kept", "event: message\nid: 4\ndata: " + ping + "\n\n", "event: message\nid: 4\ndata: " + sealed + "\n\n"},
		{"answer passes", "data: {\"id\":1,\"result\":{}}\n\n", "data: {\"id\":1,\"result\":{}}\n\n"},
		{"comment at once", ": hi\n", ": hi\n"},
		{"priming event", "id: 1\ndata:\n\n", "id: 1\ndata:\n\n"},
		{"retry", "retry: 500\n\n", "retry: 500\n\n"},
		{"several data lines", "data: {\"id\":1,\ndata: \"method\":\"ping\"}\n\n", "data: {\"id\":" + string(seal("n", 3, []byte("1"))) + ", \"method\":\"ping\"}\n\n"},
		{"carriage returns", "data: " + ping + "\r\n\r\n", "data: " + sealed + "\n\n\n"}, // the last LF is one more blank line
		{"bare carriage returns", "data: " + ping + "\r\r", "data: " + sealed + "\n\n"},
		{"unfinished event is withheld", "data: {\"id\":1,\"result\":{}}\n\ndata: " + ping + "\n", "data: {\"id\":1,\"result\":{}}\n\n"},
		{"not JSON", "data: hello\n\n", "data: hello\n\n"},
		{"too long passes as it is", "data: {\"id\":1,\"method\":\"" + strings.Repeat("x", maxEvent) + "\"}\n\ndata: " + ping + "\n\n", "data: {\"id\":1,\"method\":\"" + strings.Repeat("x", maxEvent) + "\"}\n\ndata: " + sealed + "\n\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &filter{src: io.NopCloser(strings.NewReader(c.server)), nonce: "n", epoch: 3}
			got, err := io.ReadAll(f)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != c.client {
				t.Errorf("got  %.200q\nwant %.200q", got, c.client)
			}
		})
	}
}

func TestFilterDoesNotCareHowAStreamIsCutIntoChunks(t *testing.T) {
	line := rapid.SampledFrom([]string{`data: {"id":1,"method":"ping"}`, `data: {"id":2,"result":{}}`, "data: x", "id: 1", ": c", "", "", "event: e"})
	ending := rapid.SampledFrom([]string{"\n", "\r\n", "\r"})
	rapid.Check(t, func(t *rapid.T) {
		end := ending.Draw(t, "line ending")
		stream := strings.Join(rapid.SliceOfN(line, 0, 12).Draw(t, "lines"), end) + end
		whole, _ := io.ReadAll(&filter{src: io.NopCloser(strings.NewReader(stream)), nonce: "n", epoch: 1})
		cut, _ := io.ReadAll(&filter{src: io.NopCloser(iotest.OneByteReader(strings.NewReader(stream))), nonce: "n", epoch: 1})
		if string(whole) != string(cut) {
			t.Fatalf("%q:\nwhole      %q\nbyte by byte %q", stream, whole, cut)
		}
	})
}
