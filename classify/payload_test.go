package classify

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

func squeeze(t *testing.T, open func(io.Writer) io.WriteCloser, s string) string {
	t.Helper()
	var b bytes.Buffer
	w := open(&b)
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func gzipped(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
func zlibbed(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
func flated(w io.Writer) io.WriteCloser  { f, _ := flate.NewWriter(w, 9); return f }
func utf16le(s string) string {
	return "\xFF\xFE" + strings.Join(strings.Split(s, ""), "\x00") + "\x00"
}
func encoded(s string) map[string][]string { return map[string][]string{"Content-Encoding": {s}} }

// The same loss is seen however its words come: compressed, framed, marked,
// wrapped, escaped, cut.
func TestBodiesAsTheyCome(t *testing.T) {
	big := sessionLost[:len(sessionLost)-2] + `,"data":"` + strings.Repeat("x", 3*MaxBody) + `"}}`
	noise := sessionLost[:len(sessionLost)-1] + `,"x":"`
	for random := rand.New(rand.NewPCG(1, 2)); len(noise) < 2*MaxBody; {
		noise += strconv.FormatUint(random.Uint64(), 36)
	}
	for _, c := range []struct {
		name   string
		header map[string][]string
		body   string
		want   Reason
	}{
		{"plain", nil, sessionLost, SessionGone},
		{"gzip", encoded("gzip"), squeeze(t, gzipped, sessionLost), SessionGone},
		{"gzip without a header", nil, squeeze(t, gzipped, sessionLost), SessionGone},
		{"gzip that was undone", encoded("gzip"), sessionLost, SessionGone},
		{"gzip, cut", encoded("gzip"), squeeze(t, gzipped, noise)[:MaxBody], SessionGone},
		{"gzip, cut in its head", encoded("gzip"), squeeze(t, gzipped, sessionLost)[:5], BadRequest},
		{"gzip, larger than MaxBody", encoded("gzip"), squeeze(t, gzipped, big), SessionGone},
		{"gzip of a bomb", encoded("gzip"), squeeze(t, gzipped, strings.Repeat(" ", 1<<24)), BadRequest},
		{"deflate as RFC 9110 has it", encoded("Deflate"), squeeze(t, zlibbed, sessionLost), SessionGone},
		{"deflate without its frame", encoded("deflate"), squeeze(t, flated, sessionLost), SessionGone},
		{"deflate without its frame, text", encoded("deflate"), squeeze(t, flated, "Session not found, session not found"), SessionGone},
		{"deflate that was undone", encoded("deflate"), "Session not found", SessionGone},
		{"an encoding we cannot read", encoded("br"), "\x0b\x02\x80\x03", BadRequest},

		{"events", nil, "event: message\ndata: " + sessionLost + "\n\n", SessionGone},
		{"events with carriage returns", nil, "event: message\r\nid: 1\r\ndata: " + sessionLost + "\r\n\r\n", SessionGone},
		{"events behind an empty one", nil, "id: 1\nretry: 3000\ndata: \n\nevent: message\ndata:" + sessionLost + "\n\n", SessionGone},
		{"events behind a comment", nil, ": ping\n\ndata: " + sessionLost + "\n\n", SessionGone},
		{"events, data over lines", nil, "data: {\"error\":\ndata: {\"message\":\ndata: \"Session not found\"}}\n\n", SessionGone},
		{"events, only the first counts", nil, "data: {\"error\":{}}\n\ndata: " + sessionLost + "\n\n", BadRequest},
		{"events by the header alone", map[string][]string{"Content-Type": {"text/event-stream; charset=utf-8"}}, "foo: 1\ndata: " + sessionLost, SessionGone},
		{"data: that is no event", nil, "data: session not found", SessionGone},

		{"byte order mark", nil, "\xEF\xBB\xBF" + sessionLost, SessionGone},
		{"blanks in front", nil, strings.Repeat(" \r\n", 500) + sessionLost, SessionGone},
		{"batch", nil, "[" + sessionLost + "," + sessionLost + "]", SessionGone},
		{"batch, spaced", nil, " [ " + sessionLost + " ] ", SessionGone},
		{"batch with a result", nil, `[{"result":1},` + sessionLost + "]", SessionGone},
		{"empty batch", nil, "[]", BadRequest},
		{"no JSON type", map[string][]string{"Content-Type": {"text/html"}}, sessionLost, SessionGone},
		{"text called HTML", map[string][]string{"Content-Type": {"text/html"}}, "Session not found", SessionGone},

		{"escaped name", nil, `{"\u0065rror":{"message":"Session not found"}}`, SessionGone},
		{"escaped words", nil, `{"error":{"message":"Error:\n\u0053ession \"7\" was\tnot\u0020found"}}`, SessionGone},
		{"surrogates", nil, `{"error":{"message":"\ud83d\ude00 Session not found \ud83d"}}`, SessionGone},
		{"invalid UTF-8", nil, "{\"error\":{\"message\":\"\xff\xfe Session not found \xc3\"}}", SessionGone},
		{"two errors, the last counts", nil, `{"error":{"message":"Session not found"},"error":{"message":"x"}}`, BadRequest},
		{"JSON in a string", nil, `{"error":"upstream: {\"error\":{\"message\":\"Session not found\"}}"}`, SessionGone},
		{"words in error.data", nil, `{"error":{"code":1,"message":"Invalid Request","data":{"message":"Session not found"}}}`, SessionGone},
		{"words as error.data", nil, `{"error":{"code":1,"message":"Invalid Request","data":"Session not found"}}`, SessionGone},
		{"detail", nil, `{"detail":"Session not found"}`, SessionGone},
		{"detail as an object", nil, `{"detail":{"error":"x","message":"Session not found"}}`, SessionGone},
		{"problem+json", nil, `{"type":"about:blank","title":"Session not found","status":400}`, SessionGone},
		{"jsonRpcError", nil, `{"jsonRpcError":{"code":1,"message":"Session not found"}}`, SessionGone},
		{"errors", nil, `{"errors":[{"message":"Session not found"}]}`, SessionGone},
		{"string code", nil, `{"error":{"code":"SESSION_NOT_FOUND","message":"gone"}}`, SessionGone},
		{"no known place", nil, `{"ok":false,"problem":{"text":"Session not found"}}`, SessionGone},
		{"no known place, but in a result", nil, `{"ok":false,"answer":{"result":{"text":"Session not found"}}}`, BadRequest},
		{"a name is no text", nil, `{"session not found":1}`, BadRequest},
		{"a result", nil, `{"result":{"message":"Session not found"}}`, BadRequest},
		{"no JSON in braces", nil, `{'error': 'Session not found'}`, SessionGone},
		{"only a string", nil, `"Session not found"`, SessionGone},
		{"XML", nil, `<?xml version="1.0"?><Error><Message>Session not found</Message></Error>`, SessionGone},
		{"web page", nil, `<!doctype html><p>Session not found</p>`, BadRequest},
		{"beyond 4 KiB of text", nil, strings.Repeat("-", maxText) + "Session not found", BadRequest},
		{"before 4 KiB of text", nil, "Session not found" + strings.Repeat("-", 4*MaxBody), SessionGone},
		{"behind MaxBody", nil, `{"x":"` + strings.Repeat("x", MaxBody) + `","error":{"message":"Session not found"}}`, BadRequest},
		{"up to MaxBody", nil, `{"x":"` + strings.Repeat("x", MaxBody-60) + `","error":{"message":"Session not found"}}`, SessionGone},
		{"UTF-16", nil, utf16le("Session not found"), BadRequest},
	} {
		o := Observation{HadSession: true, Status: 400, Header: c.header, Body: []byte(c.body)}
		if got := Of(o); got.Reason != c.want {
			t.Errorf("%s: %v (%v), want %v", c.name, got.Class, got.Reason, c.want)
		}
	}
}

// Of members in two orders the same is said: an error beside a result is none,
// and of words in no known place all count.
func TestOrdersOfMembers(t *testing.T) {
	for _, c := range []struct {
		status     int
		one, other string
	}{
		{200, `{"error":{"code":-5,"message":"x"},"result":1}`, `{"result":1,"error":{"code":-5,"message":"x"}}`},
		{400, `{"error":{"code":-5,"message":"x"},"result":1}`, `{"result":1,"error":{"code":-5,"message":"x"}}`},
		{400, `{"a":"session id required","b":"Session not found"}`, `{"b":"Session not found","a":"session id required"}`},
		{403, `{"a":"session mismatch","b":"Session not found"}`, `{"b":"Session not found","a":"session mismatch"}`},
	} {
		one := Of(Observation{HadSession: true, Status: c.status, Body: []byte(c.one)})
		other := Of(Observation{HadSession: true, Status: c.status, Body: []byte(c.other)})
		if one != other {
			t.Errorf("%d %s: %+v\n%s: %+v", c.status, c.one, one, c.other, other)
		}
	}
}

// An answer that is cut says what stands before the cut, from where the phrase
// is whole.
func TestCutAtAnyByte(t *testing.T) {
	whole := strings.Index(sessionLost, "found") + len("found")
	for n := range len(sessionLost) {
		v := Of(Observation{HadSession: true, Status: 400, Body: []byte(sessionLost[:n])})
		if want := n >= whole; (v.Class == Stale) != want {
			t.Errorf("cut at %d: %v, want stale %v", n, v.Class, want)
		}
	}
}
