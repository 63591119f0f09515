package nethttp

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

func TestSealedMessages(t *testing.T) {
	const nonce = "n0"
	seal7 := string(seal(nonce, 2, []byte("7")))
	for _, c := range []struct{ name, server, client string }{
		{"question", `{"id":7,"method":"elicitation/create","params":{}}`, `{"id":` + seal7 + `,"method":"elicitation/create","params":{}}`},
		{"id before token", `{"id":7,"method":"x","params":{"_meta":{"progressToken":7}}}`, `{"id":` + seal7 + `,"method":"x","params":{"_meta":{"progressToken":` + seal7 + `}}}`},
		{"token before id", `{"params":{"_meta":{"progressToken":7}},"method":"x","id":7}`, `{"params":{"_meta":{"progressToken":` + seal7 + `}},"method":"x","id":` + seal7 + `}`},
		{"cancelled question", `{"method":"notifications/cancelled","params":{"requestId":7,"reason":"7"}}`, `{"method":"notifications/cancelled","params":{"requestId":` + seal7 + `,"reason":"7"}}`},
		{"answer to the client's own call", `{"id":7,"result":{"id":7}}`, `{"id":7,"result":{"id":7}}`},
		{"other notification", `{"method":"notifications/progress","params":{"progressToken":7}}`, `{"method":"notifications/progress","params":{"progressToken":7}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(sealMessage(nonce, 2, []byte(c.server))); got != c.client {
				t.Errorf("sealMessage(%s)\n got %s\nwant %s", c.server, got, c.client)
			}
		})
	}
}

// Law: what a server numbered comes back to its own epoch, byte for byte; what
// carries no seal of this session belongs to epoch 0.
func TestFenceIsReversibleAndKeepsEpochsApart(t *testing.T) {
	token := rapid.OneOf(
		rapid.Map(rapid.Float64(), func(v float64) string { b, _ := json.Marshal(v); return string(b) }),
		rapid.Map(rapid.String(), func(v string) string { b, _ := json.Marshal(v); return string(b) }),
		rapid.SampledFrom([]string{"9007199254740993", "18446744073709551615", "1.5", `""`, `"a\"b"`}),
	)
	rapid.Check(t, func(t *rapid.T) {
		raw, epoch := token.Draw(t, "token"), rapid.Uint32().Draw(t, "epoch")
		question := sealMessage("n", epoch, []byte(`{"jsonrpc":"2.0","id":`+raw+`,"method":"ping"}`))
		reply := []byte(`{"jsonrpc":"2.0","id":` + string(scan(question).id) + `,"result":{}}`)
		back, ours := unsealMessage("n", reply)
		if !ours || back.epoch != epoch || string(scan(back.body).id) != raw {
			t.Fatalf("%s of epoch %d came back as %s of epoch %d", raw, epoch, back.body, back.epoch)
		}
		if stranger, _ := unsealMessage("m", reply); stranger.epoch != 0 {
			t.Fatalf("another session's seal was taken for one of epoch %d", stranger.epoch)
		}
	})
}

func TestBrokenSealsGoNowhere(t *testing.T) {
	for _, id := range []string{`"n-"`, `"n-1"`, `"n-1."`, `"n-x.Nw"`, `"n-1.!!"`, `"n-99999999999.Nw"`, `"n--1.Nw"`} {
		if back, ours := unsealMessage("n", []byte(`{"id":`+id+`,"result":{}}`)); !ours || back.body != nil {
			t.Errorf("id %s: got %q for epoch %d, want nothing to send", id, back.body, back.epoch)
		}
	}
}
