// Package limit finds the largest fleet that still comes back: how many clients
// a server can take before what befalls it becomes something that they keep
// alive by themselves.
package limit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
)

// BackFrom is the share of its usual calls from which on a fleet is back.
const BackFrom = 0.9

// atOnce is how many fleets are tried in a round. It does not depend on the
// machine, since the fleets that are tried decide what is found.
const atOnce = 4

// Search says what is looked for. The server and what befalls it stay as they
// are; the number of clients varies.
type Search struct {
	Scenario  simulate.Scenario
	Policy    policy.Policy
	Naive     policy.Policy // see simulate.Run
	Seeds     []uint64      // a fleet is back if it is in each of these worlds
	Precision float64       // the answer's, relative; 0: 0.01
}

// Probe is one fleet that was tried.
type Probe struct {
	Clients int           `json:"clients"`
	Back    bool          `json:"back"`
	Goodput float64       `json:"goodput"` // the worst world's
	T99     time.Duration `json:"-"`       // the worst world's
}

// Found is what a search found, or had found when it was interrupted.
type Found struct {
	Clients int     // the largest fleet that came back; 0: none did
	Broken  int     // the smallest that did not; 0: none of those that were tried
	Calls   int     // so many clients' calls alone are all that the server can do
	Probes  []Probe // by number of clients
	Done    bool    // the search came to its end
}

// Find tries fleets between none and so many that their calls alone are all
// that the server can do, in rounds between the largest that came back below
// all that did not, and the smallest that did not. progress is told how much of
// the work is done, one call at a time; nil: nobody. When ctx ends before, Find
// returns what it found until then and the context's error.
func (s Search) Find(ctx context.Context, progress func(done, all float64)) (Found, error) {
	if err := s.Scenario.Validate(); err != nil {
		return Found{}, err
	}
	if s.Scenario.Server.Cost.Call == 0 {
		return Found{}, errors.New("limit: server.cost.call is 0: calls that cost nothing never fill a server")
	}
	v := s.Scenario.Server
	most := v.Capacity * time.Duration(s.Scenario.Clients.Think).Seconds() / v.Cost.Call
	if most > simulate.MaxClients {
		return Found{}, fmt.Errorf("limit: the server has room for the calls of %.0f clients: allowed is up to %d: scale clients and server down, the limit goes down with them", most, simulate.MaxClients)
	}
	if s.chance(int(most)) > BackFrom/3 {
		return Found{}, fmt.Errorf("limit: the server has room for the calls of %.0f clients, too few to tell by their calls of a minute whether they are back: scale clients and server up, the limit goes up with them", most)
	}
	found := Found{Calls: int(most)}
	low, high := 0, found.Calls+1
	done := 0.0
	for high-low > s.step(high) {
		fleets := between(low, high)
		left := math.Ceil(math.Log(float64(high-low)/float64(s.step(high))) / math.Log(atOnce+1))
		all := done + left*float64(len(fleets)*len(s.Seeds))
		probes, err := s.probe(ctx, fleets, func() {
			if done++; progress != nil {
				progress(done, all)
			}
		})
		found.Probes = append(found.Probes, probes...)
		slices.SortFunc(found.Probes, func(a, b Probe) int { return a.Clients - b.Clients })
		if low, high = s.bracket(found.Probes, found.Calls+1); high <= found.Calls {
			found.Broken = high
		}
		found.Clients = low
		if err != nil {
			return found, err
		}
	}
	found.Done = true
	return found, nil
}

// step is the least distance that is worth a round.
func (s Search) step(high int) int {
	precision := s.Precision
	if precision == 0 {
		precision = 0.01
	}
	return max(int(precision*float64(high)), 1)
}

// between are fleets to try, evenly between two that are decided.
func between(low, high int) (fleets []int) {
	for i := 1; i <= atOnce; i++ {
		n := low + (high-low)*i/(atOnce+1)
		if n > low && !slices.Contains(fleets, n) {
			fleets = append(fleets, n)
		}
	}
	return fleets
}

// bracket is the largest fleet that came back, and the smallest above it that
// did not. A fleet that missed by more than chance ends the search; one that
// missed by less counts only if no larger one came back.
func (s Search) bracket(probes []Probe, beyond int) (low, high int) {
	high = beyond
	for _, p := range probes {
		switch {
		case p.Back:
			low, high = p.Clients, beyond
		case p.Goodput < BackFrom-s.chance(p.Clients):
			return low, min(high, p.Clients)
		default:
			high = min(high, p.Clients)
		}
	}
	return low, high
}

// probe tries fleets, each in every world.
func (s Search) probe(ctx context.Context, fleets []int, told func()) ([]Probe, error) {
	var runs []simulate.Run
	for _, n := range fleets {
		for _, seed := range s.Seeds {
			runs = append(runs, simulate.Run{Scenario: s.sized(n), Policy: s.Policy, Naive: s.Naive, Seed: seed})
		}
	}
	probes := make([]Probe, len(fleets))
	ended := make([]int, len(fleets))
	for i, n := range fleets {
		probes[i] = Probe{Clients: n, Back: true, Goodput: math.Inf(1)}
	}
	var wrong error
	simulate.Each(ctx, runs, func(i int, r *simulate.Result, err error) {
		told()
		if err != nil {
			wrong = errors.Join(wrong, err)
			return
		}
		f, p := r.Figures(runs[i].Scenario), &probes[i/len(s.Seeds)]
		ended[i/len(s.Seeds)]++
		p.Goodput = min(p.Goodput, f.Goodput)
		p.Back = p.Back && f.Goodput >= BackFrom
		p.T99 = max(p.T99, f.T99)
	})
	var done []Probe
	for i, p := range probes {
		if ended[i] == len(s.Seeds) {
			done = append(done, p)
		}
	}
	if ctx.Err() != nil {
		return done, context.Cause(ctx)
	}
	if wrong != nil {
		return done, fmt.Errorf("limit: %w", wrong)
	}
	return done, nil
}

// chance is by how much the goodput of a fleet is off by chance alone: three
// standard deviations of the calls of a minute, of which a fleet that is well
// makes about as many as a Poisson number with their mean.
func (s Search) chance(clients int) float64 {
	usual := float64(clients) * time.Minute.Seconds() / time.Duration(s.Scenario.Clients.Think).Seconds()
	return 3 / math.Sqrt(usual)
}

// sized is the scenario with another number of clients. Gateways keep their
// sessions.
func (s Search) sized(clients int) simulate.Scenario {
	x := s.Scenario.Scaled(clients)
	x.Server = s.Scenario.Server
	return x
}
