package measure

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/mcprecover/mcprecover/simulate/vary"
)

// Condition is a measure beside a limit, such as "t99 > 120s": what a pipeline
// wants to fail on. The zero value never holds.
type Condition struct {
	Measure Measure
	Sign    string // one of > >= < <= == !=
	Limit   float64

	text string
}

// mostShare is what a share may be compared with: goodput may be a little above
// 1, and who writes 90 means per cent.
const mostShare = 2

func plain(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

var signs = []string{">=", "<=", "==", "!=", ">", "<"} // longest first

// ParseCondition reads NAME SIGN VALUE, spaces as you like. Times are written
// "120s", "1m30s" or "never", shares "10%" or 0.1, truths true or false. others
// are measures beside the ones of this package. The error says what is allowed.
func ParseCondition(text string, others ...Measure) (Condition, error) {
	measures := append(others[:len(others):len(others)], all...)
	at, sign := -1, ""
	for i := range text {
		for _, s := range signs {
			if at < 0 && strings.HasPrefix(text[i:], s) {
				at, sign = i, s
			}
		}
	}
	if at < 0 {
		return Condition{}, fmt.Errorf("%q: no comparison in it: write NAME SIGN VALUE, such as 't99 > 120s'; signs are > >= < <= == !=", text)
	}
	name, value := strings.TrimSpace(text[:at]), strings.TrimSpace(text[at+len(sign):])
	for _, m := range measures {
		if m.Name == name {
			limit, err := m.parse(value)
			if err != nil {
				return Condition{}, fmt.Errorf("%q: the value is %q: %s is %w", text, value, name, err)
			}
			return Condition{m, sign, limit, fmt.Sprintf("%s %s %s", name, sign, value)}, nil
		}
	}
	var names []string
	for _, m := range measures {
		names = append(names, m.Name)
	}
	if meant := vary.Nearest(name, names); meant != "" {
		return Condition{}, fmt.Errorf("%q: there is no %q; did you mean %s?", text, name, meant)
	}
	return Condition{}, fmt.Errorf("%q: there is no %q: names are %s", text, name, strings.Join(names, ", "))
}

func (m Measure) parse(value string) (float64, error) {
	switch m.Unit {
	case Seconds:
		if value == "never" {
			return math.Inf(1), nil
		}
		d, err := time.ParseDuration(value)
		if err != nil {
			return 0, fmt.Errorf("a time: write 120s, 1m30s or never")
		}
		return d.Seconds(), nil
	case Truth:
		switch value {
		case "true", "yes":
			return 1, nil
		case "false", "no":
			return 0, nil
		}
		return 0, fmt.Errorf("true or false")
	}
	number, percent := strings.CutSuffix(value, "%")
	v, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(number), "_", ""), 64)
	switch {
	case err != nil || math.IsNaN(v) || math.IsInf(v, 0) || percent && m.Unit == Count:
		if m.Unit == Count {
			return 0, fmt.Errorf("a count: write a number, such as 1000")
		}
		if m.Unit == Ratio {
			return 0, fmt.Errorf("a ratio: write a number, such as 1.5 or 150%%")
		}
		return 0, fmt.Errorf("a share: write a number, such as 0.1 or 10%%")
	case percent:
		v /= 100
	case m.Unit == Share && math.Abs(v) > mostShare:
		return 0, fmt.Errorf("a share, and that would be %s %%: write %s%% or %s", plain(100*v), plain(v), plain(v/100))
	}
	return v, nil
}

// Holds reports whether the condition holds for a value of its measure. What is
// unknown (NaN) makes every condition but != false.
func (c Condition) Holds(v float64) bool {
	switch c.Sign {
	case ">":
		return v > c.Limit
	case ">=":
		return v >= c.Limit
	case "<":
		return v < c.Limit
	case "<=":
		return v <= c.Limit
	case "==":
		return v == c.Limit
	case "!=":
		return v != c.Limit
	}
	return false
}

// String is the condition as it was written, with single spaces.
func (c Condition) String() string { return c.text }
