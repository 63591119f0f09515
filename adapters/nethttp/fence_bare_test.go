package nethttp

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// replicas is a server whose first replica lives on after its session was
// replaced by S2, with a question that nobody has answered: "delete all files?",
// numbered 1.
type replicas struct {
	t       *testing.T
	server  *stub
	rt      *Transport
	id      string
	opened  chan *events // the streams that it answers with
	reached []string     // by answers to questions
}

func startReplicas(t *testing.T) *replicas {
	r := &replicas{t: t, server: newStub(), opened: make(chan *events, 4)}
	r.rt = &Transport{Base: r.server}
	r.id = open(t, r.rt)
	r.server.behave(func(req *http.Request, m message) *http.Response {
		switch {
		case m.response():
			r.reached = append(r.reached, req.Header.Get(headerSession))
			return reply(req, 202, "", "")
		case req.Method == http.MethodGet, string(m.id) == "1", string(m.id) == "3":
			resp, e := eventStream(req)
			r.opened <- e
			return resp
		}
		return nil
	})
	r.reads(http.MethodPost, call(1)).says(asking)
	r.server.forget()
	if status, _, _, err := post(t, r.rt, r.id, call(2)); err != nil || status != 200 {
		t.Fatalf("the recovery: status %d, error %v", status, err)
	}
	r.server.mu.Lock()
	r.server.sessions["S1"] = true
	r.server.mu.Unlock()
	return r
}

// reads opens a stream and reads it until the test is over.
func (r *replicas) reads(method, body string) *events {
	req, err := http.NewRequestWithContext(r.t.Context(), method, testURL, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(headerSession, r.id)
	if method == http.MethodGet {
		req.Body, req.GetBody, req.ContentLength = nil, nil, 0
	}
	resp, err := r.rt.RoundTrip(req)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(r.t.Context())
	context.AfterFunc(ctx, func() { resp.Body.Close() })
	go func() { defer stop(); io.Copy(io.Discard, resp.Body) }()
	return <-r.opened
}

// A question that could not be sealed has the number of one that an old replica
// may still ask. From then on an answer without a seal goes nowhere: it may be
// the answer to either.
func TestAnAnswerToAQuestionWithoutASealReachesNobody(t *testing.T) {
	const question = `{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{"message":"say hello?"}}`
	long := "data: " + strings.Replace(question, "hello", "hello"+strings.Repeat(" ", maxEvent), 1) + "\n\n"
	batch := "data: [" + question + "]\n\n"
	ofCall := func(r *replicas) *events { return r.reads(http.MethodPost, call(3)) }
	listening := func(r *replicas) *events { return r.reads(http.MethodGet, "") }
	for _, c := range []struct {
		name   string
		stream func(*replicas) *events // of the new session
		says   string
		want   []string // what the answer without a seal reaches
	}{
		{"a long question on a call's stream", ofCall, long, nil},
		{"a long question on the listening stream", listening, long, nil},
		{"a batch on a call's stream", ofCall, batch, nil},
		{"a batch on the listening stream", listening, batch, nil},
		{"a question that has its seal: the answer is the old replica's", ofCall, "data: " + question + "\n\n", []string{"S1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startReplicas(t)
				defer r.ends()
				c.stream(r).says(c.says)
				if status, _, _, err := post(t, r.rt, r.id, `{"jsonrpc":"2.0","id":1,"result":{"action":"accept"}}`); err != nil || status != 202 {
					t.Errorf("status %d, error %v; want 202", status, err)
				}
				if d := cmp.Diff(c.want, r.reached); d != "" {
					t.Errorf("the answer reached (-want +got):\n%s", d)
				}
			})
		})
	}
}

// ends ends what runs, in the bubble.
func (r *replicas) ends() {
	r.rt.Close()
	time.Sleep(time.Hour)
	synctest.Wait()
}
