package tune

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
)

// work does the runs of a search, as many at a time as there are processors.
type work struct {
	search   Search
	ctx      context.Context
	progress func(done, all float64)
	whole    func(p policy.Policy, world int, r *simulate.Result) // in the last stage

	ran, all float64 // clients simulated, of how many
	found    Found
}

// plan knows beforehand how much there is to do.
func (w *work) plan() {
	s := w.search
	sizes := s.Sizes()
	middle := max(s.Policies/4, s.Finalists)
	w.all = float64(s.Policies*sizes[0] + middle*sizes[1] + s.Finalists*s.Worlds*sizes[2] + s.Finalists*len(doubts)*sizes[1])
}

func (w *work) stage(i int) simulate.Scenario { return w.search.Scenario.Scaled(w.search.Sizes()[i]) }

// try runs those candidates that have no figures yet, in so many worlds.
func (w *work) try(s simulate.Scenario, field []candidate, worlds int) error {
	var runs []simulate.Run
	var whose []int
	for i := range field {
		if field[i].Figures != nil {
			continue
		}
		field[i].Figures = make([]simulate.Figures, worlds)
		for world := range worlds {
			runs = append(runs, w.run(s, field[i].Policy, world))
			whose = append(whose, i)
		}
	}
	err := w.each(runs, func(i int, r *simulate.Result) {
		field[whose[i]].Figures[i%worlds] = r.Figures(s)
		if w.whole != nil {
			w.whole(runs[i].Policy, i%worlds, r)
		}
	})
	for i := range field {
		field[i].Score = 0
		for _, f := range field[i].Figures {
			field[i].Score += Score(s, f) / float64(len(field[i].Figures))
		}
	}
	return err
}

func (w *work) run(s simulate.Scenario, p policy.Policy, world int) simulate.Run {
	return simulate.Run{Scenario: s, Policy: p, Naive: w.search.Naive, Seed: w.search.Seed + uint64(world)}
}

// each does runs and hands on what they counted.
func (w *work) each(runs []simulate.Run, done func(i int, r *simulate.Result)) error {
	var wrong error
	simulate.Each(w.ctx, runs, func(i int, r *simulate.Result, err error) {
		if err != nil {
			wrong = cmp.Or(wrong, err)
			return
		}
		done(i, r)
		w.found.Runs++
		w.ran += float64(runs[i].Scenario.Clients.Number)
		if w.progress != nil {
			w.progress(w.ran, w.all)
		}
	})
	if err := context.Cause(w.ctx); err != nil && wrong != nil {
		return err
	}
	if wrong != nil {
		return fmt.Errorf("tune: %w", wrong)
	}
	return nil
}

// done notes a stage that is over, and who leads.
func (w *work) done(s simulate.Scenario, field []candidate, worlds int) {
	w.found.Stages = append(w.found.Stages, Stage{s.Clients.Number, len(field), worlds})
	w.found.Finalists = nil
	field = slices.Clone(field)
	rank(field)
	for _, c := range field {
		w.found.Finalists = append(w.found.Finalists, c.Finalist)
	}
	front(w.found.Finalists)
}

// Off is what becomes of a policy where the world is not what the scenario says.
type Off struct {
	What    string // such as "capacity x 0.5"
	Figures simulate.Figures
	Back    bool
}

// doubt is one way in which a scenario may be wrong by a factor of two.
type doubt struct {
	what  string
	wrong func(v *simulate.ServerSpec)
}

// doubts are tried on every finalist.
var doubts = []doubt{
	{"capacity x 0.5", func(v *simulate.ServerSpec) { v.Capacity /= 2 }},
	{"capacity x 2", func(v *simulate.ServerSpec) { v.Capacity *= 2 }},
	{"initialize's cost x 0.5", func(v *simulate.ServerSpec) { v.Cost.Initialize /= 2 }},
	{"initialize's cost x 2", func(v *simulate.ServerSpec) { v.Cost.Initialize *= 2 }},
	{"queue x 0.5", func(v *simulate.ServerSpec) { v.Queue /= 2 }},
	{"queue x 2", func(v *simulate.ServerSpec) { v.Queue *= 2 }},
}

// doubt tries all finalists where the scenario is wrong, and chooses: the one
// that is lost in the fewest of those worlds, and of these the lowest score.
func (w *work) doubt(s simulate.Scenario) error {
	all := w.found.Finalists
	var runs []simulate.Run
	for i := range all {
		all[i].Off = make([]Off, len(doubts))
		for j, d := range doubts {
			wrong := s
			d.wrong(&wrong.Server)
			runs = append(runs, w.run(wrong, all[i].Policy, 0))
			all[i].Off[j].What = d.what
		}
	}
	err := w.each(runs, func(i int, r *simulate.Result) {
		off := &all[i/len(doubts)].Off[i%len(doubts)]
		off.Figures = r.Figures(runs[i].Scenario)
		off.Back = off.Figures.Goodput >= healthy
	})
	if err != nil {
		for i := range all {
			all[i].Off = nil
		}
		return err
	}
	for i := range all {
		for _, off := range all[i].Off {
			if !off.Back {
				all[i].Lost++
			}
		}
	}
	choose(all)
	return nil
}

// choose sorts finalists, the choice first.
func choose(all []Finalist) {
	slices.SortStableFunc(all, func(a, b Finalist) int {
		return cmp.Or(cmp.Compare(a.losses(), b.losses()), cmp.Compare(a.Lost, b.Lost), cmp.Compare(a.Score, b.Score))
	})
}
