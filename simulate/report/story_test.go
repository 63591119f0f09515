package report_test

import (
	"math"
	"time"

	"github.com/mcprecover/mcprecover/simulate/report"
)

// restart is a report as a person would read it: a server restarts, and three
// policies meet it. The figures are made up, in the proportions of real ones.
func restart() report.Data {
	return report.Data{
		Title:   "restart-eager: naive-fixed, default and tuned",
		Summary: "With the tuned policy the storm stays at 1.8 times what the server can serve, and 99 % of the clients are back 41 s after the restart. The naive one sends 51 times as much.",
		Notes:   []string{"Answers the question for this fleet only: 10 % of it run the naive policy, whatever the others do."},
		Facts: []report.Fact{
			{"scenario", "restart-eager"}, {"clients", "100,000"}, {"seeds", "1 to 8"}, {"horizon", "30 min after the trigger"},
			{"margin, queue", "0 (from 1 on it sustains itself)"}, {"margin, rejects", "0.42"}, {"breaker open", "11 % of the time"}, {"mcprecover", "v1.0.0"},
		},
		Command:  "mcprecover simulate compare --scenario restart-eager --policy naive-fixed,default,tuned.yaml --clients 100000 --seed 1 --html report.html",
		Capacity: 4000,
		Floor:    36250 * time.Millisecond,
		Runs: []report.Run{
			run("naive-fixed", 204000, 90, 14),
			run("default", 20800, 45, 6),
			run("tuned", 7200, 41, 2),
		},
		Table: report.Table{
			Policies: []string{"naive-fixed", "default", "tuned"}, Worlds: 8,
			Rows: []report.Row{
				{"peak", "most initializes in one second", "", report.Less, []report.Cell{{204000, nil}, {20800, change(-184100, -182300)}, {7200, change(-197500, -196100)}}},
				{"peak over capacity", "", "×", report.Less, []report.Cell{{51, nil}, {5.2, change(-46.1, -45.5)}, {1.8, change(-49.4, -49)}}},
				{"t99", "until 99 % hold a session again", "s", report.Less, []report.Cell{{90.25, nil}, {45.5, change(-45.2, -44.1)}, {41.125, change(-50.2, -48)}}},
				{"t99.9", "", "s", report.Less, []report.Cell{{math.Inf(1), nil}, {61, nil}, {44, nil}}},
				{"failed calls", "per client", "", report.Less, []report.Cell{{0.652, nil}, {0, change(-0.671, -0.633)}, {0, change(-0.671, -0.633)}}},
				{"waste", "work for answers that were no use", "%", report.Less, []report.Cell{{31.4, nil}, {4.25, change(-27.9, -26.4)}, {0.8, change(-31, -30.2)}}},
				{"p99 latency", "of calls that ended well", "s", report.Less, []report.Cell{{14.2, nil}, {14.6, change(-0.3, 1.1)}, {22.9, change(8.1, 9.3)}}},
				{"end goodput", "share of usual calls in the last minute", "", report.More, []report.Cell{{0.994, nil}, {1, change(0.004, 0.008)}, {1, change(0.004, 0.008)}}},
				{"decisions", "times that the policy was asked", "", report.Neither, []report.Cell{{11284031, nil}, {1402117, change(-9951000, -9810000)}, {980334, nil}}},
			},
		},
		Policy: report.Policy{
			Name: "tuned",
			Why:  "It has the lowest peak of all on the front that are back within 45 s, and stays so when capacity, cost or queue are off by a factor of two.",
			Text: "# mcprecover simulate tune --scenario restart-eager --clients 100000 --seed 1\nhandshake:\n  splay: 35s\n  base: 7.7s\n  cap: 10s\n  jitter: 0.5\nbreaker:\n  failures: 8\n  open: 10s\n  jitter: 0.5\n",
		},
		Candidates: candidates(),
	}
}

func change(low, high float64) *report.Change { return &report.Change{Low: low, High: high} }

// run is ten minutes in whole numbers, so that every machine gives the same:
// a wave that falls by a fifth each second, while the server serves the rest.
func run(policy string, peak float64, t99, wave int) report.Run {
	r := report.Run{Policy: policy, Affected: 100_000}
	for t := -5; t <= 600; t++ {
		s := report.Sample{At: time.Duration(t) * time.Second}
		if t >= 0 {
			s.Recovered = float64(min(1000, max(0, (t-10)*990/(t99-10)))) / 1000
			left := 1000 - int(1000*s.Recovered)
			s.Initializes = float64(int(peak) * left / 1000 * (10 + (t*7)%wave) / (10 + wave) / (1 + t/3))
			s.Queue = time.Duration(left*min(t, 20)*wave/14) * time.Millisecond / 10
			s.Backoff = float64(80*left*min(t, 8)/8) * float64(20+wave) / 34
		}
		r.Samples = append(r.Samples, s)
	}
	return r
}

// candidates are 120 policies around a front of eight.
func candidates() (cs []report.Candidate) {
	for i := range 120 {
		x, y := 1+i%8, (i*37)%23
		c := report.Candidate{
			Name: "#" + string(rune('0'+i/100)) + string(rune('0'+i/10%10)) + string(rune('0'+i%10)), Settings: "splay 35 s, equal jitter 7.7 to 10 s, breaker 8 failures, open 10 s ± 50 %",
			Peak: float64(9*x*x+9)/10 + float64(y*x)/8, T99: time.Duration(38+60/x+4*y) * time.Second, Failed: float64(y) / 40, Waste: float64(x) / 64,
		}
		c.Front = i < 8
		if c.Front {
			c.Peak, c.T99, c.Failed = float64(9*x*x+9)/10, time.Duration(38+60/x)*time.Second, 0
		}
		c.Chosen = i == 1
		cs = append(cs, c)
	}
	return append(cs, report.Candidate{Name: "#120", T99: report.Never, Failed: 19.7})
}
