package classify

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// seen is what a scan finds in a body, and what encoding/json does.
type seen struct {
	code             int
	result, failure  bool
	message, summary string
}

func ours(body []byte) seen {
	var v view
	v.o = &Observation{Status: 400, Body: body}
	v.look()
	got := seen{code: v.doc.code, result: v.facts&hasResult != 0, failure: v.facts&hasError != 0}
	got.message = string(v.doc.text(errorMessage, v.body))
	got.summary = string(v.doc.text(errorString, v.body))
	return got
}

func jsons(body []byte) (want seen) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var o map[string]any
	if d.Decode(&o) != nil {
		return want
	}
	want.result = o["result"] != nil
	switch e := o["error"].(type) {
	case nil:
	case bool:
		want.failure = e
	case string:
		want.failure, want.summary = true, e
	case map[string]any:
		want.failure = true
		want.message, _ = e["message"].(string)
		if n, ok := e["code"].(json.Number); ok {
			if i, err := n.Int64(); err == nil && i >= -999_999_999 && i <= 999_999_999 {
				want.code = int(i)
			}
		}
	default:
		want.failure = true
	}
	return want
}

// The scan finds what encoding/json finds, also where names come twice, are
// written with escapes, or stand in any order and spacing.
func TestScanEqualsEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		answer := drawAnswer(t)
		if rapid.Bool().Draw(t, "again") {
			answer = append(answer, drawAnswer(t)...)
		}
		uniqueResult(&answer)
		body := render(answer, drawSpace(t))
		if rapid.Bool().Draw(t, "escaped names") {
			body = bytes.ReplaceAll(body, []byte(`"error"`), []byte(`"\u0065rr\u006Fr"`))
			body = bytes.ReplaceAll(body, []byte(`"code"`), []byte(`"c\u006fde"`))
		}
		if got, want := ours(body), jsons(body); got != want {
			t.Fatalf("%s\n\tours %+v\n\tjson %+v", body, got, want)
		}
	})
}

// uniqueResult drops a second "result": of two, ours takes any that is not
// null, since a result is never taken for an error.
func uniqueResult(o *object) {
	var kept object
	had := false
	for _, p := range *o {
		if p.name == "result" {
			if had {
				continue
			}
			had = true
		}
		kept = append(kept, p)
	}
	*o = kept
}

func drawSpace(t *rapid.T) func() string {
	spaces := rapid.SliceOfN(rapid.SampledFrom([]string{"", "", " ", "\n", "\t \r\n"}), 1, 9).Draw(t, "spaces")
	n := 0
	return func() string { n++; return spaces[n%len(spaces)] }
}

// Whatever comes, cut wherever, has a verdict of the vocabulary.
func TestOfIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := render(drawAnswer(t), drawSpace(t))
		switch rapid.IntRange(0, 3).Draw(t, "mangle") {
		case 0:
			body = rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
		case 1:
			body = body[:rapid.IntRange(0, len(body)).Draw(t, "cut")]
		case 2:
			for range rapid.IntRange(0, 3).Draw(t, "flips") {
				if len(body) > 0 {
					body[rapid.IntRange(0, len(body)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
				}
			}
		}
		v := Of(drawObservation(t, body))
		if v.Class < OK || v.Class > Fatal || v.Reason == 0 || int(v.Reason) >= len(reasons) || v.Executed > Yes || v.RetryAfter < 0 {
			t.Fatalf("%+v", v)
		}
	})
}

// A verdict is a function of the observation, and the observation stays as it
// was; Explain and nil Rules say the same as Of.
func TestOfIsPure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawObservation(t, render(drawAnswer(t), dense))
		before := o.String()
		v := Of(o)
		if again := Of(o); again != v {
			t.Fatalf("%v\n\tfirst %+v\n\tthen  %+v", o, v, again)
		}
		if e := Explain(o); e.Verdict != v {
			t.Fatalf("%v\n\tOf      %+v\n\tExplain %+v", o, v, e.Verdict)
		}
		if r := Rules(nil).Of(o); r != v {
			t.Fatalf("nil rules: %+v, want %+v", r, v)
		}
		if after := o.String(); after != before {
			t.Fatalf("changed from %s to %s", before, after)
		}
	})
}

func TestHeaderCaseDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawObservation(t, render(drawAnswer(t), dense))
		other := o
		other.Header = map[string][]string{}
		for name, values := range o.Header {
			switch rapid.IntRange(0, 2).Draw(t, "case of "+name) {
			case 0:
				name = strings.ToLower(name)
			case 1:
				name = strings.ToUpper(name)
			}
			other.Header[name] = values
		}
		if a, b := Of(o), Of(other); a != b {
			t.Fatalf("%v: %+v\n%v: %+v", o, a, other, b)
		}
	})
}

func TestWhiteSpaceDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		answer := drawAnswer(t)
		o := drawObservation(t, render(answer, dense))
		spaced := o
		spaced.Body = render(answer, drawSpace(t))
		if a, b := Of(o), Of(spaced); a != b {
			t.Fatalf("%v: %+v\n%v: %+v", o, a, spaced, b)
		}
	})
}

// The order of members does not matter, as long as no name comes twice.
func TestKeyOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		answer := drawAnswer(t)
		if rapid.Bool().Draw(t, "error and result") {
			answer = append(answer, drawAnswer(t)...)
		}
		answer = unique(answer)
		o := drawObservation(t, render(answer, dense))
		turned := o
		turned.Body = render(object(rapid.Permutation(answer).Draw(t, "order")), dense)
		if a, b := Of(o), Of(turned); a != b {
			t.Fatalf("%v: %+v\n%v: %+v", o, a, turned, b)
		}
	})
}

func unique(o object) object {
	last := make(map[string]int)
	for i, p := range o {
		last[p.name] = i
	}
	var kept object
	for i, p := range o {
		if last[p.name] == i {
			if inner, ok := p.value.(object); ok {
				p.value = unique(inner)
			}
			kept = append(kept, p)
		}
	}
	return kept
}

// Whatever a tool reports in its result, the verdict is the same.
func TestResultIsNeverRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rest := drawMembers(t, []string{"jsonrpc", "id", "x"}, 1)
		rest = unique(append(rest, pair{"result", 1}))
		o := drawObservation(t, nil)
		var verdicts [2]Verdict
		for n := range verdicts {
			for i := range rest {
				if rest[i].name == "result" {
					rest[i].value = object{{"content", []any{drawText(t), object{{"error", drawValue(t, 2)}, {"message", "Session not found"}}}}}
				}
			}
			o.Body = render(rest, dense)
			verdicts[n] = Of(o)
		}
		if verdicts[0] != verdicts[1] {
			t.Fatalf("%v: %+v and %+v", o, verdicts[0], verdicts[1])
		}
	})
}

// Sessions do not exist in the stateless era, and so none is lost.
func TestNothingIsStaleWithoutSessions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawObservation(t, render(drawAnswer(t), dense))
		o.Era = Stateless
		if v := Of(o); v.Class == Stale {
			t.Fatalf("%v: %+v", o, v)
		}
	})
}
