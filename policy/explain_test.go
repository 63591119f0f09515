package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestOnePersonsRestart shows what Default means for one person whose server
// restarts while a call waits: the call is answered, soon after.
func TestOnePersonsRestart(t *testing.T) {
	plan := compiled(t, Default())
	var table strings.Builder
	fmt.Fprintf(&table, "%-8s %9s %12s\n", "down", "survives", "mean extra")
	for _, row := range []struct {
		down  time.Duration
		least float64
	}{{10 * time.Second, 1}, {15 * time.Second, 1}, {20 * time.Second, 1}, {25 * time.Second, 0.99}} {
		for _, loses := range []bool{false, true} {
			share, extra := plan.survival(script{down: row.down, loses: loses}, row.down)
			fmt.Fprintf(&table, "%-8v %8.1f%% %12v lost=%v\n", row.down, 100*share, extra, loses)
			if share < row.least {
				t.Errorf("down %v: %.1f%% of calls survive, want %.0f%%", row.down, 100*share, 100*row.least)
			}
			if extra > 2500*millisecond {
				t.Errorf("down %v: calls wait %v more on average, want at most 2.5s", row.down, extra)
			}
		}
	}
	t.Log("\n" + table.String())
}

func compiled(t testing.TB, p Policy) *Plan {
	t.Helper()
	plan, err := p.Compile()
	if err != nil {
		t.Fatal(err)
	}
	return plan
}
