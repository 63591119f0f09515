package tune

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
)

func small(name string) Search {
	s, _ := simulate.Named(name)
	s = s.Scaled(1000)
	s.Horizon = policy.Duration(11 * time.Minute)
	return Search{Scenario: s, From: policy.Default(), FromName: "default", Seed: 3, Policies: 24, Finalists: 4, Worlds: 2}
}

// What is chosen is no worse than what was started from, comes back, and is a
// policy that the engine takes.
func TestFind(t *testing.T) {
	search := small("restart-eager")
	whole := map[policy.Policy][]*simulate.Result{}
	search.Whole = func(p policy.Policy, world int, r *simulate.Result) {
		whole[p] = append(whole[p], r)
		if r.Seed != search.Seed+uint64(world) || r.Clients != 1000 {
			t.Errorf("told of world %d: seed %d, %d clients", world, r.Seed, r.Clients)
		}
	}
	found, err := search.Find(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found.Finalists {
		if len(whole[f.Policy]) != 2 {
			t.Errorf("%s: told of %d runs of the last stage, want 2", f.Origin, len(whole[f.Policy]))
		}
	}
	chosen := found.Finalists[0]
	var start Finalist
	for _, f := range found.Finalists {
		t.Logf("%-28s %.3f front %v lost %d", f.Origin, f.Score, f.Front, f.Lost)
		if f.Start {
			start = f
		}
		if len(f.Figures) != 2 || len(f.Off) != 6 {
			t.Errorf("%s was run in %d worlds, and in %d that are off", f.Origin, len(f.Figures), len(f.Off))
		}
	}
	if chosen.Score >= start.Score || chosen.Lost > start.Lost || chosen.losses() > 0 {
		t.Errorf("the choice is %+v, it started from %+v", chosen, start)
	}
	if d := cmp.Diff([]Stage{{100, 24, 1}, {100, 6, 1}, {1000, 4, 2}}, found.Stages); d != "" {
		t.Errorf("stages:\n%s", d)
	}
	if found.Runs != 24+6+4*2+4*6 {
		t.Errorf("%d runs", found.Runs)
	}
	if chosen.Policy.Patience != start.Policy.Patience || chosen.Policy.Retries != start.Policy.Retries {
		t.Error("what users decide was tuned")
	}
	var file bytes.Buffer
	if err := policy.Encode(&file, chosen.Policy); err != nil {
		t.Fatal(err)
	}
	loaded, err := policy.Decode(&file)
	if err != nil || loaded != chosen.Policy {
		t.Fatalf("the file holds %+v, %v", loaded, err)
	}
	rt := &nethttp.Transport{Policy: &loaded, Base: answering{}}
	defer rt.Close()
	req, _ := http.NewRequest("POST", "http://mcp.test/mcp", nil)
	if _, err := rt.RoundTrip(req); err != nil {
		t.Errorf("the engine does not take the policy: %v", err)
	}
}

type answering struct{}

func (answering) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: http.NoBody, Request: req}, nil
}

// The same search finds the same, on any number of processors.
func TestSame(t *testing.T) {
	search := small("restart-eager")
	search.Policies, search.Finalists = 8, 2
	one, err := search.Find(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	two, err := search.Find(t.Context(), nil)
	if d := cmp.Diff(one, two); err != nil || d != "" {
		t.Errorf("on one processor (%v):\n%s", err, d)
	}
}

// Interrupted, it has the last stage that was done, and no choice.
func TestInterrupted(t *testing.T) {
	search := small("restart-eager")
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	runs := 0
	found, err := search.Find(ctx, func(done, all float64) {
		if runs++; runs == 27 { // in the second stage
			cancel(stop)
		}
		if done > all {
			t.Errorf("%v of %v is done", done, all)
		}
	})
	if !errors.Is(err, stop) || len(found.Stages) != 1 || len(found.Finalists) != 24 {
		t.Errorf("%d stages, %d policies, %v", len(found.Stages), len(found.Finalists), err)
	}
}

// Whatever is drawn is valid, and reads as a person would write it.
func TestDrawsAreValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		turned := append(append([]knob{}, knobs...), shared...)
		for _, p := range spread(random, policy.Default(), turned, 8) {
			for range 5 {
				if err := p.Validate(); err != nil {
					t.Fatal(err)
				}
				p = mutant(random, p, turned)
			}
		}
	})
}

