package simulate

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Schema is the version of the scenario format that this package writes. It
// reads this one and older ones.
const Schema = 1

// FieldError says which field of a scenario is wrong.
type FieldError struct {
	Line    int    // in the file, from 1; 0: there is none
	Field   string // its path, such as "server.cost.call" or "events[0].at"
	Value   string // as it was given; empty: there is no such field
	Allowed string // what it may be
}

// Error names line, field, value and what is allowed.
func (e *FieldError) Error() string {
	where := "scenario: "
	if e.Line > 0 {
		where += fmt.Sprintf("line %d: ", e.Line)
	}
	if e.Value == "" {
		return fmt.Sprintf("%s%s: no such field: allowed is %s", where, e.Field, e.Allowed)
	}
	return fmt.Sprintf("%s%s is %s: allowed is %s", where, e.Field, e.Value, e.Allowed)
}

// Base is a fleet of ordinary clients in front of one ordinary server that
// nothing befalls. A file's missing fields have its values.
func Base() Scenario {
	return Scenario{
		Schema: Schema, Name: "base", About: "a quiet day", Governed: true,
		Clients: ClientSpec{
			Number: 10000, Think: dur(30 * time.Second), RTT: dur(20 * time.Millisecond), Deadline: dur(time.Minute), Safe: 1,
		},
		Server: ServerSpec{
			Capacity: 2000, Queue: dur(time.Second), Workers: 1, ColdShare: 1, Replicas: 1, Affinity: true,
			Down: "refused", Full: 503, Stale: "404",
			Cost: Costs{Call: 1, Initialize: 5, Listen: 0.1, Ping: 0.1, Delete: 0.1, Stale: 0.1, Reject: 0.02, Denied: 0.02},
		},
		Horizon: dur(30 * time.Minute),
	}
}

func dur(d time.Duration) Duration { return Duration(d) }

// The longest time that a run may have: times of calls are kept in
// microseconds of 32 bits, 71 minutes.
const longestRun = 70 * time.Minute

// MaxClients bounds a fleet: about 8 GB of healthy clients.
const MaxClients = 200_000_000

