package simulate

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestBuiltInScenarios(t *testing.T) {
	all := Scenarios()
	if !slices.IsSortedFunc(all, func(a, b Scenario) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("they are not in the order of their names")
	}
	for _, s := range all {
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		if Text(s.Name) == "" {
			t.Errorf("%s: its file has another name", s.Name)
		}
		if got, ok := Named(s.Name); !ok || !reflect.DeepEqual(got, s) {
			t.Errorf("%s: not found by its name", s.Name)
		}
		if s.About == "" {
			t.Errorf("%s: it says nothing of itself", s.Name)
		}
	}
	t.Logf("%d scenarios", len(all))
}

// What Encode writes, Decode reads back equal.
func TestScenarioRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyScenario().Draw(t, "scenario")
		var text strings.Builder
		if err := Encode(&text, s); err != nil {
			t.Fatal(err)
		}
		back, err := Decode(strings.NewReader(text.String()))
		if err != nil {
			t.Fatalf("%v\n%s", err, text.String())
		}
		if len(s.Events) == 0 {
			s.Events, back.Events = nil, nil
		}
		if diff := cmp.Diff(s, back); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestDecodeNamesTheFault(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown field", "schema: 1\nclients:\n  nmber: 5\n",
			"scenario: line 3: clients.nmber: no such field: allowed is one of deadline, eager, gateways, modern, naive, number, rtt, rtt_spread, safe, start, think, timeout"},
		{"a number without a unit", "name: x\nclients: {think: 30}\n",
			"scenario: line 2: clients.think is 30: allowed is a duration such as 250ms or 1m30s"},
		{"out of range", "name: x\nserver:\n  replicas: 0\n",
			"scenario: line 3: server.replicas is 0: allowed is 1 to 1000"},
		{"out of range within a list", "name: x\nevents:\n  - {kind: restart, at: 60s}\n  - kind: forget\n    at: 1s\n    share: 1.5\n",
			"scenario: line 6: events[1].share is 1.5: allowed is 0 to 1"},
		{"a missing field of an event", "name: x\nevents:\n  - kind: restart\n",
			"scenario: line 3: events[0].at is 0s: allowed is 1ns to 1h10m0s"},
		{"unknown word", "name: x\nserver: {down: away}\n",
			`scenario: line 2: server.down is "away": allowed is refused, silent, 502, 503`},
		{"no mapping", "name: x\nserver: 5\n",
			"scenario: line 2: server is 5: allowed is a mapping of fields"},
		{"no list", "name: x\nevents: {kind: restart}\n",
			"scenario: line 2: events is {: allowed is a list of at most 100"},
		{"a field that does not fit the kind", "name: x\nevents:\n  - {kind: forget, at: 1s, for: 5s}\n",
			"scenario: line 3: events[0].for is 5s: allowed is 0 for a forget"},
		{"no YAML", "a: b: c\n", "scenario: no YAML: line 1: mapping value is not allowed in this context"},
		{"newer schema", "schema: 7\nname: x\n", "scenario: line 1: schema is 7: this version reads up to 1, a newer one wrote the file"},
		{"nothing", "", "scenario: the file says nothing: a scenario has at least a name"},
		{"comments alone", "# name: x\n", "scenario: the file says nothing: a scenario has at least a name"},
		{"two documents", "name: x\n---\nname: y\n", "scenario: the file holds 2 documents: allowed is one"},
		{"too long a run", "name: x\nhorizon: 1h\nevents:\n  - {kind: restart, at: 30m}\n",
			"scenario: line 2: horizon is 1h0m0s after the last event, which makes a run of 1h30m0s: allowed is a run of at most 1h10m0s"},
		{"not a number", "name: x\nserver: {capacity: .nan}\n",
			"scenario: line 2: server.capacity is .nan: allowed is a number"},
		{"twice", "name: x\nname: y\n", "scenario: no YAML: line 2: mapping key \"name\" already defined at [1:1]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Decode(strings.NewReader(c.text))
			if err == nil || err.Error() != c.want {
				t.Errorf("the error is\n\t%v\nwant\n\t%s", err, c.want)
			}
		})
	}
}

// All faults are told at once, each with its line.
func TestDecodeTellsAllFaults(t *testing.T) {
	_, err := Decode(strings.NewReader("name: X\nclients: {think: 1, number: 0}\nserver: {full: 500}\n"))
	var lines []int
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var f *FieldError
		if errors.As(e, &f) {
			lines = append(lines, f.Line)
		}
	}
	if slices.Sort(lines); !slices.Equal(lines, []int{1, 2, 2, 3}) {
		t.Errorf("faults on lines %v, want 1, 2, 2, 3\n%v", lines, err)
	}
}

// Whatever the file holds, there is a scenario that may run, or an error.
func FuzzDecode(f *testing.F) {
	for _, s := range Scenarios() {
		f.Add(Text(s.Name))
	}
	f.Add("a: &x [*x]\n<<: *x")
	f.Add("? - [\n")
	f.Add("events: [{}, {kind: !!binary a}]")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Decode(strings.NewReader(text))
		if err == nil && s.Validate() != nil {
			t.Errorf("accepted: %v", s.Validate())
		}
	})
}

func TestDecodeIsBounded(t *testing.T) {
	for _, text := range []string{strings.Repeat("[", maxDocument), strings.Repeat("{a: ", maxDocument/4), strings.Repeat("- ", maxDocument/2), strings.Repeat("a: b\n", maxDocument)} {
		if _, err := Decode(strings.NewReader(text)); err == nil {
			t.Errorf("%.10q... was accepted", text)
		}
	}
}

// What about says may be a block of lines, as YAML writes it.
func TestBlockText(t *testing.T) {
	s, err := Decode(strings.NewReader("name: x\nabout: |\n  two\n  lines\nhorizon: 2m\n"))
	if err != nil || s.About != "two\nlines" || s.Horizon != dur(2*time.Minute) {
		t.Errorf("%q, %v, %v", s.About, s.Horizon, err)
	}
}
