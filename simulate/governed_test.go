package simulate

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/mcprecover/mcprecover/policy"
)

// The default policy brings every fleet back that a policy can bring back. For
// the others there is a margin beyond 1, which says why; auth-expiry alone has
// none, since what happens there is decided by the SDK's OAuth.
func TestGoverned(t *testing.T) {
	clients := 10_000
	if RaceEnabled || testing.Short() {
		clients = 1000
	}
	var runs []Run
	for _, s := range Scenarios() {
		runs = append(runs, Run{Scenario: s.Scaled(min(s.Clients.Number, clients)), Policy: policy.Default(), Seed: 11})
	}
	rows := make([]string, len(runs))
	Each(context.Background(), runs, func(i int, r *Result, err error) {
		if err != nil {
			t.Error(err)
			return
		}
		s := runs[i].Scenario
		f, m := r.Figures(s), s.Margins(policy.Default())
		governed := "governed"
		if !s.Governed {
			governed = "not governed"
		}
		rows[i] = fmt.Sprintf("%-18s %-12s goodput %.3f, t99 %8s, floor %8s; margins: queue %.2f, rejects %.3f, login %.2f, table %.2f, strays %.0f",
			s.Name, governed, f.Goodput, brief(f.T99), brief(m.Floor), m.Queue, m.Rejects, m.Login, m.Table, m.Strays)
		if s.Governed && f.Goodput < 0.9 {
			t.Errorf("%s: goodput at the end is %.3f, want at least 0.9", s.Name, f.Goodput)
		}
		if s.Governed && (s.Clients.Naive > 0.1 || m.Table > 1 || m.Strays > 1) {
			t.Errorf("%s is governed, with %v naive clients and the margins %+v", s.Name, s.Clients.Naive, m)
		}
		if !s.Governed && s.Server.Login.Capacity == 0 && max(m.Queue, m.Rejects, m.Table, m.Strays) <= 1 {
			t.Errorf("%s is not governed, and no margin says why: %+v", s.Name, m)
		}
	})
	t.Log("\n" + strings.Join(rows, "\n"))
}
