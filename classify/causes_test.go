package classify

import (
	"os"
	"strings"
	"testing"
)

// testdata/causes.txt lists what texts say besides a lost session: the facts
// that they prove, and the text. A flag rewrites the facts.
func TestCauses(t *testing.T) {
	const file = "testdata/causes.txt"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	proven := make(map[string]int)
	var out strings.Builder
	for _, l := range strings.SplitAfter(string(data), "\n") {
		_, sentence, ok := strings.Cut(strings.TrimSuffix(l, "\n"), "| ")
		if !ok || l[0] == '#' {
			out.WriteString(l)
			continue
		}
		v := view{o: &Observation{Status: 400, Body: []byte(sentence)}, families: everyFamily}
		v.look()
		v.learn(causeFacts | veto | secret)
		names := (v.facts & (causeFacts | veto | secret)).names()
		if v.quiet(false) && v.facts&veto != 0 || v.quiet(true) && v.facts&secret != 0 {
			t.Errorf("%q: a veto or a secret, but called harmless", sentence)
		}
		for _, n := range names {
			proven[n]++
		}
		facts := strings.Join(names, " ")
		if facts == "" {
			facts = "-"
		}
		out.WriteString(facts + " | " + sentence + "\n")
	}
	for _, n := range (causeFacts | veto | secret).names() {
		if proven[n] < 2 {
			t.Errorf("%s: %d sentences", n, proven[n])
		}
	}
	golden(t, file, out.String())
}
