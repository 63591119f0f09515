package classify

import (
	"math"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	const date = "Wed, 21 Oct 2015 07:28:00 GMT"
	for _, c := range []struct {
		given, date string
		want        time.Duration
	}{
		{"3", "", 3 * time.Second},
		{" 120 ", "", 2 * time.Minute},
		{"0", "", 0},
		{"-1", "", 0},
		{"+1", "", 0},
		{"1.5", "", 0},
		{"soon", "", 0},
		{"", "", 0},
		{"86400", "", 24 * time.Hour}, // the policy caps it
		{"9223372037", "", math.MaxInt64 / time.Second * time.Second},
		{"99999999999999999999999999", "", math.MaxInt64 / time.Second * time.Second},
		{"Wed, 21 Oct 2015 07:28:30 GMT", date, 30 * time.Second},
		{"Wednesday, 21-Oct-15 07:29:00 GMT", date, time.Minute}, // RFC 850
		{"Wed Oct 21 07:30:00 2015", date, 2 * time.Minute},      // asctime
		{"Wed, 21 Oct 2015 07:27:00 GMT", date, 0},               // past
		{"Wed, 21 Oct 2015 07:28:30 GMT", "", 0},                 // there is no clock here
		{"Wed, 21 Oct 2015 07:28:30 GMT", "yesterday", 0},
		{"Wed, 21 Oct 2015 07:28:30 CET", date, 0},
		{"Fri, 31 Dec 9999 23:59:59 GMT", date, math.MaxInt64},
	} {
		h := map[string][]string{"retry-after": {c.given}}
		if c.date != "" {
			h["date"] = []string{c.date}
		}
		if got := Of(Observation{Status: 503, Header: h}).RetryAfter; got != c.want {
			t.Errorf("Retry-After %q, Date %q: %v, want %v", c.given, c.date, got, c.want)
		}
	}
}

// A success has nothing to wait for.
func TestRetryAfterOfSuccess(t *testing.T) {
	for _, body := range []string{"", `{"result":1}`, "[]"} {
		o := Observation{Status: 200, Header: map[string][]string{"Retry-After": {"3"}}, Body: []byte(body)}
		if v := Of(o); v.Class != OK || v.RetryAfter != 0 {
			t.Errorf("%q: %+v", body, v)
		}
	}
}

// Of one header in several spellings the canonical one counts, else the least,
// in whatever order the map gives them.
func TestHeaderSpellings(t *testing.T) {
	for _, c := range []struct {
		header map[string][]string
		want   time.Duration
	}{
		{map[string][]string{"Retry-After": {"1"}, "retry-after": {"2"}, "RETRY-AFTER": {"3"}}, time.Second},
		{map[string][]string{"retry-after": {"2"}, "RETRY-AFTER": {"3"}, "Retry-after": {"4"}}, 3 * time.Second},
		{map[string][]string{"Retry-After": {}, "retry-after": {"2"}}, 2 * time.Second},
		{map[string][]string{"Retry-After": {"1", "2"}}, time.Second},
		{map[string][]string{"Retry\x0dAfter": {"1"}}, 0}, // '-' is no letter
	} {
		for range 20 {
			if got := Of(Observation{Status: 503, Header: c.header}).RetryAfter; got != c.want {
				t.Fatalf("%v: %v, want %v", c.header, got, c.want)
			}
		}
	}
}
