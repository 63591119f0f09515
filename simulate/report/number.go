package report

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// number writes a figure for people: thousands apart, three digits where they
// say something.
func number(f float64) string {
	switch {
	case math.IsNaN(f):
		return "–"
	case math.IsInf(f, 0):
		return "never"
	}
	size, decimals := math.Abs(f), 0
	switch {
	case f == math.Trunc(f):
	case size < 0.0995:
		decimals = 3
	case size < 9.995:
		decimals = 2
	case size < 99.95:
		decimals = 1
	}
	digits, fraction, _ := strings.Cut(strconv.FormatFloat(size, 'f', decimals, 64), ".")
	var b strings.Builder
	if f < 0 && strings.ContainsAny(digits+fraction, "123456789") {
		b.WriteString("−")
	}
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	if fraction = strings.TrimRight(fraction, "0"); fraction != "" {
		b.WriteString("." + fraction)
	}
	return b.String()
}

// signed is a difference.
func signed(f float64) string {
	s := number(f)
	if f > 0 && s != "0" {
		s = "+" + s
	}
	return s
}

// seconds are for a chart, to the millisecond.
func seconds(d time.Duration) figure { return figure(d.Round(time.Millisecond).Seconds()) }

// figure is a number in a chart's data: whole, or with six digits, so that a
// report stays small.
type figure float64

func (f figure) MarshalJSON() ([]byte, error) {
	x := float64(f)
	if x != math.Trunc(x) {
		x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'g', 6, 64), 64)
	}
	return strconv.AppendFloat(nil, x, 'g', -1, 64), nil
}
