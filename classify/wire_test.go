package classify

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// line is one labelled answer of testdata.
type line struct {
	ID         string            `json:"id"`
	Method     string            `json:"method"`
	RPCMethod  string            `json:"rpc_method"`
	HadSession bool              `json:"had_session"`
	Status     int               `json:"status"`
	Headers    map[string]string `json:"headers"`
	Body       string            `json:"body"`
	Label      Class             `json:"label"`
	Why        string            `json:"why"`
	Source     string            `json:"source"`
	Ambiguous  bool              `json:"ambiguous"`
}

func (l line) observation() Observation {
	h := make(map[string][]string, len(l.Headers))
	for k, v := range l.Headers {
		h[k] = []string{v}
	}
	return Observation{
		Method: l.Method, RPCMethod: l.RPCMethod, HadSession: l.HadSession,
		Status: l.Status, Header: h, Body: []byte(l.Body),
	}
}

// product is the server or gateway that a line comes from.
func (l line) product() string { p, _, _ := strings.Cut(l.ID, "-"); return p }

func readLines(t testing.TB, file string) []line {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var lines []line
	s := bufio.NewScanner(bytes.NewReader(data))
	s.Buffer(nil, 1<<20)
	for n := 1; s.Scan(); n++ {
		var l line
		d := json.NewDecoder(strings.NewReader(s.Text()))
		d.DisallowUnknownFields()
		if err := d.Decode(&l); err != nil {
			t.Fatalf("%s:%d: %v", file, n, err)
		}
		lines = append(lines, l)
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// Every answer that was read from a real server and leaves no doubt is judged
// as a person judged it; of those that leave some, all but a few.
func TestWire(t *testing.T) {
	agrees(t, "testdata/wire.jsonl", 270, 97)
}

// The same holds for servers that the families of phrases were not made from.
func TestUnseenServers(t *testing.T) {
	agrees(t, "testdata/unseen.jsonl", 20, 95)
}

func agrees(t *testing.T, file string, atLeast int, percent float64) {
	lines := readLines(t, file)
	if len(lines) < atLeast {
		t.Fatalf("%s: only %d lines", file, len(lines))
	}
	agreed := 0
	for _, l := range lines {
		v := Of(l.observation())
		if v.Class == l.Label {
			agreed++
			continue
		}
		report := t.Logf
		crossed := v.Class == Auth && l.Label == Stale || v.Class == Stale && l.Label == Auth
		if !l.Ambiguous || crossed {
			report = t.Errorf
		}
		report("%s: %v (%v), want %v: %s\n\t%d %.120q", l.ID, v.Class, v.Reason, l.Label, l.Why, l.Status, l.Body)
	}
	share := 100 * float64(agreed) / float64(len(lines))
	t.Logf("%s: %d of %d agree (%.1f %%)", file, agreed, len(lines), share)
	if share < percent {
		t.Errorf("%s: %.1f %% agree, want at least %v %%", file, share, percent)
	}
}
