package record

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"iter"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/mcprecover/mcprecover/classify"
)

// tell reads all records as lines: where, what, or why not.
func tell(records iter.Seq2[Record, error]) string {
	var b strings.Builder
	for r, err := range records {
		if err != nil {
			b.WriteString("! " + err.Error() + "\n")
			continue
		}
		o, v := r.Observation, r.Judge(nil)
		b.WriteString(strings.Join([]string{
			r.ID, o.Method, o.RPCMethod, "era " + o.Era.String(), v.Class.String(), v.Reason.String(),
		}, ", "))
		if r.Label != 0 && r.Label != v.Class {
			b.WriteString(" (labelled " + r.Label.String() + ")")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestHAR(t *testing.T) {
	data, err := os.ReadFile("testdata/session.har")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"entry-2, POST, tools/call, era sessionful, stale, session-gone",
		"entry-3, POST, tools/list, era stateless, fatal, not-found",
		"entry-4, POST, response, era unknown, transient, maybe-sent",
		`! line 25: HAR file: entry 5: response.content.encoding: "rot13" is not known; want base64 or nothing`,
		"! line 29: HAR file: entry 6: request.method: number where a text belongs",
		"",
	}, "\n")
	if diff := cmp.Diff(want, tell(Read(bytes.NewReader(data)))); diff != "" {
		t.Error(diff)
	}
}

func TestBrokenHAR(t *testing.T) {
	for _, c := range []struct{ file, want string }{
		{"{\"log\":\n{\"entries\":\n[\n{]", "line 4: HAR file: entry 1: invalid character ']'"},
		{`{"log":{"entries":[{"request":`, "line 1: HAR file: entry 1: unexpected EOF"},
		{`{"log":{"version":"1"}}`, `no member "entries"`},
		{`{"log":[]}`, `no object that holds "entries"`},
		{`{"log":{"entries":{}}}`, `"entries" is no array`},
		{`{"log":{"entries":[]}} more`, "something stands behind its end"},
		{`{"log":{"entries":[],"pages":[{}]},"x":{"y":1}}{}`, "something stands behind its end"},
		{`{"log":{"entries":[],"pages":`, "line 1: HAR file: EOF"},
		{`{"log":{"entries":[{}`, "line 1: HAR file: EOF"},
	} {
		if got := tell(Read(strings.NewReader(c.file))); !strings.Contains(got, c.want) || strings.Count(got, "\n") != 1 {
			t.Errorf("%s\n\tsays %s\twant %s", c.file, got, c.want)
		}
	}
	if got := tell(HAR(&endless{})); !strings.Contains(got, "larger than") {
		t.Error(got)
	}
}

type endless struct{}

func (*endless) Read(p []byte) (int, error) { return len(p), nil }

func TestJSONLines(t *testing.T) {
	const file = "\xEF\xBB\xBF" + `{"id":"a","status":404,"had_session":true,"method":"GET","label":"stale"}

{"id":"b","status":404,"had_session":true,"era":"stateless","method":"POST","rpc_method":"tools/call","label":"stale"}
{"id":"c","status":503,"headers":{"Retry-After":["1","2"],"X":"y"}}
{"id":"d"}
{"id":"e","status":200,"label":"gone"}
{"id":"f","status":200,"headers":{"X":1}}
{"id":"g","status":200,"colour":1}
{"id":"h","status":200} {}
{"id":"i","status":
nonsense
{"id":"j","status":200}
{"id":7,"status":200}
{"status":"404"}
{"status":404,"had_session":"yes"}
["k"]
{"status":404,"headers":["X"]}
{"status":404,"era":"late"}`
	want := strings.Join([]string{
		"a, GET, , era unknown, stale, session-presumed-gone",
		"b, POST, tools/call, era stateless, fatal, not-found (labelled stale)",
		"c, , , era unknown, transient, retry-later",
		"! line 5: status: 0, or missing; want an HTTP status, such as 404",
		`! line 6: label: unknown class "gone"; want one of ok, stale, auth, transient, fatal`,
		`! line 7: headers: "X" is neither a text nor a list of texts`,
		`! line 8: unknown member "colour"; a line has id, method, rpc_method, had_session, era, status, headers, body, label, why, source, ambiguous`,
		"! line 9: something stands behind the object: give one object a line",
		"! line 10: the object does not end: give one object a line",
		"! line 11: no JSON: invalid character 'o' in literal null (expecting 'u')",
		"j, , , era unknown, ok, succeeded",
		"! line 13: id: number where a text belongs",
		"! line 14: status: string where a whole number belongs",
		"! line 15: had_session: string where true or false belongs",
		"! line 16: array where an object belongs",
		"! line 17: headers: want an object of texts",
		`! line 18: unknown era "late"; want one of unknown, sessionful, stateless`,
		"",
	}, "\n")
	if diff := cmp.Diff(want, tell(Read(strings.NewReader(file)))); diff != "" {
		t.Error(diff)
	}
}

func TestReadersFaults(t *testing.T) {
	broken := errors.New("the disk is gone")
	for _, r := range []io.Reader{
		readers{err: broken},
		io.MultiReader(strings.NewReader(`{"log":{"entries":[`+strings.Repeat(" ", 600)), readers{err: broken}),
		io.MultiReader(strings.NewReader(`{"id":"a","status":200}`+strings.Repeat("\n", 600)), readers{err: broken}),
	} {
		if got := tell(Read(r)); !strings.Contains(got, broken.Error()) {
			t.Errorf("%s", got)
		}
	}
	if got := tell(Read(strings.NewReader(""))); got != "" {
		t.Error(got)
	}
}

type readers struct{ err error }

func (r readers) Read([]byte) (int, error) { return 0, r.err }

// A line that is too long is told, and reading goes on behind it.
func TestLongLine(t *testing.T) {
	const record = `{"id":"a","status":200}`
	for _, c := range []struct {
		name, file string
		want       []string
	}{
		{"the longest", record + strings.Repeat(" ", MaxLine-len(record)) + "\n" + record, []string{"a, ", "a, "}},
		{"a byte longer", record + strings.Repeat(" ", MaxLine+1-len(record)) + "\n" + record, []string{"! line 1: longer than 1048576 bytes", "a, "}},
		{"longer by far, and the last", "\n" + strings.Repeat("x", 3*MaxLine), []string{"! line 2: longer than 1048576 bytes"}},
	} {
		got := strings.Split(strings.TrimSpace(tell(JSONLines(strings.NewReader(c.file)))), "\n")
		for i, want := range c.want {
			if len(got) != len(c.want) || !strings.HasPrefix(got[i], want) {
				t.Errorf("%s: %.80q, want %q", c.name, got, c.want)
				break
			}
		}
	}
}

// Lines are told as they come: a line is judged before the next one is typed.
func TestReadDoesNotWaitForMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // where waiting for ever is noticed
		typed, lines := io.Pipe()
		next, stop := iter.Pull2(Read(typed))
		defer stop()
		defer typed.Close()
		for _, id := range []string{"a", "b"} {
			go io.WriteString(lines, `{"id":"`+id+`","status":200}`+"\n")
			if r, err, ok := next(); r.ID != id || err != nil || !ok {
				t.Fatalf("%+v, %v, %v", r, err, ok)
			}
		}
	})
}

