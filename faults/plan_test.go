package faults_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcprecover/mcprecover/faults"
)

func TestDecodeFillsWhatIsMissing(t *testing.T) {
	const text = `{"rules": [
		{"when": {"at": 3}, "what": {"stale": {}}},
		{"when": {"from": 2, "every": 5}, "what": {"stale": {"status": 404}}},
		{"when": {"rpc_method": "tools/call", "at": 1}, "what": {"answer": {"body": ""}}},
		{"when": {"at": 1}, "what": {"unavailable": {}}},
		{"when": {"at": 1}, "what": {"unavailable": {"for": "2s", "retry_after": "0s", "status": 429}}},
		{"when": {"http_method": "GET", "at": 1}, "what": {"cut": {"events": 1, "mid": true}}},
		{"when": {"at": 9}, "what": {"delay": "1m30s"}}
	]}`
	seed := faults.Seed
	at := func(n int) faults.When { return faults.When{At: n} }
	want := faults.Plan{Rules: []faults.Rule{
		{When: at(3), What: faults.What{Stale: &seed}},
		{When: faults.When{From: 2, Every: 5}, What: faults.What{Stale: &faults.Answer{Status: 404, Body: seed.Body}}},
		{When: faults.When{RPCMethod: "tools/call", At: 1}, What: faults.What{Answer: &faults.Answer{Status: 401}}},
		{When: at(1), What: faults.What{Unavailable: &faults.Outage{RetryAfter: faults.Duration(time.Second)}}},
		{When: at(1), What: faults.What{Unavailable: &faults.Outage{For: faults.Duration(2 * time.Second), Status: 429}}},
		{When: faults.When{HTTPMethod: "GET", At: 1}, What: faults.What{Cut: &faults.Cut{Events: 1, Mid: true}}},
		{When: at(9), What: faults.What{Delay: faults.Duration(90 * time.Second)}},
	}}
	got, err := faults.Decode(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	written, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	again, err := faults.Decode(strings.NewReader(string(written)))
	again.Rules[4].What.Unavailable.RetryAfter = 0 // left out where it is 0, and filled again
	if d := cmp.Diff(got, again); d != "" || err != nil {
		t.Errorf("written as JSON and read again: %v (-want +got):\n%s", err, d)
	}
}

func TestDecodeNamesEachFault(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"no JSON", "{\"rules\": [\n{\"when\" {}}]}", []string{`faults: line 2: no JSON: invalid character '{' after object key`}},
		{"cut short", `{"rules": [`, []string{`faults: no JSON: it ends too early`}},
		{"empty", ``, []string{`faults: no JSON: it ends too early`}},
		{"more after it", `{} {}`, []string{`faults: there is more after the plan`}},
		{"a list", `[]`, []string{`faults: the plan: a JSON array cannot stand here: write an object`}},
		{"no list", `{"rules": {}}`, []string{`faults: rules: a JSON object cannot stand here: write a list of rules`}},
		{"an unknown field", `{"rule": []}`, []string{`faults: unknown field "rule"`}},
		{"wrong kinds", `{"rules": [{"when": {"at": "3"}, "what": {"stale": {}}}, {"when": {"at": 1.5}, "what": {"stale": {}}}, {"when": {"at": 1}, "what": {"stale": {"status": "x"}}}, {"when": {"at": 1}, "what": {"reset": {"after_run": 1}}}, {"when": {"at": 1}, "what": {"stale": {"body": 1}}}, 7]}`, []string{
			`faults: rules[0].when.at: a JSON string cannot stand here: write a whole number`,
			`faults: rules[1].when.at: a JSON number 1.5 cannot stand here: write a whole number`,
			`faults: rules[2].what.stale.status: a JSON string cannot stand here: write a whole number`,
			`faults: rules[3].what.reset.after_run: a JSON number cannot stand here: write true or false`,
			`faults: rules[4].what.stale.body: a JSON number cannot stand here: write a string`,
			`faults: rules[5]: a JSON number cannot stand here: write an object`,
		}},
		{"durations", `{"rules": [{"when": {"at": 1}, "what": {"delay": 5}}, {"when": {"at": 1}, "what": {"delay": "5"}}]}`, []string{
			`faults: rules[0].what.delay: a JSON number cannot stand here: write a duration such as "250ms"`,
			`faults: rules[1]: "5" is no duration: write it as "250ms" or "1m30s"`,
		}},
		{"unknown fields of rules", `{"rules": [{"when": {"at": 1}, "what": {"stale": {"statsu": 404}}}, {"when": {"ad": 1}, "what": {"stale": {}}}]}`, []string{
			`faults: rules[0]: unknown field "statsu"`,
			`faults: rules[1]: unknown field "ad"`,
		}},
		{"when", `{"rules": [{"what": {"stale": {}}}, {"when": {"at": 1, "every": 2}, "what": {"stale": {}}}, {"when": {"at": -1}, "what": {"stale": {}}}, {"when": {"at": 1, "http_method": "PUT"}, "what": {"stale": {}}}, {"when": {"at": 1, "http_method": "GET", "rpc_method": "ping"}, "what": {"stale": {}}}]}`, []string{
			`faults: rules[0].when: say at which request: at N, from N or every N, counted from 1`,
			`faults: rules[1].when: at goes with neither from nor every`,
			`faults: rules[2].when.at: -1: allowed is 0 and more`,
			`faults: rules[3].when.http_method: "PUT": allowed is POST, GET or DELETE`,
			`faults: rules[4].when.rpc_method: only a POST has one`,
		}},
		{"what", `{"rules": [{"when": {"at": 1}}, {"when": {"at": 1}, "what": {"stale": {}, "cut": {}}}]}`, []string{
			`faults: rules[0].what: nothing: set exactly one of stale, forget, restart, answer, unavailable, reset, cut, delay`,
			`faults: rules[1].what: stale and cut: set exactly one of stale, forget, restart, answer, unavailable, reset, cut, delay`,
		}},
		{"out of range", `{"rules": [{"when": {"at": 1}, "what": {"forget": {"status": 199}}}, {"when": {"at": 1}, "what": {"unavailable": {"status": 600, "retry_after": "-1s", "requests": 1, "for": "1s"}}}, {"when": {"at": 1}, "what": {"cut": {"events": -1}}}, {"when": {"at": 1}, "what": {"delay": "2h"}}, {"when": {"at": 1}, "what": {"answer": {"header": {"a b": "c"}}}}, {"when": {"http_method": "GET", "at": 1}, "what": {"reset": {"after_run": true}}}]}`, []string{
			`faults: rules[0].what.forget.status: 199: allowed is 200 to 599`,
			`faults: rules[1].what.unavailable.retry_after: -1s: allowed is 0s to 1h0m0s`,
			`faults: rules[1].what.unavailable.status: 600: allowed is 200 to 599`,
			`faults: rules[1].what.unavailable: requests and for: it ends after one of them`,
			`faults: rules[2].what.cut.events: -1: allowed is 0 and more`,
			`faults: rules[3].what.delay: 2h0m0s: allowed is 0s to 1h0m0s`,
			`faults: rules[4].what.answer.header: "a b" is no header's name`,
			`faults: rules[5].what.reset.after_run: the handler of a listening stream does not end by itself: cut it instead`,
		}},
		{"endless", strings.Repeat(" ", 1<<20+1), []string{`faults: more than 1048576 bytes: this is no plan`}},
	} {
		_, err := faults.Decode(strings.NewReader(c.text))
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		if d := cmp.Diff(c.want, strings.Split(err.Error(), "\n")); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"rules": [{"when": {"at": 3}, "what": {"stale": {"status": 404, "body": "x"}}}]}`)
	f.Add(`{"rules": [{"when": null, "what": {"cut": null}}, null]}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := faults.Decode(strings.NewReader(text))
		if err == nil && p.Validate() != nil {
			t.Errorf("decoded, but not valid: %v", p.Validate())
		}
	})
}

