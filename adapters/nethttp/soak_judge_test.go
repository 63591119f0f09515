package nethttp_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/faults"
)

// judge checks what can be known only when all is over, and tells the counts.
func (s *soaking) judge() {
	l := s.ledger
	var safe, twice, unknown int
	for _, a := range l.accounts {
		for n, e := range a.entries {
			switch {
			case e.safe:
				safe++
				if most := uint8(2 + s.policy.Retries); e.runs > most {
					l.violated("%s.%d ran %d times, want at most %d", a.name, n, e.runs, most)
				}
				if e.runs > 1 {
					twice++
				}
			case e.runs > 1:
				l.violated("%s.%d ran %d times, and nothing says that it may", a.name, n, e.runs)
			}
			if e.runs > 0 && e.unrun {
				l.violated("%s.%d ran %d times, and its error says that it did not", a.name, n, e.runs)
			}
			if e.runs > 0 && !e.served {
				unknown++
			}
		}
	}
	started, done, failed := l.events[nethttp.RecoveryStarted], l.events[nethttp.RecoveryDone], l.events[nethttp.RecoveryFailed]
	if started != done+failed || done != len(l.renewals) {
		l.violated("%d recoveries started, %d done, %d failed, %d epochs opened", started, done, failed, len(l.renewals))
	}
	if sent := int(s.wire.handshakes.Load()); sent > started {
		l.violated("%d handshakes were sent for %d recoveries", sent, started)
	}
	for _, p := range s.places {
		p.withinBudget(s.policy.Pacing)
	}
	s.everythingWentWrong()
	s.t.Logf("%d calls in %v, %d of them by SDKs: %d clients, %d connections, %d answers' bodies, %d questions of servers",
		l.calls.Load(), s.took.Round(time.Millisecond), l.bySDKs.Load(), len(l.accounts), s.connections(), s.wire.bodies.total, l.consents.Load())
	s.t.Logf("calls ended: %v", byCount(l.ends))
	s.t.Logf("faults, with %d forms of a lost session: %v", s.forms, byCount(l.faults))
	s.t.Logf("%d recoveries: %d done, %d failed; %d of %d safe calls ran twice; %d calls ran and were not answered", started, done, failed, twice, safe, unknown)
}

// everythingWentWrong checks that the soak was one.
func (s *soaking) everythingWentWrong() {
	l := s.ledger
	if s.took < 30*time.Second {
		return
	}
	for _, kind := range []string{"stale", faults.Forgotten, "restart", "unavailable", "answer", "reset", "delay", "cut"} {
		if l.faults[kind] == 0 {
			l.violated("the fault %q never took place", kind)
		}
	}
	if l.consents.Load() == 0 || l.bySDKs.Load() == 0 || s.forms < 40 {
		l.violated("%d questions of servers, %d calls by SDKs, %d forms of a lost session: want some, some, and all", l.consents.Load(), l.bySDKs.Load(), s.forms)
	}
}

func (s *soaking) connections() (n int) {
	for _, p := range s.places {
		n += p.conns.total
	}
	return n
}

// byCount lists the most frequent first.
func byCount(m map[string]int) string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return m[b] - m[a] })
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%d %s", m[name], name)
	}
	return b.String()
}
