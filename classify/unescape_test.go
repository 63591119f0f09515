package classify

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What encoding/json reads of a string, unescape reads too, however the string
// was written.
func TestUnescapeEqualsEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var raw strings.Builder
		for range rapid.IntRange(0, 12).Draw(t, "parts") {
			switch rapid.IntRange(0, 4).Draw(t, "part") {
			case 0:
				raw.WriteString(rapid.SampledFrom([]string{`\n`, `\t`, `\r`, `\b`, `\f`, `\"`, `\\`, `\/`}).Draw(t, "short"))
			case 1:
				fmt.Fprintf(&raw, `\u%04x`, rapid.Uint16().Draw(t, "unit"))
			case 2:
				r := rapid.Uint16Range(0xD800, 0xDFFF).Draw(t, "surrogate")
				fmt.Fprintf(&raw, `\u%04X`, r)
			default:
				text, _ := json.Marshal(rapid.String().Draw(t, "text"))
				raw.Write(text[1 : len(text)-1])
			}
		}
		var want string
		if err := json.Unmarshal([]byte(`"`+raw.String()+`"`), &want); err != nil {
			t.Fatal(err)
		}
		if got := string(unescape(nil, []byte(raw.String()))); got != want {
			t.Fatalf("%s: %q, want %q", &raw, got, want)
		}
	})
}

// What is malformed or cut stays readable, and ends.
func TestUnescapeOfMalformed(t *testing.T) {
	for raw, want := range map[string]string{
		`a\`: `a\`, `a\u`: "a\uFFFD", `a\u12`: "a\uFFFD", `a\uzzzz`: "a\uFFFDzzzz", `a\qb`: "aqb", `\ud83d\u`: "\uFFFD\uFFFD",
	} {
		if got := string(unescape(nil, []byte(raw))); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}
