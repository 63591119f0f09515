package report_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mcprecover/mcprecover/simulate/report"
)

func TestEveryChartIsDrawn(t *testing.T) {
	d := restart()
	runsOf := func(policies ...report.Run) report.Data { return report.Data{Runs: policies} }
	for name, tt := range map[string]struct {
		data report.Data
		want map[string]int
	}{
		// 3 runs from -5 s until it is calm at 122 s; the capacity and the floor
		// have two points each. The phase plot begins at the trigger.
		"all":                    {d, map[string]int{"storm": 3*128 + 4, "recovery": 3*128 + 2, "phase": 3 * 123, "candidates": 120}},
		"one run, no limits":     {runsOf(d.Runs[2]), map[string]int{"storm": 67, "recovery": 67, "phase": 62}},
		"one had no queue":       {runsOf(d.Runs[2], report.Run{Samples: []report.Sample{{Initializes: 1}}}), map[string]int{"storm": 68, "recovery": 67, "phase": 62}},
		"less than one a second": {report.Data{Capacity: 1, Runs: []report.Run{{Samples: []report.Sample{{Initializes: 100}, {Initializes: 0.1}, {}}}}}, map[string]int{"storm": 5}},
		"only a tune":            {report.Data{Candidates: d.Candidates}, map[string]int{"candidates": 120}},
		"nothing":                {report.Data{}, map[string]int{}},
	} {
		t.Run(name, func(t *testing.T) {
			dom := browse(t, "--dump-dom", file(t, html(t, tt.data)))
			if got := drawn(dom); fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("points drawn: %v, want %v", got, tt.want)
			}
			if s := trouble(dom); s != "" {
				t.Errorf("the page complains: %s", s)
			}
			if n := strings.Count(dom, "<canvas"); n != len(tt.want) {
				t.Errorf("%d canvases for %d charts", n, len(tt.want))
			}
		})
	}
}

// TestHover moves a mouse over a point of the first line and reads what the
// chart then says.
func TestHover(t *testing.T) {
	for chart, want := range map[string]string{
		"storm":      "1 s|naive-fixed: 144,500/s|default: 14,300/s|tuned: 6,600/s",
		"recovery":   "1 s|naive-fixed: 0 %|default: 0 %|tuned: 0 %",
		"phase":      "6 s|naive-fixed: 60,000 in backoff, queue 0.6 s",
		"candidates": "#001|splay 35 s, equal jitter 7.7 to 10 s, |breaker 8 failures, open 10 s ± 50 %|peak 4.5×, t99 68 s|0 failed calls per client, waste 3.13 %",
	} {
		t.Run(chart, func(t *testing.T) {
			script := `
				const canvas = document.querySelector('[data-chart=` + chart + `] canvas'), chart = Chart.getChart(canvas);
				const hover = () => {
					const points = chart.getDatasetMeta(0).data, p = points[Math.min(6, points.length - 1)], box = canvas.getBoundingClientRect();
					canvas.dispatchEvent(new MouseEvent('mousemove', { clientX: box.x + p.x, clientY: box.y + p.y }));
					const { title, body } = chart.tooltip;
					if (body && body.length) {
						document.title = [...title, ...body.flatMap((b) => b.lines)].join('|');
					} else {
						setTimeout(hover); // the chart looks at the mouse once a frame
					}
				};
				hover();`
			got := tell(t, script)
			for range 2 { // a busy machine may not draw a frame in the browser's time
				if got != want {
					got = tell(t, script)
				}
			}
			if got != want {
				t.Errorf("it says %q, want %q", got, want)
			}
		})
	}
}

// TestPaper: paper is white, whatever the screen is.
func TestPaper(t *testing.T) {
	got := tell(t, `
		const colour = () => Chart.getChart(document.querySelector('canvas')).data.datasets[0].borderColor;
		const said = [colour()];
		dispatchEvent(new Event('beforeprint'));
		said.push(colour());
		dispatchEvent(new Event('afterprint'));
		document.title = [...said, colour()].join(' ');`, dark)
	if want := "#56b4e9 #0072b2 #56b4e9"; got != want {
		t.Errorf("the first line's colour on screen, paper, screen is %s, want %s", got, want)
	}
}

