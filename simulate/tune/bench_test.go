package tune

import (
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
)

// BenchmarkTune is one whole search, as the command does it: 200 policies on
// 1,000 clients, 50 on 10,000, 12 on 100,000 in four worlds of 30 minutes, and
// these where the scenario is off by two. It prints where the seconds go; the
// aim is 60 in all on two processors.
//
//	go test ./simulate/tune -run '^$' -bench Tune -benchtime 1x
func BenchmarkTune(b *testing.B) {
	for _, name := range []string{"restart-eager", "deep-queue", "outage"} {
		b.Run(name, func(b *testing.B) {
			s, _ := simulate.Named(name)
			search := Search{Scenario: s, From: policy.Default(), FromName: "default", Seed: 1}
			stages := []struct {
				name string
				runs int
			}{{"s-small", 200}, {"s-middle", 50}, {"s-whole", 12 * 4}, {"s-doubts", 12 * len(doubts)}}
			for b.Loop() {
				at, ran, last := 0, 0, time.Now()
				spent := make([]time.Duration, len(stages))
				if _, err := search.Find(b.Context(), func(float64, float64) {
					if ran++; ran == stages[at].runs {
						spent[at] = time.Since(last)
						at, ran, last = min(at+1, len(stages)-1), 0, time.Now()
					}
				}); err != nil {
					b.Fatal(err)
				}
				for i, stage := range stages {
					b.ReportMetric(spent[i].Seconds(), stage.name)
				}
			}
		})
	}
}