// Validate returns nil, or all faults joined, one *FieldError each.
func (s Scenario) Validate() error {
	faults := []error{
		between("schema", s.Schema, 1, Schema),
		word("name", s.Name),
		s.Clients.validate(),
		s.Server.validate(s.Clients),
		duration("horizon", s.Horizon, time.Second, longestRun),
	}
	if len(s.Events) > maxEvents {
		faults = append(faults, &FieldError{0, "events", fmt.Sprintf("a list of %d", len(s.Events)), fmt.Sprintf("at most %d events", maxEvents)})
	}
	for i, e := range s.Events {
		faults = append(faults, e.validate(fmt.Sprintf("events[%d]", i), s.Server))
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	if end := time.Duration(s.Window().End); end > longestRun {
		return &FieldError{0, "horizon", fmt.Sprintf("%v after the last event, which makes a run of %v", time.Duration(s.Horizon), end), fmt.Sprintf("a run of at most %v", longestRun)}
	}
	return nil
}

const maxEvents = 100

func (c ClientSpec) validate() error {
	g := c.Gateways
	faults := []error{
		between("clients.number", c.Number, 1, MaxClients),
		duration("clients.think", c.Think, time.Millisecond, time.Hour),
		duration("clients.start.over", c.Start.Over, 0, longestRun),
		duration("clients.rtt", c.RTT, time.Microsecond, 10*time.Second),
		duration("clients.rtt_spread", c.Spread, 0, 10*time.Second),
		duration("clients.deadline", c.Deadline, time.Millisecond, time.Hour),
		duration("clients.timeout", c.Timeout, 0, time.Hour),
		between("clients.safe", c.Safe, 0., 1.),
		between("clients.eager", c.Eager, 0., 1.),
		between("clients.naive", c.Naive, 0., 1.),
		between("clients.modern", c.Modern, 0., 1.),
		between("clients.gateways.processes", g.Processes, 0, c.Number),
	}
	if g.Processes > 0 {
		faults = append(faults, between("clients.gateways.sessions", g.Sessions, 1, max(c.Number/g.Processes, 1)))
	}
	return errors.Join(faults...)
}

func (v ServerSpec) validate(clients ClientSpec) error {
	faults := []error{
		between("server.capacity", v.Capacity, 1e-3, 1e9),
		duration("server.queue", v.Queue, 0, longestRun),
		between("server.depth", v.Depth, 0, 1_000_000),
		between("server.workers", v.Workers, 1, 10_000),
		between("server.variation", v.Variation, 0., 100.),
		between("server.cold_share", v.ColdShare, 0.01, 1.),
		duration("server.cold_ramp", v.ColdRamp, 0, longestRun),
		between("server.replicas", v.Replicas, 1, 1000),
		oneOf("server.down", v.Down, "refused", "silent", "502", "503"),
		oneOf("server.stale", v.Stale, "404", "400", "401"),
		duration("server.retry_after", v.RetryAfter, 0, time.Hour),
		between("server.table", v.Table, 0, MaxClients),
		duration("server.idle", v.Idle, 0, longestRun),
		between("server.login.capacity", v.Login.Capacity, 0, 1e9),
		duration("server.login.queue", v.Login.Queue, 0, longestRun),
		between("server.login.reject", v.Login.Reject, 0., 1000.),
	}
	for _, c := range []struct {
		name string
		cost float64
	}{
		{"call", v.Cost.Call}, {"initialize", v.Cost.Initialize}, {"initialized", v.Cost.Initialized}, {"listen", v.Cost.Listen},
		{"ping", v.Cost.Ping}, {"delete", v.Cost.Delete}, {"stale", v.Cost.Stale}, {"reject", v.Cost.Reject}, {"denied", v.Cost.Denied},
	} {
		faults = append(faults, between("server.cost."+c.name, c.cost, 0., 1e6))
	}
	if v.Full != 503 && v.Full != 429 {
		faults = append(faults, &FieldError{0, "server.full", fmt.Sprint(v.Full), "503 or 429"})
	}
	if v.Table > 0 && v.Replicas > 1 {
		faults = append(faults, &FieldError{0, "server.table", fmt.Sprint(v.Table), "0 where there are several replicas"})
	}
	return errors.Join(faults...)
}

func (e Event) validate(path string, v ServerSpec) error {
	faults := []error{
		oneOf(path+".kind", e.Kind, Restart, Forget, Cut, Mute, Expire),
		duration(path+".at", e.At, time.Nanosecond, longestRun),
		duration(path+".for", e.For, 0, longestRun),
		duration(path+".spread", e.Spread, 0, longestRun),
		between(path+".share", e.Share, 0., 1.),
		duration(path+".every", e.Every, 0, longestRun),
	}
	no := func(given bool, field, value, why string) {
		if given {
			faults = append(faults, &FieldError{0, path + field, value, why})
		}
	}
	no(e.Kind != Restart && e.Every > 0, ".every", e.Every.String(), "0 but for a restart")
	no((e.Kind == Restart || e.Kind == Expire) && e.Share != 0, ".share", fmt.Sprint(e.Share), "0 for a "+e.Kind)
	no((e.Kind == Forget || e.Kind == Expire) && e.For > 0, ".for", e.For.String(), "0 for a "+e.Kind)
	no(v.Table > 0 && (e.Kind == Cut || e.Kind == Forget && (e.Share != 0 || e.Spread != 0)), ".kind", e.Kind, "one that takes all sessions at once, where server.table bounds them")
	no(e.Kind == Expire && v.Login.Capacity == 0, ".kind", e.Kind, "one of the others, unless server.login.capacity says where to get new credentials")
	return errors.Join(faults...)
}

// between is written so that NaN is outside.
func between[V cmp.Ordered](field string, v, lo, hi V) error {
	if v >= lo && v <= hi {
		return nil
	}
	return &FieldError{0, field, fmt.Sprint(v), fmt.Sprintf("%v to %v", lo, hi)}
}

func duration(field string, d Duration, lo, hi time.Duration) error {
	return between(field, time.Duration(d), lo, hi)
}

func oneOf(field, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return &FieldError{0, field, fmt.Sprintf("%q", value), strings.Join(allowed, ", ")}
}

func word(field, value string) error {
	for _, r := range value {
		if r != '-' && r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return &FieldError{0, field, fmt.Sprintf("%q", value), "small letters, digits, - and _"}
		}
	}
	if len(value) == 0 || len(value) > 60 {
		return &FieldError{0, field, fmt.Sprintf("%q", value), "1 to 60 letters"}
	}
	return nil
}
