package measure_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/measure"
)

func TestConditions(t *testing.T) {
	never := simulate.Figures{T99: simulate.Never, Metastable: true, Failed: 1000, Goodput: 0.5, PeakRatio: 2}
	fine := simulate.Figures{T99: 90 * time.Second, Failed: 3, Goodput: 1, PeakRatio: 0.5}
	for text, want := range map[string][2]bool{ // of never, of fine
		"t99 > 120s":         {true, false},
		"t99>1m30s":          {true, false},
		"t99 >= 1m30s":       {true, true},
		"t99 == never":       {true, false},
		"t99 < never":        {false, true},
		"failed > 100":       {true, false},
		"failed != 3":        {true, false},
		"goodput < 90%":      {true, false},
		"goodput <= 0.5":     {true, false},
		"peak_ratio > 100 %": {true, false},
		"metastable == true": {true, false},
		"metastable == no":   {false, true},
	} {
		c, err := measure.ParseCondition(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		for i, f := range []simulate.Figures{never, fine} {
			if got := c.Holds(c.Measure.Of(f)); got != want[i] {
				t.Errorf("%s holds for %+v: %v", text, f, got)
			}
		}
	}
	if (measure.Condition{}).Holds(1) {
		t.Error("the zero condition holds")
	}
}

// Each mistake is told with what is allowed.
func TestWrongConditions(t *testing.T) {
	for text, want := range map[string]string{
		"":                  "no comparison",
		"t99":               "no comparison",
		"t98 > 120s":        "did you mean t99?",
		"nonsense > 1":      "names are goodput, metastable, t50, t99, t99.9",
		"goodput < 90":      "a share, and that would be 9000 %: write 90% or 0.9",
		"peak_ratio > x":    "a ratio: write a number, such as 1.5",
		"t99 > 120":         "a time: write 120s",
		"failed > many":     "a count: write a number",
		"failed > 10%":      "a count",
		"goodput < NaN":     "a share: write a number",
		"metastable > 0":    "true or false",
		"t99 >> 120s":       "a time",
		"goodput < 90% now": "a share",
	} {
		if _, err := measure.ParseCondition(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// Every measure has a name of its own that a condition can hold, a meaning that
// fits a table, and a value that JSON can hold.
func TestVocabulary(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range measure.All() {
		if seen[m.Name] || strings.ContainsAny(m.Name, " <>=!") || m.Unit == 0 || len(m.Meaning) > 60 || m.Meaning == "" {
			t.Errorf("%+v", m)
		}
		seen[m.Name] = true
		if v := m.Of(simulate.Figures{}); v != 0 {
			t.Errorf("%s of nothing is %v", m.Name, v)
		}
	}
	values := measure.Values(simulate.Figures{T99: simulate.Never, T50: 1500 * time.Millisecond, Metastable: true})
	if values["t99"] != nil || values["t50"] != 1.5 || values["metastable"] != true || len(values) != len(seen) {
		t.Errorf("%v", values)
	}
}

func Example() {
	t99, _ := measure.Named("t99")
	failed, _ := measure.Named("failed")
	waste, _ := measure.Named("waste")
	for _, v := range []float64{0, 0.0204, 1.234, 85.3, 843, math.Inf(1)} {
		fmt.Println(t99.Format(v))
	}
	fmt.Println(failed.Format(1234567), failed.Format(-12), waste.Format(0.1234), waste.Format(-0.0001))
	// Output:
	// 0 s
	// 20 ms
	// 1.23 s
	// 85.3 s
	// 14m03s
	// never
	// 1,234,567 -12 12.3 % 0.0 %
}
