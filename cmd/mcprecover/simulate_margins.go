package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/mcprecover/mcprecover/simulate"
)

// margin is one way in which a fleet may keep its server down, as a load over
// what it meets.
type margin struct {
	what string
	load float64
}

// margins are those of every scenario, and of the others those that it has.
func margins(m simulate.Margins) []margin {
	all := []margin{
		{"handshakes given up in the queue", m.Queue},
		{"handshakes turned away", m.Rejects},
	}
	for _, other := range []margin{
		{"credentials asked for in vain", m.Login},
		{"sessions, over what the server remembers", m.Table},
		{"stale answers for each good one", m.Strays},
	} {
		if other.load > 0 {
			all = append(all, other)
		}
	}
	return all
}

// worst is the largest of them in a few words.
func worst(m simulate.Margins) string {
	x := slices.MaxFunc(margins(m), func(a, b margin) int { return cmp.Compare(a.load, b.load) })
	return fmt.Sprintf("margin %.2f: %s", x.load, x.what)
}