// TestTables opens the table under each chart, which is how figures are read
// without a mouse.
func TestTables(t *testing.T) {
	dom := browse(t, "--dump-dom", file(t, opened(html(t, restart()))))
	for _, tt := range []struct {
		chart string
		rows  int
		row   string
	}{
		{"storm", 128, `<th scope="row">1</th><td>144,500</td><td>14,300</td><td>6,600</td>`},
		{"recovery", 128, `<th scope="row">30</th><td>24.7</td><td>56.5</td><td>63.8</td>`},
		{"phase", 3 * 128, `<th scope="row">tuned</th><td>3</td><td>19,412</td><td>0.043</td>`},
		{"candidates", 120, `<th scope="row">#001</th><td class="text">splay 35 s, equal jitter 7.7 to 10 s, breaker 8 failures, open 10 s ± 50 %</td>` +
			`<td>4.5</td><td>68</td><td>0</td><td>3.13</td><td>chosen</td>`},
	} {
		_, table, _ := strings.Cut(dom, `data-table="`+tt.chart+`"`)
		table, _, _ = strings.Cut(table, "</details>")
		if n := strings.Count(table, "<tr>") - 1; n != tt.rows {
			t.Errorf("%s: %d rows, want %d", tt.chart, n, tt.rows)
		}
		if !strings.Contains(table, tt.row) {
			t.Errorf("%s: no row %s", tt.chart, tt.row)
		}
	}
}

// The colours are those of report.css: a line that is not on the picture was
// not drawn, whatever the page says of itself. Chromium's window is never
// narrower than 500, so a frame shows how the page is on a telephone.
func TestPictures(t *testing.T) {
	page := file(t, html(t, restart()))
	frame := file(t, `<iframe src="`+page+`" style="border:0;width:420px;height:4600px"></iframe>`)
	for _, tt := range []struct {
		name, page, size, scheme, paper string
		lines                           []string
	}{
		{"light", page, "1280,3900", light, "ffffff", []string{"0072b2", "d55e00", "007f5c"}},
		{"dark", page, "1280,3900", dark, "14181e", []string{"56b4e9", "f07f2e", "2fc79b"}},
		{"narrow", frame, "500,4650", light, "ffffff", []string{"0072b2", "d55e00", "007f5c"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(pictures(t), tt.name+".png")
			browse(t, "--screenshot="+path, "--window-size="+tt.size, tt.scheme, tt.page)
			colours := colours(t, path)
			if most := slices.MaxFunc(slices.Collect(maps.Keys(colours)), func(a, b string) int { return colours[a] - colours[b] }); most != tt.paper {
				t.Errorf("the paper is %s, want %s", most, tt.paper)
			}
			for _, c := range tt.lines {
				if colours[c] < 300 {
					t.Errorf("%d pixels of colour %s, want a line of 300 or more", colours[c], c)
				}
			}
		})
	}
}

func TestHostileTextStaysText(t *testing.T) {
	dom := browse(t, "--dump-dom", file(t, opened(html(t, hostile()))))
	if strings.Contains(dom, `<i class=`) {
		t.Error("a text became an element")
	}
	if s := trouble(dom); s != "" {
		t.Errorf("the page complains: %s", s)
	}
	if got := drawn(dom); len(got) != 4 || got["storm"] == 0 || got["candidates"] == 0 {
		t.Errorf("points drawn: %v", got)
	}
	// So a browser writes text nodes. One text, the unit, is cut before that.
	if n := strings.Count(dom, `&lt;/script&gt;&lt;i class="broken-out"&gt;`); n != 13+14 {
		t.Errorf("%d hostile texts are readable, want 13 on the page and 14 in the tables", n)
	}
}

// TestAsksForNothing reads the browser's own log of what it asks the network
// for, and for whom. Pages that ask show that it would be noticed.
func TestAsksForNothing(t *testing.T) {
	const asking = `<img src="http://elsewhere.invalid/x.png"><script>new WebSocket("ws://elsewhere.invalid/")</script>`
	given := strings.Replace(html(t, restart()), "<main>", "<main>"+asking, 1)
	unguarded := strings.Replace(given, "Content-Security-Policy", "x", 1)
	all := []string{"http://elsewhere.invalid/x.png", "ws://elsewhere.invalid/"}
	for _, tt := range []struct {
		name, page string
		want       []string
	}{
		{"the report", html(t, restart()), nil},
		{"a report into which a picture and a script were smuggled", given, nil},
		{"the same without its policy", unguarded, all},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log := filepath.Join(t.TempDir(), "net.json")
			browse(t, "--dump-dom", "--log-net-log="+log, file(t, tt.page))
			if got := asked(t, log); !slices.Equal(got, tt.want) {
				t.Errorf("asked for %q, want %q", got, tt.want)
			}
		})
	}
}
