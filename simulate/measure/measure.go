// Package measure names what a simulated run is judged by: one vocabulary for
// tables, JSON, CSV, conditions and the provenance of tuned policies.
package measure

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/mcprecover/mcprecover/simulate"
)

// Unit is what a measure counts in. The zero value is none.
type Unit uint8

// The units.
const (
	_       Unit = iota
	Seconds      // +Inf: it did not come within the run
	Count
	Ratio // of two numbers of one kind; it may be above 1
	Share // between 0 and 1
	Truth // 0 or 1
)

// Better says which way a measure improves. The zero value is neither.
type Better uint8

// The ways.
const (
	_ Better = iota
	Lower
	Higher
)

// Measure is one thing that a run is judged by. Its value is a float64 in its
// unit.
type Measure struct {
	Name    string // as conditions, JSON and CSV write it
	Unit    Unit
	Better  Better
	Meaning string // a few words, for tables and help

	Recovery bool // it tells when lost sessions are back, and so nothing where none was lost

	of func(simulate.Figures) float64
}

var all = []Measure{
	{"goodput", Share, Higher, "calls that end well in the last minute, of the usual", false, func(f simulate.Figures) float64 { return f.Goodput }},
	{"metastable", Truth, Lower, "the fleet keeps its server down by itself", false, func(f simulate.Figures) float64 { return truth(f.Metastable) }},
	{"t50", Seconds, Lower, "until half of the lost sessions are back", true, seconds(func(f simulate.Figures) time.Duration { return f.T50 })},
	{"t99", Seconds, Lower, "until 99 % are back", true, seconds(func(f simulate.Figures) time.Duration { return f.T99 })},
	{"t99.9", Seconds, Lower, "until 99.9 % are back", true, seconds(func(f simulate.Figures) time.Duration { return f.T999 })},
	{"floor", Seconds, 0, "all sessions, one after the other, beside the usual calls", false, seconds(func(f simulate.Figures) time.Duration { return f.Floor })},
	{"peak", Count, Lower, "most initializes sent in a second", false, func(f simulate.Figures) float64 { return float64(f.Peak) }},
	{"peak_ratio", Ratio, Lower, "that, over what the server can serve", false, func(f simulate.Figures) float64 { return f.PeakRatio }},
	{"amplification", Ratio, Lower, "initializes sent for one that opens a session", false, func(f simulate.Figures) float64 { return f.Amplification }},
	{"failed", Count, Lower, "calls that end in an error", false, func(f simulate.Figures) float64 { return float64(f.Failed) }},
	{"failed_each", Ratio, Lower, "that, for each client", false, func(f simulate.Figures) float64 { return f.FailedEach }},
	{"saved", Count, 0, "calls that meet a failure and end well", false, func(f simulate.Figures) float64 { return float64(f.Saved) }},
	{"waste", Share, Lower, "work that does nobody any good", false, func(f simulate.Figures) float64 { return f.Waste }},
	{"p50", Seconds, Lower, "latency of good calls, median", false, seconds(func(f simulate.Figures) time.Duration { return f.P50 })},
	{"p99", Seconds, Lower, "latency of good calls, 99 %", false, seconds(func(f simulate.Figures) time.Duration { return f.P99 })},
	{"added50", Seconds, Lower, "wait added to a saved call, median", false, seconds(func(f simulate.Figures) time.Duration { return f.Added50 })},
	{"added99", Seconds, Lower, "wait added to a saved call, 99 %", false, seconds(func(f simulate.Figures) time.Duration { return f.Added99 })},
	{"leaked", Count, Lower, "sessions opened for nobody", false, func(f simulate.Figures) float64 { return float64(f.Leaked) }},
	{"breaker_open", Share, 0, "time that breakers are open", false, func(f simulate.Figures) float64 { return f.BreakerOpen }},
	{"decisions", Count, 0, "times that the policy is asked", false, func(f simulate.Figures) float64 { return float64(f.Decisions) }},
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func seconds(of func(simulate.Figures) time.Duration) func(simulate.Figures) float64 {
	return func(f simulate.Figures) float64 {
		if d := of(f); d != simulate.Never {
			return d.Seconds()
		}
		return math.Inf(1)
	}
}

// All lists the measures in the order in which tables show them.
func All() []Measure { return append([]Measure(nil), all...) }

// Named returns the measure of that name, and whether there is one.
func Named(name string) (Measure, bool) {
	for _, m := range all {
		if m.Name == name {
			return m, true
		}
	}
	return Measure{}, false
}

// Names are the names of all measures.
func Names() []string {
	var names []string
	for _, m := range all {
		names = append(names, m.Name)
	}
	return names
}

// Of is the measure's value in a run's figures.
func (m Measure) Of(f simulate.Figures) float64 { return m.of(f) }

// Values are all measures of a run's figures by name, as JSON can hold them: a
// time that did not come is null, and a truth is true or false.
func Values(f simulate.Figures) map[string]any {
	values := map[string]any{}
	for _, m := range all {
		values[m.Name] = Plain(m, m.of(f))
	}
	return values
}

// Plain is a value as JSON can hold it.
func Plain(m Measure, v float64) any {
	switch {
	case math.IsInf(v, 0) || math.IsNaN(v):
		return nil
	case m.Unit == Truth:
		return v != 0
	case m.Unit == Seconds:
		return math.Round(v*1e6) / 1e6
	}
	return v
}

// Format is a value as tables show it, in at most 12 letters.
func (m Measure) Format(v float64) string {
	switch {
	case math.IsInf(v, 0):
		return "never"
	case math.IsNaN(v):
		return "-"
	}
	switch m.Unit {
	case Seconds:
		return Span(v)
	case Count:
		return Grouped(v)
	case Share:
		return strings.Replace(strconv.FormatFloat(100*v, 'f', 1, 64), "-0.0", "0.0", 1) + " %"
	case Truth:
		return map[bool]string{true: "yes", false: "no"}[v >= 0.5]
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// Span writes seconds with the precision that a reader can use: 1.24 s, 85.3 s,
// 14m03s.
func Span(v float64) string {
	switch size := math.Abs(v); {
	case size == 0:
		return "0 s"
	case size < 1:
		return strconv.FormatFloat(1000*v, 'f', 0, 64) + " ms"
	case size < 10:
		return strconv.FormatFloat(v, 'f', 2, 64) + " s"
	case size < 600:
		return strconv.FormatFloat(v, 'f', 1, 64) + " s"
	}
	whole := int(math.Round(math.Abs(v)))
	sign := ""
	if v < 0 {
		sign = "-"
	}
	return fmt.Sprintf("%s%dm%02ds", sign, whole/60, whole%60)
}

// Grouped writes a count with its thousands apart: 1,234,567.
func Grouped(v float64) string {
	digits := strconv.FormatFloat(math.Abs(v), 'f', 0, 64)
	var out strings.Builder
	if v < 0 && digits != "0" {
		out.WriteByte('-')
	}
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteRune(d)
	}
	return out.String()
}
