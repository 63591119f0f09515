package classify

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testdata/explain.txt shows what Explain says of some answers.
func TestExplain(t *testing.T) {
	rules := mustDecode(t, `[{"name": "our gateway", "status": [440], "class": "stale"}]`)
	var out strings.Builder
	for _, c := range []struct {
		what string
		o    Observation
	}{
		{"the seed case", Observation{HadSession: true, Status: 401, Body: []byte("Unauthorized: Session not found")}},
		{"words of a login", Observation{HadSession: true, Status: 401, Body: []byte(`{"error":{"code":-32600,"message":"Invalid or expired session token"}}`)}},
		{"a session, but please log in", Observation{HadSession: true, Status: 401, Body: []byte("Session expired, please log in")}},
		{"a bare 404", Observation{HadSession: true, Status: 404}},
		{"a wrong route", Observation{HadSession: true, Status: 404, Body: []byte("no route matched")}},
		{"a rule of the user's", Observation{HadSession: true, Status: 440, Body: []byte(`{"error":"gone","message":"away"}`)}},
		{"a result", Observation{HadSession: true, Status: 200, Body: []byte(`{"jsonrpc":"2.0","result":{"text":"secret"}}`)}},
	} {
		data, err := json.MarshalIndent(rules.Explain(c.o), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString("# " + c.what + "\n" + string(data) + "\n\n")
	}
	golden(t, "testdata/explain.txt", out.String())
}

// golden compares with a file, or rewrites it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s, - is the golden (rewrite with -update):\n%s", file, diff)
	}
}
