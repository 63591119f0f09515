package classify

import (
	"os"
	"strings"
	"testing"
)

func mustDecode(t *testing.T, rules string) Rules {
	t.Helper()
	r, err := DecodeRules([]byte(rules))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A user's rules are asked first, in their order, and ours where none speaks.
func TestRulesOf(t *testing.T) {
	rules := mustDecode(t, `[
		{"name": "gateway", "status": [419, 440], "class": "stale", "executed": "no"},
		{"contains": "No Such Conversation", "class": "stale"},
		{"match": "(?i)quota of \\d+ calls", "status": [403], "class": "transient"},
		{"content_type": "text/html", "status": [200], "class": "auth", "executed": "unknown"},
		{"header": {"x-amzn-errortype": "Expired"}, "class": "auth"},
		{"header": {"X-Maintenance": ""}, "class": "transient"},
		{"status": [204], "class": "fatal"}
	]`)
	user := func(c Class, e Executed) Verdict { return Verdict{Class: c, Reason: UserRule, Executed: e} }
	for _, c := range []struct {
		name   string
		asked  string
		status int
		header map[string][]string
		body   string
		want   Verdict
	}{
		{"by status", "call", 440, nil, "", user(Stale, No)},
		{"text, in any case; executed as for ours", "call", 500, nil, `{"error":"no such conversation"}`, user(Stale, Unknown)},
		{"text, in any case; executed as for ours", "call", 400, nil, `{"error":{"code":-7,"message":"no such conversation"}}`, Verdict{Class: Stale, Reason: UserRule, Executed: No, Code: -7}},
		{"never in a result", "call", 200, nil, `{"result":"no such conversation"}`, Verdict{Class: OK, Reason: Succeeded, Executed: Yes}},
		{"text on a page", "call", 503, nil, "<html><h1>No such conversation</h1></html>", user(Stale, Unknown)},
		{"expression and status", "call", 403, nil, "Quota of 70 calls", user(Transient, Unknown)},
		{"expression, other status", "call", 401, nil, "Quota of 70 calls", Verdict{Class: Auth, Reason: Unauthorized, Executed: No}},
		{"media type", "call", 200, map[string][]string{"content-type": {"Text/HTML; charset=utf-8"}}, "<html>", user(Auth, Unknown)},
		{"header's value", "call", 403, map[string][]string{"X-Amzn-Errortype": {"a", "expiredTokenException"}}, "", user(Auth, No)},
		{"header that is there", "call", 404, map[string][]string{"X-Maintenance": {"1"}, "Retry-After": {"9"}}, "",
			Verdict{Class: Transient, Reason: UserRule, Executed: No, RetryAfter: 9e9}},
		{"a success without a body, too", "call", 204, nil, "", user(Fatal, Unknown)},
		{"not stale without sessions", "stateless", 440, nil, "", Verdict{Class: Fatal, Reason: ClientError}},
		{"not stale for a first initialize", "initialize", 440, nil, "", Verdict{Class: Fatal, Reason: ClientError}},
		{"stale for an initialize with an id", "initialize+id", 440, nil, "", user(Stale, No)},
		{"ours", "call", 401, nil, "Unauthorized: Session not found", Verdict{Class: Stale, Reason: SessionGone, Executed: No}},
	} {
		o := asked[c.asked]
		o.Status, o.Header, o.Body = c.status, c.header, []byte(c.body)
		if got := rules.Of(o); got != c.want {
			t.Errorf("%s:\n\t got %+v\n\twant %+v", c.name, got, c.want)
		}
		if e := rules.Explain(o); e.Verdict != c.want || (e.User > 0) != (c.want.Reason == UserRule) {
			t.Errorf("%s: explained as %+v", c.name, e)
		}
	}
}

// Rules without a fault have no error, and no rules are no rules.
func TestNoRules(t *testing.T) {
	if r, err := Compile(nil); r != nil || err != nil {
		t.Errorf("Compile(nil) = %v, %v", r, err)
	}
	if r, err := DecodeRules([]byte(" [ ] ")); r != nil || err != nil {
		t.Errorf("[] = %v, %v", r, err)
	}
}

// Faults are told all at once, each by line, rule, field and value.
// testdata/faults.txt shows files and what is said of them.
func TestFaultsOfRules(t *testing.T) {
	const file = "testdata/faults.txt"
	files, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, part := range strings.Split(string(files), "==== rules\n")[1:] {
		rules, _, _ := strings.Cut(part, "---- error\n")
		_, err := DecodeRules([]byte(rules))
		if err == nil {
			t.Errorf("no error: %s", rules)
			continue
		}
		out.WriteString("==== rules\n" + rules + "---- error\n" + err.Error() + "\n")
	}
	golden(t, file, out.String())
}

func TestFaultsOfCompile(t *testing.T) {
	executed := Executed(9)
	_, err := Compile([]Rule{{Status: []int{404}, Class: Stale}, {Status: []int{99}, Class: 9, Executed: &executed}})
	for _, want := range []string{"rule 2: status: 99", "rule 2: class: 9", "rule 2: executed: 9"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q in it", err, want)
		}
	}
	if _, err := Compile(make([]Rule, maxRules+1)); err == nil || strings.Count(err.Error(), "\n") > 0 {
		t.Errorf("too many rules: %v", err)
	}
}
