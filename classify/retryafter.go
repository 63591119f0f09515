package classify

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// retryAfter reads Retry-After (RFC 9110 section 10.2.3): seconds, or a date.
// A date is measured against the answer's own Date, since there is no clock
// here, and without one it cannot be told. Negative, past and unreadable
// values are 0. The policy caps the rest.
func (v *view) retryAfter() time.Duration {
	given := v.head.retryAfter
	if given == "" {
		return 0
	}
	given = strings.TrimSpace(given)
	const most = math.MaxInt64 / uint64(time.Second)
	if n, err := strconv.ParseUint(given, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(n, most)) * time.Second
	}
	at, ok := httpDate(given)
	if !ok {
		return 0
	}
	now, ok := httpDate(v.head.date)
	if !ok {
		return 0
	}
	return max(0, at.Sub(now))
}

// httpDate reads the three forms of RFC 9110 section 5.6.7.
func httpDate(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, layout := range [...]string{"Mon, 02 Jan 2006 15:04:05 GMT", "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
