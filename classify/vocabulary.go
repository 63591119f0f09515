package classify

import (
	"fmt"
	"strings"
)

// The vocabularies are closed: a value outside of one prints as its number, so
// that a log line is never lost, but cannot be written to or read from a file.

func spell(words []string, n uint8, zero string) string {
	switch {
	case int(n) >= len(words):
		return fmt.Sprintf("%d", n)
	case words[n] == "":
		return zero
	}
	return words[n]
}

func marshal(kind string, words []string, n uint8) ([]byte, error) {
	if int(n) >= len(words) {
		return nil, fmt.Errorf("%s %d has no word", kind, n)
	}
	return []byte(words[n]), nil
}

func unmarshal(kind string, words []string, text []byte) (uint8, error) {
	for n, w := range words {
		if w == string(text) {
			return uint8(n), nil
		}
	}
	known := strings.Join(strings.Fields(strings.Join(words, " ")), ", ")
	return 0, fmt.Errorf("unknown %s %q; want one of %s", kind, clip(text), known)
}

// clip bounds what an error message repeats of its input.
func clip(text []byte) string {
	const most = 64
	if len(text) > most {
		return string(text[:most]) + "..."
	}
	return string(text)
}