func TestBeginsLikeHAR(t *testing.T) {
	for file, want := range map[string]bool{
		`{"log":{}}`: true, "\xEF\xBB\xBF \n{\r\n\t\"log\"": true,
		`{"logs":{}}`: false, `{"l og":{}}`: false, `{"lo`: false, `[{"log"`: false, "": false,
		strings.Repeat(" ", 600) + `{"log"`: false,
	} {
		if got, err := beginsLikeHAR(bufio.NewReader(strings.NewReader(file))); got != want || err != nil {
			t.Errorf("%.20q: %v, %v", file, got, err)
		}
	}
}

// Without an answer there is nothing to explain but that.
func TestExplain(t *testing.T) {
	gone := Record{Observation: classify.Observation{HadSession: true, Status: 404}}
	if e := gone.Explain(nil); e.Verdict != gone.Judge(nil) || e.Rule != "404 410: stale if sessionful" {
		t.Errorf("%+v", e)
	}
	none := Record{Failure: classify.TimedOut}
	if e := none.Explain(nil); e.Verdict != none.Judge(nil) || e.Rule != "no answer" {
		t.Errorf("%+v", e)
	}
}

// Whoever wants no more gets no more.
func TestStop(t *testing.T) {
	for _, file := range []string{"{\"status\":200}\n{\"status\":200}\n", `{"log":{"entries":[` + entryOf + "," + entryOf + `]}}`} {
		n := 0
		for _, err := range Read(strings.NewReader(file)) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			break
		}
		if n != 1 {
			t.Errorf("%d records", n)
		}
	}
}

const entryOf = `{"request":{"method":"POST","headers":[{"name":"Mcp-Session-Id","value":"1"}]},"response":{"status":404}}`

// The corpus reads without a fault, and says what the classifier's own test says.
func TestCorpus(t *testing.T) {
	f, err := os.Open("../testdata/wire.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for r, err := range Read(f) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if r.ID == "" || r.Label == 0 || r.Source == "" || r.Line != n {
			t.Errorf("%+v", r)
		}
		if got := r.Judge(nil).Class; got != r.Label && !r.Ambiguous {
			t.Errorf("%s: %v, want %v", r.ID, got, r.Label)
		}
	}
	if n < 270 {
		t.Errorf("%d records", n)
	}
}

// Whatever the file holds, reading ends, and every record can be judged.
func FuzzHAR(f *testing.F) {
	data, err := os.ReadFile("testdata/session.har")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, read := range []func(io.Reader) iter.Seq2[Record, error]{Read, HAR, JSONLines} {
			for r, err := range read(bytes.NewReader(data)) {
				if v := r.Judge(nil); err == nil && (v.Class < classify.OK || v.Class > classify.Fatal) {
					t.Fatalf("%+v: %+v", r, v)
				}
				if r.Line < 0 || len(r.Observation.Body) > classify.MaxBody {
					t.Fatalf("%+v", r)
				}
			}
		}
	})
}
