package nethttp

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// flat is a server that costs next to nothing, so that what is counted is ours.
type flat struct {
	contentType string
	body        string
	resp        http.Response
	header      http.Header
	reader      strings.Reader
}

func (f *flat) RoundTrip(req *http.Request) (*http.Response, error) {
	closeRequest(req)
	f.reader.Reset(f.body)
	f.resp = http.Response{StatusCode: 200, Header: f.header, Body: f, Request: req, ContentLength: int64(len(f.body))}
	return &f.resp, nil
}

func (f *flat) Read(b []byte) (int, error) { return f.reader.Read(b) }
func (f *flat) Close() error               { return nil }

// swap lets a session be opened at one server and used at another.
type swap struct{ http.RoundTripper }

// ours counts the allocations that a Transport adds to a call.
func ours(t testing.TB, ctx context.Context, contentType, body string, renewed, logging bool) (plain, with float64) {
	server := newStub()
	if logging {
		server.result = `{"protocolVersion":"2025-11-25","capabilities":{"logging":{}}}`
	}
	base := &swap{server}
	rt := &Transport{Base: base}
	id := open(t, rt)
	if renewed {
		server.forget()
		if _, _, _, err := post(t, rt, id, call(1)); err != nil {
			t.Fatal(err)
		}
	}
	f := &flat{contentType: contentType, body: body, header: http.Header{"Content-Type": {contentType}}}
	base.RoundTripper = f
	request := strings.NewReader(call(1))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, testURL, request)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{headerSession: {id}, headerVersion: {"2025-11-25"}, "Content-Type": {"application/json"}}
	buf := make([]byte, 512)
	once := func(rt http.RoundTripper) func() {
		return func() {
			request.Reset(call1)
			resp, err := rt.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			for {
				if _, err := resp.Body.Read(buf); err == io.EOF {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
			resp.Body.Close()
		}
	}
	return testing.AllocsPerRun(500, once(f)), testing.AllocsPerRun(500, once(rt))
}

var call1 = call(1)

func TestCostBeforeAndAfterTheFirstRecovery(t *testing.T) {
	if RaceEnabled {
		t.Skip("the race detector allocates")
	}
	deadline, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	result := `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"` + strings.Repeat("x", 220) + `"}]}}`
	for _, c := range []struct {
		name        string
		ctx         context.Context
		contentType string
		body        string
		renewed     bool
		logging     bool // the server keeps a log level: what a recovery restores must be looked for
		most        float64
	}{
		{"JSON answer", deadline, "application/json", result, false, false, 1},
		{"JSON answer, server with logging", deadline, "application/json", result, false, true, 3},
		{"event stream, server with logging", deadline, "text/event-stream", "event: message\ndata: " + result + "\n\n", false, true, 3},
		{"JSON answer, no deadline", t.Context(), "application/json", result, false, false, 4},
		{"event stream", deadline, "text/event-stream", "event: message\ndata: " + result + "\n\n", false, false, 1},
		{"event stream, no deadline", t.Context(), "text/event-stream", "event: message\ndata: " + result + "\n\n", false, false, 4},
		{"JSON answer after a recovery", deadline, "application/json", result, true, false, 5},
		{"event stream after a recovery", deadline, "text/event-stream", "event: message\ndata: " + result + "\n\n", true, false, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			plain, with := ours(t, c.ctx, c.contentType, c.body, c.renewed, c.logging)
			if with-plain > c.most {
				t.Errorf("%v allocations of ours, want at most %v", with-plain, c.most)
			}
			t.Logf("%v allocations of ours", with-plain)
		})
	}
}
