package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// metrics is the URL of the proxy's metrics, which its log names.
func (s *serving) metrics(t *testing.T) string {
	t.Helper()
	s.stderr.await(t, metricsPath)
	url := regexp.MustCompile(`http://[0-9.:]+` + metricsPath).FindString(s.stderr.String())
	if url == "" {
		t.Fatalf("no URL of metrics in\n%s", s.stderr)
	}
	return url
}

// waiting is a real go-sdk server with a tool that ends when it is told to.
func waiting(t *testing.T) (url string, begun <-chan struct{}, end func()) {
	t.Helper()
	began, ended := make(chan struct{}, 1), make(chan struct{})
	end = sync.OnceFunc(func() { close(ended) })
	server := mcp.NewServer(&mcp.Implementation{Name: "waiting", Version: "1"}, nil)
	type in struct {
		N int `json:"n"`
	}
	mcp.AddTool(server, &mcp.Tool{Name: "count"}, func(context.Context, *mcp.CallToolRequest, in) (*mcp.CallToolResult, any, error) {
		began <- struct{}{}
		<-ended
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "in time"}}}, nil, nil
	})
	ts := httptest.NewServer(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil))
	t.Cleanup(func() {
		end()
		for s := range server.Sessions() {
			_ = s.Close()
		}
		ts.Close()
	})
	return ts.URL + "/mcp", began, end
}

// listen opens the client's listening stream.
func (c *plain) listen() io.ReadCloser {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), "GET", c.url, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Mcp-Session-Id", c.session)
	resp, err := c.http.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		c.t.Fatalf("listening: %v, %v", resp, err)
	}
	return resp.Body
}

// get is the status of a GET, and the start of its body.
func (c *plain) get(url string) string {
	c.t.Helper()
	resp, err := c.http.Get(url)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return fmt.Sprint(resp.StatusCode, " ", string(text))
}

// TestTheProxyDrains: after a signal a running call still ends well, or, where
// its time is over, with an error of its own; new calls are refused; listening
// streams end in order; /readyz says so meanwhile.
func TestTheProxyDrains(t *testing.T) {
	for _, c := range []struct {
		name, drain, answer string
		ends                bool
	}{
		{"a call that ends in time", "1m", "in time", true},
		{"a call that does not", "1s", `"id":1,"error":{"code":-32000,"message":"mcprecover: tools/call `, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			upstream, begun, end := waiting(t)
			proxy := serves(t, nowhere, "proxy", "--upstream", upstream, "--metrics", "127.0.0.1:0", "--drain", c.drain)
			metrics := proxy.metrics(t)
			ready := strings.Replace(metrics, metricsPath, readyPath, 1)
			client := newPlain(t, proxy.url)
			client.initialize()
			stream := client.listen()
			defer stream.Close()
			if got := client.get(ready); got != "200 ready\n" {
				t.Errorf("before: %s", got)
			}
			if got := client.get(metrics); !strings.Contains(got, "\nmcprecover_sessions{upstream=\"upstream\"} 1\n") || !strings.Contains(got, "\nprocess_") {
				t.Errorf("the metrics:\n%s", got)
			}

			answer := make(chan string, 1)
			go func() {
				text, _ := client.call(1)
				answer <- text
			}()
			<-begun
			exit := make(chan int, 1)
			go func() {
				code, _ := proxy.stop()
				exit <- code
			}()
			proxy.stderr.await(t, "msg=draining")
			if c.ends { // there is time enough to look around
				if got := client.get(ready); got != "503 draining\n" {
					t.Errorf("/readyz meanwhile: %s", got)
				}
				if got := client.get(proxy.at(readyPath)); got != "503 draining\n" {
					t.Errorf("/readyz at the front door: %s", got)
				}
				if text, _ := client.call(2); !strings.Contains(text, `"id":2,"error"`) || !strings.Contains(text, "the proxy is shutting down") {
					t.Errorf("a new call: %s", text)
				}
				end()
			}
			if got := <-answer; !strings.Contains(got, c.answer) {
				t.Errorf("the running call: %s", got)
			}
			if rest, err := io.ReadAll(stream); err != nil {
				t.Errorf("the listening stream broke: %q, %v", rest, err)
			}
			if code := <-exit; code != exitDone {
				t.Errorf("exit code %d", code)
			}
			if said := proxy.stderr.String(); strings.Contains(said, "did not end in time") == c.ends {
				t.Errorf("it said\n%s", said)
			}
		})
	}
}

// TestIdleStreamsHaveAHeartbeat, with the shortest that the command takes.
func TestIdleStreamsHaveAHeartbeat(t *testing.T) {
	proxy := serves(t, nowhere, "proxy", "--upstream", counting(t).url, "--heartbeat", time.Second.String())
	c := newPlain(t, proxy.url)
	c.initialize()
	stream := c.listen()
	defer stream.Close()
	lines := bufio.NewReader(stream)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if line == ":\n" { // go-sdk's own comments say something
			return
		}
	}
}
