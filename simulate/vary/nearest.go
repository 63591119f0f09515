package vary

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// Nearest is the name that a misspelt word was meant to be, or "": one that
// differs in at most a third of the word's letters, else the only one that
// contains it. Of equals it is the first.
func Nearest(word string, names []string) string {
	best, least := "", len(word)/3+1
	for _, name := range names {
		if d := levenshtein.ComputeDistance(word, name); d < least {
			best, least = name, d
		}
	}
	if best != "" || len(word) < 3 {
		return best
	}
	for _, name := range names {
		if strings.Contains(name, word) {
			if best != "" {
				return ""
			}
			best = name
		}
	}
	return best
}
