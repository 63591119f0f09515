package report_test

import (
	"bytes"
	"fmt"
	"time"

	"github.com/mcprecover/mcprecover/simulate/report"
)

func ExampleWrite() {
	d := report.Data{
		Title:    "restart-eager, 1,000 clients",
		Command:  "mcprecover simulate run --scenario restart-eager --clients 1000 --html report.html",
		Capacity: 40,
		Runs: []report.Run{{
			Policy:   "default",
			Affected: 1000,
			Samples: []report.Sample{
				{At: 0},
				{At: 1 * time.Second, Initializes: 200, Recovered: 0.04, Queue: time.Second, Backoff: 700},
				{At: 2 * time.Second, Initializes: 180, Recovered: 0.08, Queue: time.Second, Backoff: 660},
			},
		}},
	}
	var file bytes.Buffer
	if err := report.Write(&file, d); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(bytes.HasPrefix(file.Bytes(), []byte("<!DOCTYPE html>")), file.Len() < 1_000_000)

	d.Runs[0].Samples[2].At = 0
	fmt.Println(report.Write(&file, d))
	// Output:
	// true true
	// report: run of policy "default", sample 2 at 0s comes after 1s: want them in order of time
}
