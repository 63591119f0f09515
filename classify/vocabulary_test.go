package classify

import (
	"encoding"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// Every word is one of its own, reads back as what it was written from, and is
// fit for logs.
func TestVocabularies(t *testing.T) {
	type term interface {
		fmt.Stringer
		encoding.TextMarshaler
	}
	kebab := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	check := func(terms []term, read func([]byte) (term, error)) {
		t.Helper()
		seen := make(map[string]bool)
		for _, x := range terms {
			text, err := x.MarshalText()
			if err != nil || string(text) != x.String() || seen[string(text)] || !kebab.Match(text) {
				t.Errorf("%T %v: %q, %v, twice %v", x, x, text, err, seen[string(text)])
			}
			seen[string(text)] = true
			if back, err := read(text); err != nil || back != x {
				t.Errorf("%T: %q reads as %v, %v", x, text, back, err)
			}
		}
		if _, err := read([]byte("nonsense\n" + strings.Repeat("x", 1000))); err == nil || !strings.Contains(err.Error(), "nonsense") || len(err.Error()) > 1500 || strings.Contains(err.Error(), "\n") {
			t.Errorf("nonsense: %v", err)
		}
	}
	var classes, reasons []term
	for _, c := range Classes() {
		classes = append(classes, c)
	}
	for _, r := range Reasons() {
		reasons = append(reasons, r)
	}
	if len(classes) != 5 || len(reasons) != int(Cancelled) {
		t.Errorf("%d classes, %d reasons", len(classes), len(reasons))
	}
	check(classes, func(b []byte) (term, error) { var c Class; err := c.UnmarshalText(b); return c, err })
	check(reasons, func(b []byte) (term, error) { var r Reason; err := r.UnmarshalText(b); return r, err })
	check([]term{Unknown, No, Yes}, func(b []byte) (term, error) { var e Executed; err := e.UnmarshalText(b); return e, err })
	check([]term{UnknownEra, Sessionful, Stateless}, func(b []byte) (term, error) { var e Era; err := e.UnmarshalText(b); return e, err })
}

func TestValuesOutsideTheVocabulary(t *testing.T) {
	if s := fmt.Sprint(Class(0), Reason(0), Class(77), Reason(200), Executed(9), Era(9)); s != "none none 77 200 9 9" {
		t.Errorf("%s", s)
	}
	if _, err := Class(77).MarshalText(); err == nil {
		t.Error("class 77 was written")
	}
	data, err := json.Marshal(Verdict{})
	if want := `{"class":"","reason":"","executed":"unknown"}`; err != nil || string(data) != want {
		t.Errorf("zero verdict: %s, %v, want %s", data, err, want)
	}
	var v Verdict
	if err := json.Unmarshal(data, &v); err != nil || v != (Verdict{}) {
		t.Errorf("zero verdict reads as %+v, %v", v, err)
	}
}

// Facts have as many names as there are facts, or explanations would lie.
func TestFactNames(t *testing.T) {
	if got, want := (offline<<1 - 1).names(), len(factNames); len(got) != want {
		t.Fatalf("%d names for %d facts", want, len(got))
	}
	for f, want := range map[fact]string{hadSession: "had-session", empty: "empty", codeInternal: "code-internal", gone: "gone", veto: "veto", offline: "offline"} {
		if got := f.names(); len(got) != 1 || got[0] != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
}
