package policy

import "fmt"

// vocabulary names the values of a closed enumeration. Index 0 is "none" and
// no decision ever carries it.
type vocabulary []string

func (v vocabulary) word(i uint8) string {
	if int(i) >= len(v) || v[i] == "" {
		return fmt.Sprintf("unknown(%d)", i)
	}
	return v[i]
}

func (v vocabulary) parse(kind string, text []byte) (uint8, error) {
	for i, w := range v {
		if w == string(text) {
			return uint8(i), nil
		}
	}
	return 0, fmt.Errorf("policy: %q is no %s: it is one of %q", text, kind, []string(v))
}

// all lists the values that may occur, without "none".
func all[E ~uint8](v vocabulary) []E {
	es := make([]E, 0, len(v)-1)
	for i := 1; i < len(v); i++ {
		es = append(es, E(i))
	}
	return es
}
