package limit_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/limit"
)

func search(t *testing.T, preset string) limit.Search {
	s, _ := simulate.Named("deep-queue")
	s = s.Scaled(400)
	s.Horizon = policy.Duration(12 * time.Minute)
	p, ok := policy.Named(preset)
	if !ok {
		t.Fatalf("there is no policy %s", preset)
	}
	return limit.Search{Scenario: s, Policy: p, Seeds: []uint64{1, 2}, Precision: 0.02}
}

// A queue that is deeper than clients wait has an edge: up to it every fleet
// comes back, from it none does. It is found to the precision asked for.
func TestFind(t *testing.T) {
	s := search(t, "default")
	found, err := s.Find(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d come back, %d do not", found.Clients, found.Broken)
	if found.Clients < 100 || found.Broken <= found.Clients || float64(found.Broken-found.Clients) > max(0.02*float64(found.Broken), 1) {
		t.Errorf("%+v", found)
	}
	if found.Calls != 800 { // 40 units a second, a call of one unit each 20 s
		t.Errorf("%d clients' calls fill the server", found.Calls)
	}
	for i, p := range found.Probes {
		if p.Back != (p.Clients <= found.Clients) && p.Clients < found.Broken {
			t.Errorf("%+v is on the wrong side of %d", p, found.Clients)
		}
		if i > 0 && p.Clients <= found.Probes[i-1].Clients {
			t.Errorf("%+v is out of order, or was tried twice", p)
		}
	}
	again, err := s.Find(t.Context(), nil)
	if d := cmp.Diff(found, again); err != nil || d != "" {
		t.Errorf("the same search finds (%v):\n%s", err, d)
	}
}

// A policy that makes the storm its own takes fewer clients.
func TestPolicyMoves(t *testing.T) {
	var clients []int
	for _, preset := range []string{"naive-fixed", "default"} {
		found, err := search(t, preset).Find(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		clients = append(clients, found.Clients)
	}
	if clients[0] >= clients[1]*3/4 {
		t.Errorf("naive-fixed: %d come back, default: %d", clients[0], clients[1])
	}
}

// Interrupted, a search has what it had.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	found, err := search(t, "default").Find(ctx, func(done, all float64) {
		if done == 8 { // the first round: four fleets in two worlds
			cancel(stop)
		}
	})
	if !errors.Is(err, stop) || len(found.Probes) < 3 || len(found.Probes) > 4 {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestNotBounded(t *testing.T) {
	s := search(t, "default")
	s.Scenario.Server.Cost.Call = 0
	if _, err := s.Find(t.Context(), nil); err == nil {
		t.Error("calls that cost nothing fill a server")
	}
	s = search(t, "default")
	s.Scenario.Server.Capacity = 1e9
	want := "limit: the server has room for the calls of 20000000000 clients: allowed is up to 200000000: scale clients and server down, the limit goes down with them"
	if _, err := s.Find(t.Context(), nil); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
