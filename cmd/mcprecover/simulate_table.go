package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/measure"
	"github.com/mcprecover/mcprecover/simulate/paired"
)

// table prints rows under each other: the first column to the left, the others
// to the right. Rows that are all empty are left out.
func table(page *strings.Builder, rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			switch {
			case i == 0:
				line.WriteString("  " + cell + pad)
			default:
				line.WriteString("  " + pad + cell)
			}
		}
		page.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}

// bars are the heights of a sparkline.
var bars = []rune(" ▁▂▃▄▅▆▇█")

// sparkline draws values on one line of at most width letters, each the highest
// of those that fall on it, to a scale whose top is given.
func sparkline(values []float64, width int, top float64) string {
	var line strings.Builder
	n := min(width, len(values))
	for i := range n {
		high := 0.0
		for _, v := range values[i*len(values)/n : (i+1)*len(values)/n] {
			high = max(high, v)
		}
		at := 0
		if high > 0 && top > 0 {
			at = min(int(math.Ceil(high/top*float64(len(bars)-1))), len(bars)-1)
		}
		line.WriteRune(bars[at])
	}
	return line.String()
}

// storm are the initializes of each second from shortly before the trigger until
// shortly after the last that a storm of this lane sends.
func (l lane) storm() (first int, sent []float64) {
	r := l.worlds[0].result
	first = max(int(r.Window.Trigger/1e9)-5, 0)
	last := first + 30
	for i, x := range r.Seconds {
		if i >= first && int64(i)*1e9 <= r.Reached && float64(x.Initializes) > float64(l.worlds[0].figures.Peak)/200 {
			last = max(last, i+5)
		}
	}
	for _, x := range r.Seconds[first:min(last, len(r.Seconds))] {
		sent = append(sent, float64(x.Initializes))
	}
	return first, sent
}

// storms draws the storm of each lane on the same scales.
func storms(page *strings.Builder, lanes []lane) {
	top, longest, widest, first := 0.0, 0, 0, 0
	all := make([][]float64, len(lanes))
	for i, l := range lanes {
		if len(l.worlds) > 0 {
			first, all[i] = l.storm()
		}
		for _, v := range all[i] {
			top = max(top, v)
		}
		longest = max(longest, len(all[i]))
		widest = max(widest, utf8.RuneCountInString(column(l.name)))
	}
	if top == 0 {
		return
	}
	fmt.Fprintf(page, "\ninitialize/s of the first world, from second %d to %d\n", first, first+longest)
	for i, l := range lanes {
		if all[i] == nil {
			continue
		}
		padded := append(all[i], make([]float64, longest-len(all[i]))...)
		fmt.Fprintf(page, "  %-*s |%s| peak %s\n", widest, column(l.name), sparkline(padded, 98-widest-24, top), measure.Grouped(float64(l.worlds[0].figures.Peak)))
	}
	if can := canServe(lanes[0].scenario); !math.IsInf(can, 0) {
		fmt.Fprintf(page, "  the server can serve %s/s\n", rate(can))
	}
}

// rate is a number a second, with digits where it is small.
func rate(v float64) string {
	if v < 10 {
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
	return measure.Grouped(v)
}

// canServe is how many handshakes a second are all that a server can do.
func canServe(s simulate.Scenario) float64 {
	return s.Server.Capacity / (s.Server.Cost.Initialize + s.Server.Cost.Initialized)
}

// figures is the table of all measures, a column for each lane; of two, with
// the difference between them.
func figures(page *strings.Builder, lanes []lane) {
	head := []string{""}
	for _, l := range lanes {
		head = append(head, shortened(l.name, 84/len(lanes)-4)) // 100 columns, less the first, the gaps and the stars
	}
	two := len(lanes) == 2 && sameWorlds(lanes[0], lanes[1]) > 1
	if two {
		head = append(head, "difference, 95 %", "")
	}
	rows := [][]string{head}
	for _, m := range measure.All() {
		row := []string{m.Name}
		for i, l := range lanes {
			cell := l.shown(m)
			if i > 0 && !two && differs(lanes[0], l, m) {
				cell += " *"
			} else if i > 0 && len(lanes) > 2 {
				cell += "  "
			}
			row = append(row, cell)
		}
		if two {
			row = append(row, gap(lanes[0], lanes[1], m)...)
		}
		rows = append(rows, row)
	}
	table(page, rows)
	if len(lanes) > 2 {
		fmt.Fprintf(page, "  * differs from %s, as far as these worlds tell (95 %%)\n", column(lanes[0].name))
	}
}

// shortened is the end of a name that is too long: files differ there.
func shortened(name string, most int) string {
	if name = column(name); utf8.RuneCountInString(name) > most {
		r := []rune(name)
		return "..." + string(r[len(r)-most+3:])
	}
	return name
}

func differs(a, b lane, m measure.Measure) bool {
	return sameWorlds(a, b) > 1 && paired.Difference(a.values(m), b.values(m)).Excludes(0)
}

// sameWorlds is how many worlds both lanes were run in; 0 where an interruption
// left them with different ones.
func sameWorlds(a, b lane) int {
	if len(a.worlds) != len(b.worlds) {
		return 0
	}
	for i := range a.worlds {
		if a.worlds[i].seed != b.worlds[i].seed {
			return 0
		}
	}
	return len(a.worlds)
}

// gap is b - a with its interval, and which is better.
func gap(a, b lane, m measure.Measure) []string {
	d := paired.Difference(a.values(m), b.values(m))
	if m.Unit == measure.Truth || d.Low != d.Low || d.Low == 0 && d.High == 0 {
		return []string{"", ""}
	}
	word := ""
	if d.Excludes(0) && m.Better != 0 {
		word = map[bool]string{true: "better", false: "worse"}[d.Mean > 0 == (m.Better == measure.Higher)]
	}
	return []string{fmt.Sprintf("%s .. %s", m.Format(d.Low), m.Format(d.High)), word}
}
