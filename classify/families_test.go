package classify

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata and the generated documents")

var familyNames = [familyCount]string{
	"-", "sessionNotThere", "sessionEnded", "badSession", "noSession", "notInitialized", "initializeWanted",
	"idRequired", "noSessionID", "headerRefused", "sessionUnlike",
}

// Every wording is told to be of its family, and what only sounds alike is not.
func TestPhrases(t *testing.T) {
	const file = "testdata/phrases.txt"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(data), "\n")
	seen := make(map[string]int)
	for n, l := range lines {
		if l == "" || l[0] == '#' {
			continue
		}
		want, rest, ok := strings.Cut(l, "|")
		if !ok {
			t.Fatalf("%s:%d: no family before a |", file, n+1)
		}
		sentence, _, _ := strings.Cut(rest, "  #")
		sentence = strings.TrimSpace(sentence)
		got := familyNames[text(sentence).lost(everyFamily, false)]
		seen[got]++
		if want = strings.TrimSpace(want); got != want {
			if !*update {
				t.Errorf("%s:%d: %q is %s, want %s", file, n+1, sentence, got, want)
			}
			lines[n] = fmt.Sprintf("%-17s |%s", got, rest)
		}
	}
	for _, name := range familyNames {
		if seen[name] < 2 {
			t.Errorf("%s: %d sentences: a family is never one sentence", name, seen[name])
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
