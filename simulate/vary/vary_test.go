package vary_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/vary"
)

func TestScenario(t *testing.T) {
	s, _ := simulate.Named("restart-eager")
	for _, c := range []struct {
		path, value string
		holds       func(s simulate.Scenario) bool
	}{
		{"server.capacity", "5_000", func(s simulate.Scenario) bool { return s.Server.Capacity == 5000 }},
		{"clients.think", "10s", func(s simulate.Scenario) bool { return s.Clients.Think == policy.Duration(10*time.Second) }},
		{"server.down", "503", func(s simulate.Scenario) bool { return s.Server.Down == "503" }},
		{"server.affinity", "false", func(s simulate.Scenario) bool { return !s.Server.Affinity }},
		{"events[0].for", "5m", func(s simulate.Scenario) bool { return s.Events[0].For == policy.Duration(5*time.Minute) }},
	} {
		got, err := vary.Scenario(s, c.path, c.value)
		if err != nil || !c.holds(got) {
			t.Errorf("%s=%s: %+v, %v", c.path, c.value, got, err)
		}
	}
	if s, _ := simulate.Named("restart-eager"); s.Server.Capacity != 20000 || s.Events[0].For != policy.Duration(10*time.Second) {
		t.Error("the scenario itself was changed")
	}
}

func TestPolicy(t *testing.T) {
	p, err := vary.Policy(policy.Default(), "breaker.trip", "3")
	if want := policy.Default(); err != nil || p.Breaker.Trip != 3 {
		t.Errorf("%+v, %v", p, err)
	} else if want.Breaker.Trip = 3; p != want {
		t.Errorf("more than one field was changed: %+v", p)
	}
	if p, err = vary.Policy(policy.Default(), "splay", "0s"); err != nil || p.Splay != 0 {
		t.Errorf("%+v, %v", p, err)
	}
}

// Each mistake is told with its field and what is allowed.
func TestMistakes(t *testing.T) {
	s, _ := simulate.Named("restart-eager")
	for _, c := range []struct{ path, value, want string }{
		{"server.capacty", "1", "server.capacty: no such field; did you mean server.capacity?"},
		{"server.speed", "1", "server.speed: no such field: in server allowed is one of affinity, capacity"},
		{"capacity", "1", "capacity: no such field; did you mean server.capacity?"},
		{"events[0].fr", "1s", "did you mean events[0].for?"},
		{"sever.capacity", "1", "did you mean server.capacity?"},
		{"nonsense", "1", "no such field: allowed is one of about, clients"},
		{"server", "1", "server: it has fields of its own"},
		{"events", "1", "events: it is a list: write events[0]"},
		{"events[7].for", "1s", "events has 1, counted from 0"},
		{"events[-1].for", "1s", "events has 1, counted from 0"},
		{"events[x].for", "1s", "events has 1, counted from 0"},
		{"server.capacity.and.more.of.it", "1", "no such field: server.capacity has none"},
		{"server.capacity", "lots", "server.capacity is lots: allowed is a number"},
		{"server.capacity", "-1", "server.capacity is -1: allowed is 0.001 to"},
		{"clients.think", "10", "clients.think is 10: allowed is a duration"},
		{"", "1", "no such field"},
	} {
		if _, err := vary.Scenario(s, c.path, c.value); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "line") {
			t.Errorf("%s=%s: %v, want %q", c.path, c.value, err, c.want)
		}
	}
	for _, c := range []struct{ path, value, want string }{
		{"breaker.tripp", "1", "policy.breaker.tripp: no such field; did you mean policy.breaker.trip?"},
		{"breaker.wrench", "1", "policy.breaker.wrench: no such field: in policy.breaker allowed is one of growth"},
		{"wrench", "1", "policy.wrench: no such field: allowed is one of breaker"},
		{"breaker.trip", "many", "policy.breaker.trip"},
		{"splay", "10", "policy.splay is 10"},
		{"splay", "2h", "splay is 2h0m0s: allowed is 0s to 1h0m0s"},
	} {
		if _, err := vary.Policy(policy.Default(), c.path, c.value); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s=%s: %v, want %q", c.path, c.value, err, c.want)
		}
	}
}

// A misspelt word is told from another word.
func TestNearest(t *testing.T) {
	names := []string{"restart-eager", "restart-lazy", "outage", "outage-busy", "gateway", "t99", "t99.9"}
	for word, want := range map[string]string{
		"restart-eger": "restart-eager", "restrat-lazy": "restart-lazy", "outrage": "outage", "outage": "outage",
		"t98": "t99", "lazy": "restart-lazy", "restart": "", "gate": "gateway", "": "", "x": "", "nonsense": "",
	} {
		if got := vary.Nearest(word, names); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
