package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// TestTheSessionOfOnePOSTIsLost, whoever asked for it.
func TestTheSessionOfOnePOSTIsLost(t *testing.T) {
	const forced = "MCP_FORCE_STALE_SESSION_AT_POST_NUMBER=4"
	for _, c := range []struct {
		name string
		env  []string
		args []string
		want string
	}{
		{"by flag", nil, []string{"--stale-at-post", "4"}, "401 Unauthorized: Session not found"},
		{"in other words", nil, []string{"--stale-at-post", "4", "--status", "404", "--body", `{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":{id}}`},
			`404 {"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":2}`},
		{"without words", nil, []string{"--stale-at-post", "4", "--status", "410", "--body", ""}, "410 "},
		{"by the environment", []string{forced}, nil, "401 Unauthorized: Session not found"},
		{"by the environment, in other words", []string{forced}, []string{"--status", "404"}, "404 Unauthorized: Session not found"},
		{"by the environment, beside a plan", []string{forced}, []string{"--plan", "testdata/fault/plan.json"}, "401 Unauthorized: Session not found"},
		{"the flag is asked first", []string{"MCP_FORCE_STALE_SESSION_AT_POST_NUMBER=1"}, []string{"--stale-at-post", "4"}, "401 Unauthorized: Session not found"},
		{"by a plan", nil, []string{"--plan", "testdata/fault/stale.json"}, "404 session not found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := counting(t)
			fault := serves(t, environment(c.env...), append([]string{"fault", "--upstream", server.url}, c.args...)...)
			client := newPlain(t, fault.url)
			client.initialize() // POST 1 and 2
			if got, _ := client.call(1); got != "ran 1" {
				t.Errorf("POST 3: %s", got)
			}
			if got, _ := client.call(2); got != c.want {
				t.Errorf("POST 4: %s, want %s", got, c.want)
			}
			if got, _ := client.call(2); got != c.want {
				t.Errorf("POST 5: %s, want %s", got, c.want)
			}
			client.session = ""
			client.initialize()
			if got, _ := client.call(3); got != "ran 3" {
				t.Errorf("after a new initialize: %s", got)
			}
			server.mu.Lock()
			defer server.mu.Unlock()
			if server.runs[2] != 0 {
				t.Errorf("the refused call ran %d times", server.runs[2])
			}
		})
	}
}

// TestARestartResetsIdleConnectionsToo, which only the http.Server knows.
func TestARestartResetsIdleConnectionsToo(t *testing.T) {
	fault := serves(t, nowhere, "fault", "--upstream", counting(t).url, "--plan", "testdata/fault/restart.json")
	addr := strings.TrimSuffix(strings.TrimPrefix(fault.url, "http://"), "/mcp")
	idle, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	fmt.Fprintf(idle, "GET /nothing HTTP/1.1\r\nHost: %s\r\n\r\n", addr)
	answers := bufio.NewReader(idle)
	resp, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	answers.Discard(answers.Buffered())

	base := &http.Transport{}
	defer base.CloseIdleConnections()
	if _, err := (&http.Client{Transport: base}).Post(fault.url, "application/json", strings.NewReader("{}")); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the POST that restarts: %v, want a reset", err)
	}
	if _, err := answers.ReadByte(); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the idle connection: %v, want a reset", err)
	}
}

func TestFaultWithoutFaultsWarns(t *testing.T) {
	fault := serves(t, nowhere, "fault", "--upstream", counting(t).url)
	newPlain(t, fault.url).initialize()
	if code, _ := fault.stop(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
	const want = "mcprecover fault: warning: nothing will go wrong: give --stale-at-post or --plan\n"
	if got := fault.stderr.String(); got != want {
		t.Errorf("stderr:\n%swant\n%s", got, want)
	}
}

func TestFaultBeforeAnUpstreamThatIsDown(t *testing.T) {
	fault := serves(t, nowhere, "fault", "--upstream", "http://"+nobody+"/mcp", "--stale-at-post", "9")
	status, _, body := newPlain(t, fault.url).post(`{"jsonrpc":"2.0","id":7,"method":"initialize"}`)
	if status != http.StatusBadGateway || !strings.HasPrefix(body, "faults: no answer from the upstream: dial tcp ") {
		t.Errorf("status %d, body %s", status, body)
	}
}
