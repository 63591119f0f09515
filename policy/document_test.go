package policy

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       func(*Policy)
	}{
		{"nothing is the default", `{}`, func(*Policy) {}},
		{"missing fields are the default's", `{"schema": 1, "patience": "1m30s"}`, func(p *Policy) { p.Patience = 90 * second }},
		{"also inside an object", `{"breaker": {"trip": 3}, "refused": {"base": "1s", "min": "10ms"}}`, func(p *Policy) {
			p.Breaker.Trip, p.Refused.Base, p.Refused.Min = 3, second, 10*millisecond
		}},
		{"null is missing", `{"retries": null, "tokens": null}`, func(*Policy) {}},
		{"provenance changes nothing", `{"provenance": {"scenario": "restart", "seed": 7, "figures": {"t99_s": 41.5}}}`, func(*Policy) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := preset(c.want)
			got, err := Decode(strings.NewReader(c.text))
			if err != nil || got != want {
				t.Errorf("%v\n%s", err, cmp.Diff(want, got))
			}
		})
	}
}

// TestDecodeErrors: each fault is named by its field, all of them at once.
func TestDecodeErrors(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string // lines of the error
	}{
		{"out of range", `{"breaker": {"trip": 5000}}`, []string{"policy: breaker.trip is 5000: allowed is 0 to 1000"}},
		{"several at once", `{"retries": -1, "refused": {"jitter": 2}, "tokens": {"earn": 0.25}}`, []string{
			"policy: retries is -1: allowed is 0 to 10",
			"policy: refused.jitter is 2: allowed is 0 to 1",
			"policy: tokens.earn is 0.25: allowed is 0 to 1000 in steps of 0.1",
		}},
		{"a number is no duration", `{"patience": 30}`, []string{`policy: patience is 30: allowed is a duration such as "250ms" or "1m30s"`}},
		{"no unit", `{"pacing": {"every": "5"}}`, []string{`policy: pacing.every is "5": allowed is a duration such as "250ms" or "1m30s"`}},
		{"not whole", `{"retries": 1.5}`, []string{"policy: retries is 1.5: allowed is a whole number"}},
		{"too large for its kind", `{"retries": 1e99}`, []string{"policy: retries is 1e99: allowed is a whole number"}},
		{"unknown", `{"breaker": {"tripp": 3}}`, []string{"policy: breaker.tripp: no such field: allowed is one of growth, jitter, max_open, open, probes, trip"}},
		{"unknown, wrong kind and out of range", `{"x": 1, "retries": "two", "splay": "2h"}`, []string{
			`policy: retries is "two": allowed is a whole number`,
			"policy: x: no such field: allowed is one of breaker, handshake, handshake_timeout, header_limit, hidden_loss_after, hint_max, hold_reset, hold_within, orphan_grace, pacing, patience, provenance, refused, retries, schema, splay, tokens",
			"policy: splay is 2h0m0s: allowed is 0s to 1h0m0s",
		}},
		{"a cap below its base", `{"handshake": {"base": "90s"}}`, []string{"policy: handshake.cap is 1m0s: allowed is 1m30s to 1h0m0s"}},
		{"a herd in step", `{"breaker": {"jitter": 0.1}}`, []string{"policy: breaker.jitter is 0.1: allowed is 0.2 to 0.5, or 0 for comparisons (a herd then probes in step)"}},
		{"not an object inside", `{"breaker": 8}`, []string{"policy: breaker is 8: allowed is an object"}},
		{"a newer schema", `{"schema": 2, "wonders": true}`, []string{"policy: schema is 2: this version reads up to 1, a newer one wrote the file"}},
		{"no schema", `{"schema": 0}`, []string{"policy: schema is 0: allowed is 1 to 1"}},
		{"no object", `[1]`, []string{`policy: "[1]" is no JSON object`}},
		{"no JSON", "{\n\"patience\" \"1s\"}", []string{"policy: line 2: no JSON: invalid character '\"' after object key"}},
		{"empty", "", []string{"policy: line 1: no JSON: unexpected end of JSON input"}},
		{"more after it", "{}\n{}", []string{"policy: line 2: no JSON: invalid character '{' after top-level value"}},
		{"endless", strings.Repeat(" ", maxDocument+1), []string{"policy: more than 1048576 bytes: this is no policy file"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Decode(strings.NewReader(c.text))
			if err == nil {
				t.Fatal("no error")
			}
			if d := cmp.Diff(c.want, strings.Split(err.Error(), "\n")); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestFieldErrorIsReached: programs read the fields, not the text.
func TestFieldErrorIsReached(t *testing.T) {
	p := Default()
	p.Refused.Jitter = math.NaN()
	_, err := p.Compile()
	var field *FieldError
	if !errors.As(err, &field) || field.Field != "refused.jitter" || field.Value != "NaN" {
		t.Errorf("%v reaches %+v", err, field)
	}
}

// TestEveryFieldIsValidated pushes each number of a policy out of its range.
func TestEveryFieldIsValidated(t *testing.T) {
	var text bytes.Buffer
	if err := Encode(&text, Default()); err != nil {
		t.Fatal(err)
	}
	fields := 0
	for path, value := range leaves(t, text.Bytes()) {
		if path == "schema" {
			continue
		}
		fields++
		bad := "-1"
		if strings.HasPrefix(value, `"`) {
			bad = `"-1s"`
		}
		_, err := Decode(strings.NewReader(nested(path, bad)))
		if err == nil || !strings.HasPrefix(err.Error(), "policy: "+path+" is -1") {
			t.Errorf("%s = %s: %v", path, bad, err)
		}
	}
	if fields != 32 {
		t.Errorf("%d fields, want 32: does Validate know the new ones?", fields)
	}
}

func TestEncodeDecode(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := anyPolicy().Draw(rt, "policy")
		d := Document{Schema: Schema, Policy: p}
		if rapid.Bool().Draw(rt, "tuned") {
			d.Provenance = &Provenance{Scenario: "restart", Seed: rapid.Uint64().Draw(rt, "seed"), Version: "v1.2.3", Figures: map[string]float64{"t99_s": 41.5}}
		}
		var text bytes.Buffer
		if err := d.Encode(&text); err != nil {
			rt.Fatal(err)
		}
		got, err := DecodeDocument(&text)
		if err != nil || !cmp.Equal(d, got) {
			rt.Fatalf("%v\n%s", err, cmp.Diff(d, got))
		}
	})
}

func TestPresets(t *testing.T) {
	names := map[string]bool{}
	for _, p := range Presets() {
		if err := p.Policy.Validate(); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		if got, found := Named(p.Name); !found || got != p.Policy {
			t.Errorf("Named(%q) is another policy", p.Name)
		}
		if names[p.Name] || p.Source == "" {
			t.Errorf("%s: twice, or without a source", p.Name)
		}
		names[p.Name] = true
	}
	if _, found := Named("no such"); found {
		t.Error("a policy of no such name")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"breaker": {"trip": 3}, "patience": "10s"}`)
	f.Add(`{"schema": 2}`)
	f.Add(`{"refused": {"base": "1s", "base": 7, "": null}}`)
	f.Add(`{"provenance": {"figures": {"a": 1}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Decode(strings.NewReader(text))
		if err != nil {
			if p != (Policy{}) {
				t.Error("an error and a policy")
			}
			return
		}
		if _, err := p.Compile(); err != nil {
			t.Errorf("decoded, and does not compile: %v", err)
		}
	})
}
