package nethttp

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

func TestFactsSurviveTheWayThroughJSONRPC(t *testing.T) {
	want := &Error{
		Class: classify.Stale, Reason: classify.SessionGone, Why: policy.LostTwice, Executed: classify.No,
		Method: "tools/call", URL: "http://mcp.test/mcp", Status: 401, Attempts: 2,
		Due: time.Now().Add(90 * time.Second), Hint: "replicas without affinity?",
	}
	facts, ok := FactsOf(want.Facts().Data())
	if !ok {
		t.Fatalf("no facts in %s", want.Facts().Data())
	}
	got := facts.Error(want.Method, want.URL)
	if d := cmp.Diff(want, got, cmpopts.EquateApproxTime(time.Second)); d != "" {
		t.Errorf("the error (-want +got):\n%s", d)
	}
}

func TestDataOfOthersHoldsNoFacts(t *testing.T) {
	for _, data := range []string{``, `null`, `7`, `"mcprecover"`, `{}`, `{"mcprecover":null}`, `{"mcprecover":7}`, `{"mcprecover":{"class":"odd"}}`, `{"mcprecover":`} {
		if f, ok := FactsOf([]byte(data)); ok {
			t.Errorf("data %s: %+v", data, f)
		}
	}
}
