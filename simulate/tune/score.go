package tune

import (
	"time"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
)

// lostFleet is what a fleet that does not come back costs: more than anything
// that does.
const lostFleet = 1000

// healthy is the share of its usual calls from which on a fleet is back.
const healthy = 0.9

// Score is the one number that the search lowers, simulation.md's objective:
//
//	10 x failed calls a client + t99/floor + 2 x waste + 0.1 x peak/capacity + 5 x (1 - goodput)
//
// and 1000 more for a fleet that does not come back.
func Score(s simulate.Scenario, f simulate.Figures) float64 {
	floor := min(max(f.Floor, time.Second), time.Hour)
	t99 := f.T99
	if t99 == simulate.Never {
		w := s.Window()
		t99 = 2 * time.Duration(w.End-w.Trigger)
	}
	score := 10*f.FailedEach + t99.Seconds()/floor.Seconds() + 2*f.Waste + 0.1*f.PeakRatio + 5*(1-min(f.Goodput, 1))
	if f.Goodput < healthy {
		score += lostFleet
	}
	return score
}

// aims are the four things that the Pareto front weighs against each other; all
// are the lower the better.
type aims [4]float64

// Finalist is a policy that reached the last stage.
type Finalist struct {
	Policy  policy.Policy
	Start   bool               // it is Search.From
	Origin  string             // where it comes from: the start, a preset, the closed forms, drawn or a mutant
	Figures []simulate.Figures // of each world
	Score   float64            // the mean over them
	Front   bool               // no other finalist is better in one aim and not worse in any
	Off     []Off              // what becomes of it where the scenario is wrong
	Lost    int                // how many of those it does not come back from
}

func (f *Finalist) aims() (a aims) {
	for _, x := range f.Figures {
		t99 := x.T99.Seconds()
		for i, v := range (aims{t99, x.PeakRatio, x.FailedEach, x.Waste}) {
			a[i] += v / float64(len(f.Figures))
		}
	}
	return a
}

// losses counts the worlds that the fleet does not come back in.
func (f *Finalist) losses() (n int) {
	for _, x := range f.Figures {
		if x.Goodput < healthy {
			n++
		}
	}
	return n
}

// dominates: nowhere worse, somewhere better.
func (a aims) dominates(b aims) bool {
	better := false
	for i := range a {
		if a[i] > b[i] {
			return false
		}
		better = better || a[i] < b[i]
	}
	return better
}

// front marks those that nobody dominates, of those that come back.
func front(all []Finalist) {
	for i := range all {
		all[i].Front = all[i].losses() == 0
		for j := range all {
			if all[j].losses() == 0 && all[j].aims().dominates(all[i].aims()) {
				all[i].Front = false
			}
		}
	}
}
