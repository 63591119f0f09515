package classify

import (
	"strings"
	"testing"
)

// Whatever bytes come as whatever answer: a verdict, no panic, and the laws that
// need no generator. Seeds stand in testdata/fuzz.
func FuzzOf(f *testing.F) {
	for _, c := range verdicts {
		o := asked[c.asked]
		contentType := ""
		for _, v := range c.header {
			contentType = v[0]
		}
		f.Add(c.status, o.HadSession, byte(o.Era), o.RPCMethod, contentType, []byte(c.body))
	}
	f.Fuzz(func(t *testing.T, status int, had bool, era byte, method, header string, body []byte) {
		o := Observation{
			Method: "POST", RPCMethod: method, HadSession: had, Era: Era(era % 3), Status: status, Body: body,
			Header: map[string][]string{"Content-Type": {header}, "Retry-After": {header}, "Content-Encoding": {header}, "WWW-Authenticate": {header}},
		}
		v := Of(o)
		if v.Class < OK || v.Class > Fatal || v.Reason == 0 || v.Executed > Yes || v.RetryAfter < 0 {
			t.Fatalf("%+v", v)
		}
		if v != Of(o) || v != Explain(o).Verdict {
			t.Fatal("not the same twice")
		}
		if o.Era == Stateless && v.Class == Stale {
			t.Fatal("stale without sessions")
		}
		if !had && v.Class == Stale && (method == "initialize" || method == "response") {
			t.Fatal("nothing to renew")
		}
	})
}

// Rules that are taken can be asked; of those that are not, the error says so in
// lines.
func FuzzDecodeRules(f *testing.F) {
	f.Add([]byte(`[{"name":"x","status":[404],"contains":"a","match":"b+","header":{"X":"1"},"content_type":"a/b","class":"stale","executed":"no"}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		rules, err := DecodeRules(data)
		if err != nil {
			if rules != nil || !strings.HasPrefix(err.Error(), "classify: ") {
				t.Fatalf("%v, %v", rules, err)
			}
			return
		}
		v := rules.Of(Observation{HadSession: true, Status: 404, Body: data})
		if v.Class < OK || v.Class > Fatal {
			t.Fatalf("%+v", v)
		}
	})
}
