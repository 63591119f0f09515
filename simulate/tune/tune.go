// Package tune looks for a policy that suits a scenario better, by successive
// halving over the size of the fleet: many policies on a small fleet, the best
// of them on a larger one, few on the whole. That is sound since results depend
// on clients over capacity, not on either.
package tune

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
)

// Search says what is looked for. Equal searches find the same, on any machine.
type Search struct {
	Scenario  simulate.Scenario
	From      policy.Policy // what is not tuned stays as it is here; it always reaches the last stage
	FromName  string
	Naive     policy.Policy // see simulate.Run
	Seed      uint64        // of the search, and of the first world
	Policies  int           // how many are tried; 0: 200
	Finalists int           // how many reach the last stage; 0: 12
	Worlds    int           // seeds of the last stage; 0: 4

	// Whole is told of each run of the last stage, by its policy and world, one
	// call at a time, so that nobody need run them again; nil: nobody.
	Whole func(p policy.Policy, world int, r *simulate.Result)
}

// largest is the most clients that a policy is tried on.
const largest = 100_000

// Stage is one size of fleet, and how many policies were tried on it.
type Stage struct {
	Clients  int
	Policies int
	Worlds   int
}

// Found is what a search found, or had found when it was interrupted: then
// Finalists are all of the last stage that was done, on its fleet, best first.
type Found struct {
	Finalists []Finalist // the choice first, then by what they lose and by score
	Middle    []Finalist // of the second stage, on its fleet: what the front was chosen from
	Stages    []Stage    // that were done
	Runs      int
}

// candidate is a policy on its way.
type candidate struct {
	Finalist
	order int // ties go to the older
}

// Sizes are the fleets of the three stages: a hundredth, a tenth, all, at most
// 100,000. A fleet is no smaller than a gateway, whose pacing does not scale.
func (s Search) Sizes() [3]int {
	most := min(s.Scenario.Clients.Number, largest)
	least := max(min(most, 100), s.Scenario.Clients.Gateways.Sessions)
	return [3]int{max(most/100, least), max(most/10, least), max(most, least)}
}

func (s *Search) defaults() error {
	s.Policies, s.Finalists, s.Worlds = cmp.Or(s.Policies, 200), cmp.Or(s.Finalists, 12), cmp.Or(s.Worlds, 4)
	if s.Policies < 4 || s.Finalists < 2 || s.Finalists > s.Policies/2 || s.Worlds < 1 {
		return fmt.Errorf("tune: %d policies, %d finalists, %d worlds: allowed are at least 4, at least 2 and at most half the policies, at least 1", s.Policies, s.Finalists, s.Worlds)
	}
	return errors.Join(s.Scenario.Validate(), s.From.Validate())
}

// Find searches. progress is told how much of the work is done, one call at a
// time; nil: nobody. When ctx ends before, Find returns what it had and the
// context's error.
func (s Search) Find(ctx context.Context, progress func(done, all float64)) (Found, error) {
	if err := s.defaults(); err != nil {
		return Found{}, err
	}
	w := &work{search: s, ctx: ctx, progress: progress}
	w.plan()
	random := rand.New(rand.NewPCG(s.Seed, 0x6d637072))
	turned := knobs
	if s.Scenario.Clients.Gateways.Processes > 0 {
		turned = slices.Concat(knobs, shared)
	}
	small, middle, whole := w.stage(0), w.stage(1), w.stage(2)

	field := s.field(random, turned)
	if err := w.try(small, field, 1); err != nil {
		return w.found, err
	}
	rank(field)
	for parents := field[:min(10, len(field))]; len(field) < s.Policies; {
		i := len(field)
		p := mutant(random, parents[i%len(parents)].Policy, turned)
		if slices.ContainsFunc(field, func(c candidate) bool { return c.Policy == p }) {
			continue // its worlds were run
		}
		field = append(field, candidate{Finalist{Policy: p, Origin: "mutant of " + parents[i%len(parents)].Origin}, i})
	}
	if err := w.try(small, field, 1); err != nil {
		return w.found, err
	}
	w.done(small, field, 1)

	field = best(field, max(s.Policies/4, s.Finalists))
	for i := range field {
		field[i].Figures = nil
	}
	if err := w.try(middle, field, 1); err != nil {
		return w.found, err
	}
	w.done(middle, field, 1)
	w.found.Middle = w.found.Finalists

	field = best(field, s.Finalists)
	for i := range field {
		field[i].Figures = nil
	}
	w.whole = s.Whole
	if err := w.try(whole, field, s.Worlds); err != nil {
		return w.found, err
	}
	w.done(whole, field, s.Worlds)
	w.whole = nil
	return w.found, w.doubt(middle)
}

// field is the first half of the policies: the start, the closed forms, the
// presets, and draws from all over the ranges.
func (s Search) field(random *rand.Rand, turned []knob) []candidate {
	all := []candidate{{Finalist: Finalist{Policy: s.From, Start: true, Origin: s.FromName}}}
	add := func(origin string, p policy.Policy) {
		if p.Validate() == nil && !slices.ContainsFunc(all, func(c candidate) bool { return c.Policy == p }) && len(all) < s.Policies/2 {
			all = append(all, candidate{Finalist{Policy: p, Origin: origin}, len(all)})
		}
	}
	add("closed forms", Closed(s.Scenario, s.From))
	for _, preset := range policy.Presets() {
		add(preset.Name, tunedLike(s.From, preset.Policy, turned))
	}
	for i, p := range spread(random, s.From, turned, s.Policies/2-len(all)) {
		add(fmt.Sprintf("draw %d", i+1), p)
	}
	return all
}

// rank sorts by score.
func rank(field []candidate) {
	slices.SortFunc(field, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.Score, b.Score), cmp.Compare(a.order, b.order))
	})
}

// best are the n of the lowest score, the best of each aim among them, and the
// start, which everything is compared with. Of those that did the very same, and
// so differ in what the scenario never asks for, one goes on while there are
// others.
func best(field []candidate, n int) []candidate {
	rank(field)
	var kept, same []candidate
	keep := func(c candidate) {
		if len(kept) == n || slices.ContainsFunc(kept, func(k candidate) bool { return k.order == c.order }) {
			return
		}
		if slices.ContainsFunc(kept, func(k candidate) bool { return slices.Equal(k.Figures, c.Figures) }) {
			same = append(same, c)
			return
		}
		kept = append(kept, c)
	}
	keep(field[slices.IndexFunc(field, func(c candidate) bool { return c.order == 0 })])
	for aim := range (aims{}) {
		keep(slices.MinFunc(field, func(a, b candidate) int {
			return cmp.Or(cmp.Compare(a.losses(), b.losses()), cmp.Compare(a.aims()[aim], b.aims()[aim]), cmp.Compare(a.order, b.order))
		}))
	}
	for _, c := range field {
		keep(c)
	}
	for _, c := range same {
		if len(kept) < n && !slices.ContainsFunc(kept, func(k candidate) bool { return k.order == c.order }) {
			kept = append(kept, c)
		}
	}
	rank(kept)
	return kept
}
