package faults_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/mcprecover/mcprecover/faults"
)

// TestWhereNoConnectionCanBeTaken: HTTP/2 shares one, and middleware may hide
// it. The client still gets no answer.
func TestWhereNoConnectionCanBeTaken(t *testing.T) {
	reset := faults.Plan{Rules: []faults.Rule{{When: faults.When{At: 1}, What: faults.What{Reset: &faults.Reset{AfterRun: true}}}}}
	cut := faults.Plan{Rules: []faults.Rule{{When: faults.When{At: 1}, What: faults.What{Cut: &faults.Cut{Events: 1, Reset: true}}}}}
	restart := faults.Plan{Rules: []faults.Rule{{When: faults.When{At: 1}, What: faults.What{Restart: &faults.Answer{}}}}}
	for name, plan := range map[string]faults.Plan{"reset": reset, "cut": cut, "restart": restart} {
		for _, over := range []string{"HTTP/2", "hidden HTTP/1"} {
			t.Run(name+" over "+over, func(t *testing.T) {
				s, err := faults.New(faults.Config{Handler: &server{}, Plan: plan})
				if err != nil {
					t.Fatal(err)
				}
				ts := httptest.NewUnstartedServer(s)
				if over == "HTTP/2" {
					ts.EnableHTTP2 = true
					ts.StartTLS()
				} else {
					ts.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						s.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
					})
					ts.Start()
				}
				t.Cleanup(ts.Close)
				post := func() (string, error) {
					resp, err := ts.Client().Post(ts.URL, "application/json", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"slow"}}`))
					if err != nil {
						return "", err
					}
					defer resp.Body.Close()
					if want := map[string]int{"HTTP/2": 2, "hidden HTTP/1": 1}[over]; resp.ProtoMajor != want {
						t.Errorf("the answer came by HTTP/%d", resp.ProtoMajor)
					}
					body, err := io.ReadAll(resp.Body)
					return string(body), err
				}
				body, err := post()
				if err == nil || strings.Contains(body, `"ran"`) {
					t.Errorf("got %q and error %v, want no answer and an error", body, err)
				}
				if body, err := post(); err != nil || !strings.Contains(body, `"ran":"slow"`) {
					t.Errorf("then: %q, %v; want an answer", body, err)
				}
			})
		}
	}
}

// TestARestartResetsIdleConnections by what ConnState told.
func TestARestartResetsIdleConnections(t *testing.T) {
	s, url := serve(t, faults.Config{Handler: &server{}})
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "DELETE / HTTP/1.1\r\nHost: x\r\n\r\n")
	r := bufio.NewReader(c)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != 204 {
		t.Fatalf("%v, %v", resp, err)
	}
	s.Restart(faults.Answer{})
	if _, err := r.ReadByte(); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the idle connection says %v, want a reset", err)
	}
}

// TestARestartDoesNotWait for a handler that writes to a client that does not read.
func TestARestartDoesNotWait(t *testing.T) {
	for _, told := range []bool{true, false} {
		t.Run(fmt.Sprintf("ConnState is told: %t", told), func(t *testing.T) { restartInAWrite(t, told) })
	}
}

func restartInAWrite(t *testing.T, told bool) {
	ended := make(chan error, 1)
	s, err := faults.New(faults.Config{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := w.Write(make([]byte, 64<<20))
		ended <- err
	})})
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewUnstartedServer(s)
	if told {
		ts.Config.ConnState = s.ConnState
	}
	ts.Start()
	t.Cleanup(ts.Close)
	resp, err := client(t).Get(ts.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := resp.Body.Read(make([]byte, 1)); err != nil { // the Write is on its way
		t.Fatal(err)
	}
	s.Restart(faults.Answer{})
	if err := <-ended; err == nil {
		t.Error("the handler wrote everything to a client that read nothing")
	}
	if n, err := io.Copy(io.Discard, resp.Body); err == nil || told && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client sees %v after %d bytes, want a reset", err, n)
	}
}

// TestTheHandlerLearnsThatItsStreamWasCut: its context ends and its writes
// fail, whichever it looks at; a reverse proxy then panics.
func TestTheHandlerLearnsThatItsStreamWasCut(t *testing.T) {
	for _, cut := range []faults.Cut{{Events: 1}, {Events: 1, Reset: true}} {
		plan := faults.Plan{Rules: []faults.Rule{{When: faults.When{HTTPMethod: "GET", From: 1}, What: faults.What{Cut: &cut}}}}
		learned := make(chan error, 1)
		_, url := serve(t, faults.Config{Plan: plan, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			events(w, "{}")
			<-r.Context().Done()
			_, err := io.WriteString(w, "data: late\n\n")
			learned <- err
			panic(http.ErrAbortHandler)
		})})
		body := told(client(t).Get(url))
		if want := map[bool]string{false: "200 text/event-stream data: {}⏎⏎", true: "200 text/event-stream data: {}⏎⏎ RESET"}[cut.Reset]; body != want {
			t.Errorf("%+v: the client got %q, want %q", cut, body, want)
		}
		if err := <-learned; err == nil {
			t.Errorf("%+v: the handler could still write", cut)
		}
	}
}

// TestAnotherPanicIsNotHidden, also not by a cut.
func TestAnotherPanicIsNotHidden(t *testing.T) {
	plan := faults.Plan{Rules: []faults.Rule{{When: faults.When{HTTPMethod: "GET", At: 1}, What: faults.What{Cut: &faults.Cut{}}}}}
	s, err := faults.New(faults.Config{Plan: plan, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		events(w, "{}")
		panic("a fault of the handler's own")
	})})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if p := recover(); p != "a fault of the handler's own" {
			t.Errorf("recovered %v", p)
		}
	}()
	s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

// TestManyAtOnce: whatever happens at the same time, a client gets a whole
// answer or a failure, and tools run as often as is counted.
func TestManyAtOnce(t *testing.T) {
	inner := &server{}
	s, err := faults.New(faults.Config{Handler: inner, Plan: faults.Plan{Rules: []faults.Rule{
		{When: faults.When{Every: 7}, What: faults.What{Reset: &faults.Reset{}}},
		{When: faults.When{Every: 11}, What: faults.What{Reset: &faults.Reset{AfterRun: true}}},
		{When: faults.When{Every: 13}, What: faults.What{Restart: &faults.Answer{}}},
		{When: faults.When{RPCMethod: "tools/call", Every: 5}, What: faults.What{Cut: &faults.Cut{Events: 1, Reset: true}}},
		{When: faults.When{From: 3, Every: 17}, What: faults.What{Unavailable: &faults.Outage{}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	var handlers sync.WaitGroup // those of reset connections go on after ts.Close
	ts := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handlers.Add(1)
		defer handlers.Done()
		s.ServeHTTP(w, r)
	}))
	ts.Config.ConnState = s.ConnState
	ts.Start()
	t.Cleanup(ts.Close)
	c := client(t)
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for i := range 20 {
				body := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"slow"}}`, i)
				resp, err := c.Post(ts.URL, "application/json", strings.NewReader(body))
				if err != nil {
					continue
				}
				text, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if whole := strings.HasSuffix(string(text), "{\"ran\":\"slow\"}}\n\n"); err == nil && resp.StatusCode == 200 && !whole {
					t.Errorf("half an answer: %q", text)
				}
			}
		})
	}
	listening, stop := context.WithCancel(t.Context())
	var listener sync.WaitGroup
	listener.Go(func() {
		for listening.Err() == nil {
			req, _ := http.NewRequestWithContext(listening, "GET", ts.URL, nil)
			req.Header.Set("Hold", "1")
			if resp, err := c.Do(req); err == nil {
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		}
	})
	clients.Wait()
	stop()
	listener.Wait()
	ts.Close()
	handlers.Wait()
	got := s.Counts()
	if got.POSTs > 8*20 || got.Calls["slow"] != inner.runs["slow"] || got.Calls["slow"] == 0 || got.Calls["slow"] >= got.POSTs {
		t.Errorf("%d POSTs of %d, %d calls counted, %d tools run", got.POSTs, 8*20, got.Calls["slow"], inner.runs["slow"])
	}
}