// The front, by hand.
func TestFront(t *testing.T) {
	of := func(t99 time.Duration, peak, failed, goodput float64) Finalist {
		return Finalist{Figures: []simulate.Figures{{T99: t99, PeakRatio: peak, FailedEach: failed, Goodput: goodput}}}
	}
	all := []Finalist{
		of(10*time.Second, 5, 0, 1), // the fastest
		of(20*time.Second, 1, 0, 1), // the smallest peak
		of(20*time.Second, 2, 0, 1), // worse than that one
		of(20*time.Second, 1, 0, 1), // as good as that one
		of(1*time.Second, 1, 0, 0),  // does not come back
	}
	front(all)
	var got []bool
	for _, f := range all {
		got = append(got, f.Front)
	}
	if d := cmp.Diff([]bool{true, true, false, true, false}, got); d != "" {
		t.Error(d)
	}
}

// The score is simulation.md's objective, by hand.
func TestScore(t *testing.T) {
	s, _ := simulate.Named("restart-eager")
	f := simulate.Figures{Floor: 40 * time.Second, T99: 80 * time.Second, FailedEach: 0.5, Waste: 0.25, PeakRatio: 3, Goodput: 0.95}
	if got, want := Score(s, f), 5+2+0.5+0.3+0.25; got < want-1e-9 || got > want+1e-9 {
		t.Errorf("%v, want %v", got, want)
	}
	if f.Goodput = 0.89; Score(s, f) < 1000 {
		t.Error("a fleet that is lost scores as others")
	}
}

// A gateway's pacing does not scale with the fleet, so no stage is smaller than
// one of its gateways.
func TestSizes(t *testing.T) {
	plain, _ := simulate.Named("restart-eager")
	gateway, _ := simulate.Named("gateway")
	for _, c := range []struct {
		s    simulate.Scenario
		want [3]int
	}{
		{plain, [3]int{1000, 10000, 100000}},
		{plain.Scaled(1_000_000), [3]int{1000, 10000, 100000}},
		{plain.Scaled(50), [3]int{50, 50, 50}},
		{gateway, [3]int{10000, 10000, 100000}},
	} {
		if got := (Search{Scenario: c.s}).Sizes(); got != c.want {
			t.Errorf("%s with %d: %v", c.s.Name, c.s.Clients.Number, got)
		}
	}
}

// Of a field go on: the start, the best of each aim that comes back, and the
// lowest scores.
func TestBest(t *testing.T) {
	of := func(order int, score, peak, failed, goodput float64) candidate {
		return candidate{Finalist{Score: score, Figures: []simulate.Figures{{T99: time.Minute, PeakRatio: peak, FailedEach: failed, Goodput: goodput}}}, order}
	}
	field := []candidate{
		of(0, 9, 5, 5, 1),    // the start
		of(1, 1, 2, 3, 1),    // the lowest score, and the first of the fastest
		of(2, 8, 1, 4, 1),    // the smallest peak
		of(3, 7, 4, 1, 1),    // the fewest failures
		of(4, 2000, 0, 0, 0), // does not come back
		of(5, 2, 3, 3, 1),
		of(6, 3, 3, 3, 1),
		of(7, 4, 6, 6, 1),
		of(8, 5, 7, 7, 1),
	}
	for n, want := range map[int][]int{
		5: {1, 5, 3, 2, 0},
		6: {1, 5, 7, 3, 2, 0}, // 6 did the very same as 5
		9: {1, 5, 6, 7, 8, 3, 2, 0, 4},
	} {
		var got []int
		for _, c := range best(slices.Clone(field), n) {
			got = append(got, c.order)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("best %d: %s", n, d)
		}
	}
}

// Chosen is who is lost in the fewest worlds that are off, and of these the
// lowest score; who is lost in the scenario itself comes last.
func TestChoice(t *testing.T) {
	fine, lost := []simulate.Figures{{Goodput: 1}}, []simulate.Figures{{Goodput: 0}}
	all := []Finalist{
		{Origin: "lost", Figures: lost, Score: 0},
		{Origin: "fragile", Figures: fine, Score: 1, Lost: 1},
		{Origin: "slow", Figures: fine, Score: 3},
		{Origin: "chosen", Figures: fine, Score: 2},
	}
	choose(all)
	var got []string
	for _, f := range all {
		got = append(got, f.Origin)
	}
	if d := cmp.Diff([]string{"chosen", "slow", "fragile", "lost"}, got); d != "" {
		t.Error(d)
	}
}
