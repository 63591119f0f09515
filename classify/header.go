package classify

import "strings"

// head is what the headers of an answer say that a rule may ask for.
type head struct {
	authenticate []string
	contentType  string
	encoding     string
	location     string
	retryAfter   string
	date         string
}

// read takes the headers in one pass: names are compared without case, and
// where a name is there in several spellings, the canonical one counts, or else
// the least, so that the order of a map never matters. One pass costs less than
// a look-up for each name and another pass for those that are not there.
func (h *head) read(header map[string][]string) {
	var from [6]string // the spelling that each value came with
	for name, values := range header {
		if len(values) == 0 {
			continue
		}
		switch len(name) {
		case len("Date"):
			take(&h.date, &from[0], name, "Date", values)
		case len("Location"):
			take(&h.location, &from[1], name, "Location", values)
		case len("Retry-After"):
			take(&h.retryAfter, &from[2], name, "Retry-After", values)
		case len("Content-Type"):
			take(&h.contentType, &from[3], name, "Content-Type", values)
		case len("Content-Encoding"): // and of Www-Authenticate
			take(&h.encoding, &from[4], name, "Content-Encoding", values)
			if better(name, from[5], "Www-Authenticate") {
				h.authenticate, from[5] = values, name
			}
		}
	}
}

func take(value, from *string, name, canonical string, values []string) {
	if better(name, *from, canonical) {
		*value, *from = values[0], name
	}
}

// better: name is a spelling of the canonical name, and goes before the one
// that was taken, if any.
func better(name, taken, canonical string) bool {
	switch {
	case name == canonical:
		return true
	case !sameName(name, canonical):
		return false
	}
	return taken == "" || taken != canonical && name < taken
}

// sameName compares header names of one length, RFC 9110 section 5.1.
func sameName(a, b string) bool {
	for i := range len(a) {
		x, y := a[i], b[i]
		if x != y && (x|0x20 != y|0x20 || kinds[x] == 0) {
			return false
		}
	}
	return true
}

// facts of the headers alone.
func (h *head) facts() fact {
	var f fact
	for _, v := range h.authenticate {
		f |= challenged
		if containsFold(v, "bearer") {
			f |= bearer
		}
		if containsFold(v, "insufficient_scope") {
			f |= narrow
		}
	}
	if h.retryAfter != "" {
		f |= comeBack
	}
	if h.location != "" {
		for _, way := range [...]string{"login", "authorize", "oauth", "sso", "signin", "oidc", "saml"} {
			if containsFold(h.location, way) {
				f |= toLogin
			}
		}
	}
	return f
}

// mediaType is the Content-Type without its parameters.
func mediaType(contentType string) string {
	t, _, _ := strings.Cut(contentType, ";")
	return strings.TrimSpace(t)
}

// containsFold reports whether s contains the lower-case word, in any case.
func containsFold(s, lower string) bool {
	for i := 0; i+len(lower) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(lower)], lower) {
			return true
		}
	}
	return false
}

// beginsFold reports whether b begins with the lower-case ASCII words, in any
// case.
func beginsFold(b []byte, lower string) bool {
	if len(b) < len(lower) {
		return false
	}
	for i := range len(lower) {
		if c := b[i]; c != lower[i] && (kinds[c] != upper || c|0x20 != lower[i]) {
			return false
		}
	}
	return true
}
