package nethttp

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCursorKnowsTheLastCompleteEvent(t *testing.T) {
	for _, c := range []struct{ name, stream, last string }{
		{"no ids", "data: a\n\ndata: b\n\n", ""},
		{"one", "id: 1\ndata: a\n\n", "1"},
		{"no blank after the colon", "id:1\ndata: a\n\n", "1"},
		{"unfinished event does not count", "id: 1\ndata: a\n\nid: 2\ndata: b\n", "1"},
		{"half an id line does not count", "id: 1\ndata: a\n\nid: 2", "1"},
		{"carriage returns", "id: 1\r\ndata: a\r\n\r\nid: 2\r\n\r\n", "2"},
		{"inside data it is no field", "id: 1\n\ndata: \\nid: 7\n\n", "1"},
		{"identity is another field", "id: 1\n\nidx: 7\n\n", "1"},
		{"empty id resets", "id: 1\n\nid:\n\n", ""},
		{"last of two in one event", "id: 1\nid: 2\n\n", "2"},
		{"comments", ": hi\nid: 1\n: there\n\n", "1"},
		{"too long is forgotten, not cut", "id: 1\n\nid: " + strings.Repeat("x", 2*maxEventID) + "\n\n", "1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var cur cursor
			cur.follow([]byte(c.stream))
			if got := string(cur.last); got != c.last {
				t.Errorf("after %q: last id %q, want %q", c.stream, got, c.last)
			}
		})
	}
}

func TestCursorDoesNotCareHowAStreamIsCutIntoChunks(t *testing.T) {
	line := rapid.SampledFrom([]string{"id: 1", "id:22", "id", "data: x", ": c", "", "", "\r", "id: 3\r", "i", "event: e"})
	rapid.Check(t, func(t *rapid.T) {
		stream := strings.Join(rapid.SliceOfN(line, 0, 12).Draw(t, "lines"), "\n") + "\n"
		var whole, cut cursor
		whole.follow([]byte(stream))
		for rest := stream; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "chunk")
			cut.follow([]byte(rest[:n]))
			rest = rest[n:]
		}
		if string(whole.last) != string(cut.last) {
			t.Fatalf("%q: whole %q, cut %q", stream, whole.last, cut.last)
		}
	})
}

func TestPreludeIsHarmlessAndRestoresTheLastID(t *testing.T) {
	for _, broken := range []string{"", "data: {\"js", "id: 9", "i", "event: x", "data: x\n", "id: 9\ndata: y\n"} {
		var cur cursor
		cur.follow([]byte("id: 1\ndata: a\n\n" + broken))
		cur.reset()
		p := cur.prelude()
		var after cursor
		after.follow([]byte("id: 1\ndata: a\n\n" + broken))
		after.follow(p)
		if string(after.last) != "1" {
			t.Errorf("after %q and the prelude a client resumes from %q, want 1", broken, after.last)
		}
	}
}
