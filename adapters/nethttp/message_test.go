package nethttp

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

func TestScanReadsWhatTheEngineMustKnow(t *testing.T) {
	for _, c := range []struct {
		name, body, method, id, params string
		batch                          bool
	}{
		{name: "call", body: `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x"}}`, method: "tools/call", id: "7", params: `{"name":"x"}`},
		{name: "notification", body: `{"method":"notifications/initialized"}`, method: "notifications/initialized"},
		{name: "null id is no id", body: `{"id":null,"method":"m"}`, method: "m"},
		{name: "response", body: `{"id":"a-1","result":{"id":3,"method":"x"}}`, id: `"a-1"`},
		{name: "blanks and order", body: " {\n\t\"params\" : [ 1 , {\"method\":\"y\"} ] , \"method\":\"m\",\"id\" : 1.5 }", method: "m", id: "1.5", params: `[ 1 , {"method":"y"} ]`},
		{name: "byte order mark", body: "\ufeff{\"method\":\"m\",\"id\":1}", method: "m", id: "1"},
		{name: "escaped quotes and backslashes", body: `{"params":{"a":"\\\"}","b":"\\"},"id":"q\"","method":"m"}`, method: "m", id: `"q\""`, params: `{"a":"\\\"}","b":"\\"}`},
		{name: "batch", body: ` [{"id":1}]`, batch: true},
		{name: "cut off", body: `{"method":"m","id":1,"params":{"a":`, method: "m", id: "1"},
		{name: "not JSON", body: `Unauthorized`},
		{name: "empty", body: ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := scan([]byte(c.body))
			if string(m.method) != c.method || string(m.id) != c.id || string(m.params) != c.params || m.batch != c.batch {
				t.Errorf("scan(%s) = method %q id %q params %q batch %v", c.body, m.method, m.id, m.params, m.batch)
			}
		})
	}
}

func TestScanAgreesWithEncodingJSON(t *testing.T) {
	value := rapid.Deferred(jsonValue)
	rapid.Check(t, func(t *rapid.T) {
		in := map[string]any{"params": value.Draw(t, "params"), "extra": value.Draw(t, "extra")}
		if rapid.Bool().Draw(t, "with id") {
			in["id"] = value.Draw(t, "id")
		}
		if rapid.Bool().Draw(t, "with method") {
			in["method"] = rapid.StringMatching(`[a-z/]{1,12}`).Draw(t, "method")
		}
		body, err := json.Marshal(in)
		if err != nil {
			t.Skip("not JSON")
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatal(err)
		}
		m := scan(body)
		id := string(want["id"])
		if id == "null" {
			id = ""
		}
		if string(m.id) != id || string(m.params) != string(want["params"]) || string(member(body, "extra")) != string(want["extra"]) {
			t.Fatalf("scan(%s) = id %s, params %s", body, m.id, m.params)
		}
		if method, _ := in["method"].(string); string(m.method) != method {
			t.Fatalf("scan(%s) = method %s", body, m.method)
		}
		for cut := range body { // never a panic, and never more than stands there
			scan(body[:cut])
		}
	})
}

func jsonValue() *rapid.Generator[any] {
	return rapid.OneOf(
		rapid.Just(any(nil)),
		rapid.Map(rapid.Bool(), func(v bool) any { return v }),
		rapid.Map(rapid.Int(), func(v int) any { return v }),
		rapid.Map(rapid.Float64(), func(v float64) any { return v }),
		rapid.Map(rapid.String(), func(v string) any { return v }),
		rapid.Map(rapid.SliceOfN(rapid.Deferred(jsonValue), 0, 3), func(v []any) any { return v }),
		rapid.Map(rapid.MapOfN(rapid.String(), rapid.Deferred(jsonValue), 0, 3), func(v map[string]any) any { return v }),
	)
}

func TestScanDoesNotAllocate(t *testing.T) {
	body := []byte(`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x"}}`)
	if n := testing.AllocsPerRun(100, func() { scan(body) }); n != 0 {
		t.Errorf("scan allocates %v times, want 0", n)
	}
}
