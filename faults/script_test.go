package faults_test

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mcprecover/mcprecover/faults"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

// TestScripts plays testdata/*.txt: what a plain net/http client sees over a
// real socket. A script begins with its name and plan; each step that follows is
// done, and what it came to stands behind "->".
//
//	POST METHOD[:TOOL] [SESSION]   GET [SESSION]   DELETE [SESSION]
//	listen [SESSION]               a GET whose stream stays open; heard: what came of it
//	forget, restart, unavailable, next JSON     the Server's methods
//	runs, counts                   of tools, on the server; what the Server counted
//	events                         what the Observer was told since the last look
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var played []string
		for script := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
			name, _, _ := strings.Cut(script, "\n")
			t.Run(strings.TrimPrefix(name, "# "), func(t *testing.T) { played = append(played, play(t, script)) })
		}
		got := strings.Join(played, "\n\n") + "\n"
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if d := cmp.Diff(string(text), got); d != "" {
			t.Errorf("%s (-want +got); go test -update rewrites it:\n%s", file, d)
		}
	}
}

// actor plays one script.
type actor struct {
	t      *testing.T
	inner  server
	wrong  *faults.Server
	url    string
	client *http.Client
	posts  int
	open   *http.Response

	mu     sync.Mutex
	events []string
}

func play(t *testing.T, script string) string {
	a := &actor{t: t, client: client(t)}
	var out strings.Builder
	for line := range strings.SplitSeq(script, "\n") {
		if plan, ok := strings.CutPrefix(line, "plan "); ok {
			a.start(plan)
		}
		if strings.HasPrefix(line, " ") { // told by events
			continue
		}
		step, _, recorded := strings.Cut(line, "->")
		step = strings.TrimRight(step, " ")
		if line == "" || line[0] == '#' || strings.HasPrefix(line, "plan ") {
			fmt.Fprintln(&out, line)
			continue
		}
		if a.wrong == nil {
			t.Fatalf("no plan before %q", step)
		}
		switch came := a.does(step); {
		case step == "events":
			fmt.Fprintf(&out, "%s\n%s\n", step, came)
		case came != "":
			fmt.Fprintf(&out, "%-32s -> %s\n", step, came)
		case recorded:
			t.Errorf("%q comes to nothing", step)
		default:
			fmt.Fprintln(&out, step)
		}
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func (a *actor) start(plan string) {
	p, err := faults.Decode(strings.NewReader(plan))
	if err != nil {
		a.t.Fatal(err)
	}
	a.wrong, a.url = serve(a.t, faults.Config{Handler: &a.inner, Plan: p, Observer: func(e faults.Event) {
		a.mu.Lock()
		defer a.mu.Unlock()
		line := fmt.Sprintf("%s %d %s %s -> %d", e.HTTPMethod, e.Number, e.RPCMethod, e.Session, e.Status)
		if e.Opened != "" {
			line += " opens " + e.Opened
		}
		a.events = append(a.events, "    "+strings.Join(strings.Fields(line+" "+e.Fault), " "))
	}})
}

func (a *actor) does(step string) string {
	words := strings.Fields(step)
	about := strings.Join(words[1:], " ")
	switch words[0] {
	case "POST":
		method, session, _ := strings.Cut(about, " ")
		method, tool, _ := strings.Cut(method, ":")
		a.posts++
		body := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":{"name":%q}}`, a.posts, method, tool)
		if strings.HasPrefix(method, "notifications/") {
			body = fmt.Sprintf(`{"jsonrpc":"2.0","method":%q}`, method)
		}
		return told(a.send("POST", session, body))
	case "GET", "DELETE":
		return told(a.send(words[0], about, ""))
	case "listen":
		resp, err := a.send("HOLD", about, "")
		if err != nil {
			a.t.Fatal(err)
		}
		a.open = readTo(resp, `{"n":3}`)
		return fmt.Sprint(resp.StatusCode)
	case "heard":
		return told(a.open, nil)
	case "forget":
		a.wrong.Forget(faults.Answer{})
	case "restart":
		a.wrong.Restart(faults.Answer{})
	case "unavailable":
		a.wrong.Unavailable(faults.Outage{Requests: 2})
	case "next":
		p, err := faults.Decode(strings.NewReader(`{"rules":[{"when":{"at":1},"what":` + about + `}]}`))
		if err == nil {
			err = a.wrong.Next(p.Rules[0].What)
		}
		if err != nil {
			a.t.Fatal(err)
		}
	case "runs":
		a.inner.mu.Lock()
		defer a.inner.mu.Unlock()
		return byName(a.inner.runs)
	case "counts":
		c := a.wrong.Counts()
		return fmt.Sprintf("%d POSTs, %d initializes, %d faults, calls %s", c.POSTs, c.Initializes, c.Faults, byName(c.Calls))
	case "events":
		a.mu.Lock()
		defer a.mu.Unlock()
		defer func() { a.events = nil }()
		return strings.Join(a.events, "\n")
	default:
		a.t.Fatalf("no such step: %q", step)
	}
	return ""
}

func byName(n map[string]int) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(n)) {
		words = append(words, fmt.Sprintf("%s %d", name, n[name]))
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

func (a *actor) send(method, session, body string) (*http.Response, error) {
	hold := method == "HOLD"
	if hold {
		method = "GET"
	}
	req, err := http.NewRequestWithContext(a.t.Context(), method, a.url+"/mcp", strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	if session != "" {
		req.Header.Set("Mcp-Session-Id", session)
	}
	if hold {
		req.Header.Set("Hold", "1")
	}
	return a.client.Do(req)
}

// readTo reads an answer until the text has come, or the answer has ended, and
// leaves it readable from the start.
func readTo(resp *http.Response, text string) *http.Response {
	var read strings.Builder
	rest := bufio.NewReader(resp.Body)
	for !strings.Contains(read.String(), text) {
		line, err := rest.ReadString('\n')
		read.WriteString(line)
		if err != nil {
			break
		}
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(strings.NewReader(read.String()), rest), resp.Body}
	return resp
}

// told is what a client sees of an answer, to its end.
func told(resp *http.Response, err error) string {
	if err != nil {
		return failure(err)
	}
	defer resp.Body.Close()
	words := []string{fmt.Sprint(resp.StatusCode)}
	if id := resp.Header.Get("Mcp-Session-Id"); id != "" {
		words = append(words, "opens "+id)
	}
	for _, name := range []string{"Retry-After", "WWW-Authenticate"} {
		if v := resp.Header.Get(name); v != "" {
			words = append(words, name+": "+v)
		}
	}
	if media := resp.Header.Get("Content-Type"); media != "" && media != "application/json" {
		words = append(words, media)
	}
	body, err := io.ReadAll(resp.Body)
	if len(body) > 0 {
		text := strings.ReplaceAll(string(body), "event: message\n", "")
		words = append(words, strings.ReplaceAll(text, "\n", "⏎"))
	}
	if err != nil {
		words = append(words, failure(err))
	}
	return strings.Join(words, " ")
}

func failure(err error) string {
	switch {
	case errors.Is(err, syscall.ECONNRESET):
		return "RESET"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "CUT OFF"
	}
	return err.Error()
}