func TestTheEnvironmentForcesAStaleSession(t *testing.T) {
	for _, c := range []struct {
		value string
		at    int
		err   string
	}{
		{"", 0, ""},
		{"3", 3, ""},
		{"0", 0, "faults: MCP_FORCE_STALE_SESSION_AT_POST_NUMBER=0: give the number of a POST, counted from 1"},
		{"-3", 0, "faults: MCP_FORCE_STALE_SESSION_AT_POST_NUMBER=-3: give the number of a POST, counted from 1"},
		{"third", 0, "faults: MCP_FORCE_STALE_SESSION_AT_POST_NUMBER=third: give the number of a POST, counted from 1"},
	} {
		answer := faults.Answer{Status: 404}
		rules, err := faults.FromEnvironment(func(name string) (string, bool) {
			return c.value, c.value != "" && name == "MCP_FORCE_STALE_SESSION_AT_POST_NUMBER"
		}, answer)
		var want []faults.Rule
		if c.at > 0 {
			want = []faults.Rule{{When: faults.When{At: c.at}, What: faults.What{Stale: &answer}}}
		}
		if d := cmp.Diff(want, rules); d != "" || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%q: error %v, rules (-want +got):\n%s", c.value, err, d)
		}
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	if _, err := faults.New(faults.Config{}); err == nil {
		t.Error("no handler: no error")
	}
	if _, err := faults.New(faults.Config{Handler: http.NotFoundHandler(), Plan: faults.Plan{Rules: make([]faults.Rule, 1)}}); err == nil {
		t.Error("a rule without anything: no error")
	}
	s, err := faults.New(faults.Config{Handler: http.NotFoundHandler()})
	if err != nil {
		t.Fatal(err)
	}
	if s.Next(faults.What{}) == nil {
		t.Error("nothing as the next fault: no error")
	}
}
