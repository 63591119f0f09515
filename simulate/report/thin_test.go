package report

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestThin: whatever the lines are, the first and last sample and each line's
// peak and pit stay, in order, within the bound.
func TestThin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(10, 60).Draw(t, "most")
		a := rapid.SliceOfN(rapid.Float64Range(0, 9), 0, 300).Draw(t, "a")
		b := rapid.SliceOfN(rapid.Float64Range(0, 9), len(a), len(a)).Draw(t, "b")
		kept := thin(len(a), most, func(i int) float64 { return a[i] }, func(i int) float64 { return b[i] })
		if len(kept) > most || !slices.IsSorted(kept) || len(slices.Compact(slices.Clone(kept))) != len(kept) {
			t.Fatalf("kept %v, want at most %d in order", kept, most)
		}
		if len(a) <= most && len(kept) != len(a) {
			t.Fatalf("kept %d of %d, though there was room", len(kept), len(a))
		}
		if len(a) == 0 {
			return
		}
		if kept[0] != 0 || kept[len(kept)-1] != len(a)-1 {
			t.Fatalf("kept %v: the first or the last is lost", kept)
		}
		for _, line := range [][]float64{a, b} {
			var left []float64
			for _, i := range kept {
				left = append(left, line[i])
			}
			if slices.Max(left) != slices.Max(line) || slices.Min(left) != slices.Min(line) {
				t.Fatalf("kept %v of %v: its peak or its pit is lost", left, line)
			}
		}
	})
}

// TestThinFillsItsBound: these lines have no peak or pit in common.
func TestThinFillsItsBound(t *testing.T) {
	a, b := []float64{9, 0, 5, 5}, []float64{5, 5, 9, 0}
	kept := thin(100_000, mostPoints, func(i int) float64 { return a[i%4] }, func(i int) float64 { return b[i%4] })
	if n := len(kept); n != 1998 { // 499 stretches of four, the first and the last
		t.Errorf("%d samples kept, want 1998", n)
	}
}

func TestCalm(t *testing.T) {
	// sent and recovered are one value a second, from the trigger on.
	run := func(affected int, sent, recovered []float64) Run {
		r := Run{Affected: affected}
		for i := range 1800 {
			at := func(v []float64) float64 { return v[min(i, len(v)-1)] }
			r.Samples = append(r.Samples, Sample{At: time.Duration(i) * time.Second, Initializes: at(sent), Recovered: at(recovered)})
		}
		return r
	}
	slow := make([]float64, 400)
	for i := range slow {
		slow[i] = float64(i) / 399
	}
	for _, tt := range []struct {
		name  string
		floor time.Duration
		runs  []Run
		at    time.Duration
		whole bool
	}{
		{"no runs", 0, nil, 0, true},
		{"the storm ends in the second 3", 0, []Run{run(0, []float64{900, 900, 900, 900, 9}, []float64{0})}, 13750 * time.Millisecond, false},
		{"the last have recovered by 399 s", 0, []Run{run(1, []float64{900, 0}, slow)}, 507500 * time.Millisecond, false},
		{"the floor is later than the run", 60 * time.Second, []Run{run(0, []float64{900, 0}, []float64{0})}, 85 * time.Second, false},
		{"a floor that never comes", Never, []Run{run(0, []float64{900, 0}, []float64{0})}, 10 * time.Second, false},
		{"the slowest run counts", 0, []Run{run(0, []float64{900, 0}, []float64{0}), run(0, []float64{900, 900, 900, 900, 0}, []float64{0})}, 13750 * time.Millisecond, false},
		{"the storm sustains itself", 0, []Run{run(1, []float64{900}, []float64{0})}, 1799 * time.Second, true},
	} {
		if at, whole := calm(tt.runs, tt.floor); at != tt.at || whole != tt.whole {
			t.Errorf("%s: calm at %v, %v; want %v, %v", tt.name, at, whole, tt.at, tt.whole)
		}
	}
}

// TestDrawn: the chosen and the front come before any other.
func TestDrawn(t *testing.T) {
	var all []Candidate
	for i := range 1000 {
		all = append(all, Candidate{Name: fmt.Sprint(i), Front: i%10 == 0, Chosen: i == 999})
		if i%2 == 1 && i != 999 {
			all[i].T99 = Never
		}
	}
	few, never, left := drawn(all)
	fronts := 0
	for _, c := range few {
		if c.Front {
			fronts++
		}
	}
	if len(few) != 300 || !few[0].Chosen || fronts != 100 || never != 499 || left != 201 {
		t.Errorf("%d drawn, %d of the front, first %v; %d never, %d left", len(few), fronts, few[0], never, left)
	}
}

func TestNumber(t *testing.T) {
	for _, tt := range []struct {
		value float64
		want  string
	}{
		{0, "0"}, {1, "1"}, {999, "999"}, {1000, "1,000"}, {1234567, "1,234,567"}, {-98765, "−98,765"},
		{0.0004, "0"}, {-0.0004, "0"}, {0.0123, "0.012"}, {0.654, "0.65"}, {9.994, "9.99"}, {9.996, "10"}, {41.125, "41.1"}, {99.96, "100"}, {1234.5678, "1,235"},
		{5.2, "5.2"}, {-0.5, "−0.5"}, {math.Inf(1), "never"}, {math.NaN(), "–"}, {1e15, "1,000,000,000,000,000"},
	} {
		if got := number(tt.value); got != tt.want {
			t.Errorf("number(%v) = %q, want %q", tt.value, got, tt.want)
		}
	}
	for value, want := range map[float64]string{0: "0", 0.0001: "0", 3: "+3", -3: "−3"} {
		if got := signed(value); got != want {
			t.Errorf("signed(%v) = %q, want %q", value, got, want)
		}
	}
}

func TestVerdict(t *testing.T) {
	for _, tt := range []struct {
		better    Better
		low, high float64
		want      string
	}{
		{Less, -2, -1, "better"}, {Less, 1, 2, "worse"}, {Less, -1, 1, "no difference shown"}, {Less, 0, 1, "no difference shown"},
		{More, 1, 2, "better"}, {More, -2, -1, "worse"}, {More, -1, 0, "no difference shown"},
		{Neither, 1, 2, "different"}, {Neither, -1, 1, "no difference shown"},
	} {
		if got := verdict(tt.better, Change{tt.low, tt.high}); got != tt.want {
			t.Errorf("better %d, %v to %v: %s, want %s", tt.better, tt.low, tt.high, got, tt.want)
		}
	}
}
