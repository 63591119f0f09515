package nethttp

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

// story is one situation and what the engine makes of it. It is played in
// virtual time over a scripted server; what the client did and got, what
// crossed the wire and which events were told is written down line by line.
type story struct {
	name string
	play func(*stage)
}

// TestStories is read in testdata/*.txt.
func TestStories(t *testing.T) {
	for file, stories := range map[string][]story{
		"testdata/sessions.txt": sessionStories,
		"testdata/calls.txt":    callStories,
		"testdata/streams.txt":  streamStories,
		"testdata/turned.txt":   hostileStories,
	} {
		var got strings.Builder
		for _, s := range stories {
			var told string
			t.Run(s.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { told = tellStory(t, s.play) })
			})
			fmt.Fprintf(&got, "<<< %s\n%s>>>\n\n", s.name, told)
		}
		golden(t, file, got.String())
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got); go test -update rewrites it:\n%s", file, d)
	}
}

// stage is a Transport over a scripted server.
type stage struct {
	*stub
	t      *testing.T
	rt     *Transport
	start  time.Time
	mu     sync.Mutex
	text   strings.Builder
	labels []string // secret, label, …
	tasks  sync.WaitGroup
}

func tellStory(t *testing.T, play func(*stage)) string {
	g := &stage{stub: newStub(), t: t, start: time.Now()}
	g.stub.wire = func(line string) { g.write("wire   " + line) }
	g.rt = &Transport{
		Base:     g.stub,
		Rand:     func(uint64, uint32) float64 { return 0.5 },
		Observer: func(e Event) { g.write("event  " + eventLine(e)) },
	}
	play(g)
	g.tasks.Wait()
	g.sleep(time.Second)
	g.rt.Close()
	time.Sleep(time.Hour) // timers of the engine end here, not after the bubble
	synctest.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.text.String()
}

// eventLine is an event without what every event of a story has.
func eventLine(e Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v", e.Kind)
	for _, a := range e.attrs() {
		if a.Key != "endpoint" && a.Key != "session" && a.Key != "method" {
			fmt.Fprintf(&b, " %s=%v", a.Key, a.Value)
		}
	}
	return b.String()
}

var minted = regexp.MustCompile(`\b[A-Z2-7]{26}\b`)

func (g *stage) write(line string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	line = minted.ReplaceAllStringFunc(line, func(secret string) string {
		for i := 0; i < len(g.labels); i++ {
			if g.labels[i] == secret {
				return fmt.Sprintf("<random %d>", i+1)
			}
		}
		g.labels = append(g.labels, secret)
		return fmt.Sprintf("<random %d>", len(g.labels))
	})
	fmt.Fprintf(&g.text, "%8s  %s\n", time.Since(g.start).Round(time.Millisecond), line)
}

// opens initializes a session; what crosses the wire for that is not told.
func (g *stage) opens() string {
	g.t.Helper()
	wire, observer := g.stub.wire, g.rt.Observer
	g.stub.wire = nil
	mute := func(Event) {}
	g.rt.Observer = mute
	id := open(g.t, g.rt)
	g.stub.wire, g.rt.Observer = wire, observer
	return id
}

// posts sends a message as the client does, reads its answer to the end and
// writes both down. Headers follow as name, value.
func (g *stage) posts(id, body string, header ...string) {
	g.t.Helper()
	g.does(context.Background(), http.MethodPost, id, body, header...)
}

func (g *stage) does(ctx context.Context, method, id, body string, header ...string) {
	g.t.Helper()
	resp, err := g.asks(ctx, method, id, body, header...)
	g.got(resp, err)
}

// aside keeps what runs beside a story in one order with it.
func aside() { time.Sleep(time.Millisecond) }

// settles lets what runs beside the story come to rest.
func settles() {
	time.Sleep(5 * time.Millisecond)
	synctest.Wait()
}

// asks sends a request and leaves its answer to the caller.
func (g *stage) asks(ctx context.Context, method, id, body string, header ...string) (*http.Response, error) {
	g.t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, testURL, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	} else {
		req.Body, req.GetBody, req.ContentLength = nil, nil, 0
	}
	if id != "" {
		req.Header.Set(headerSession, id)
		req.Header.Set(headerVersion, "2025-11-25")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	g.write("client " + requestLine(req, []byte(body)))
	return g.rt.RoundTrip(req)
}

// got writes down what the client got.
func (g *stage) got(resp *http.Response, err error) {
	if err != nil {
		g.write("client   error: " + err.Error())
		return
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	line := responseLine(resp, body)
	if err != nil {
		line += " error: " + err.Error()
	}
	g.write("client   " + line)
}

// goes lets something go on beside the story, and waits until it can go no further.
func (g *stage) goes(f func()) {
	g.tasks.Go(f)
	synctest.Wait()
}

// requestLine is a request as the stories tell it: what matters to MCP.
func requestLine(req *http.Request, body []byte) string {
	m := scan(body)
	words := []string{req.Method}
	switch {
	case m.method != nil:
		words = append(words, string(m.method))
	case m.response():
		words = append(words, "answer")
	}
	if m.id != nil {
		words = append(words, "id="+string(m.id))
	}
	for _, h := range []struct{ name, word string }{
		{headerSession, "session"}, {headerVersion, "version"}, {headerLastEvent, "last-event"}, {"Authorization", "authorization"},
	} {
		if v := req.Header.Get(h.name); v != "" {
			words = append(words, h.word+"="+v)
		}
	}
	return strings.Join(words, " ")
}

// maxTold bounds a body in a story.
const maxTold = 300

func responseLine(resp *http.Response, body []byte) string {
	words := []string{fmt.Sprint(resp.StatusCode)}
	if media := mediaType(resp.Header); media != "" && media != "application/json" {
		words = append(words, media)
	}
	if id := resp.Header.Get(headerSession); id != "" {
		words = append(words, "session="+id)
	}
	if len(body) > 0 {
		text := strings.TrimRight(strings.ReplaceAll(string(body), "\n", "⏎"), "⏎")
		words = append(words, text[:min(len(text), maxTold)])
	}
	return strings.Join(words, " ")
}

// events is a server's event stream that a story writes piece by piece.
type events struct {
	pieces chan string
	ended  error
	rest   string
	gone   chan struct{} // closed when the reader closed it, or its request was given up
	close  func()
}

// eventStream answers a request with an event stream.
func eventStream(req *http.Request) (*http.Response, *events) {
	ctx, cancel := context.WithCancel(req.Context())
	e := &events{pieces: make(chan string, 16), ended: io.EOF, gone: make(chan struct{}), close: cancel}
	context.AfterFunc(ctx, func() { close(e.gone) })
	resp := reply(req, 200, "text/event-stream", "")
	resp.ContentLength = -1
	resp.Body = e
	return resp, e
}

func (e *events) Read(b []byte) (int, error) {
	if e.rest == "" {
		select {
		case piece, ok := <-e.pieces:
			if !ok {
				return 0, e.ended
			}
			e.rest = piece
		case <-e.gone:
			return 0, context.Canceled
		}
	}
	n := copy(b, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func (e *events) Close() error { e.close(); return nil }

// says writes to the stream and waits until that was read.
func (e *events) says(pieces ...string) {
	for _, p := range pieces {
		e.pieces <- p
	}
	settles()
}

// ends ends the stream: orderly, or with an error.
func (e *events) ends(err error) {
	if err != nil {
		e.ended = err
	}
	close(e.pieces)
	settles()
}
