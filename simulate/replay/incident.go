package replay

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// session is what the trace shows of one.
type session struct {
	seen     time.Duration // first event
	streams  bool          // it listens
	parked   time.Duration // first time that its stream found the server away; -1: never
	called   time.Duration // first call that met the trouble; -1: none did
	started  time.Duration // of the handshake under way; -1: none
	restored time.Duration // first recovery that was done after the trigger; -1: none
}

// incident is what the trace shows at first sight. Times count from the trace's
// begin.
type incident struct {
	trigger   time.Duration // the first sign of trouble
	ends      time.Duration // the last event
	back      time.Duration // the first recovery that was done; -1: none was
	away      time.Duration // the last sign of a server that was away, before back; -1: it was not
	how       classify.Reason
	awayCode  int // of a proxy that answered for it; 0: none did
	processes int // Transports that were there before the trigger; 0: the trace began later
	sessions  map[string]*session

	flights  []time.Duration // how long good handshakes took, sorted
	stale    map[int]int     // answers that told a loss, by status
	full     map[int]int     // answers that turned away, by status, once the server was back
	opened   map[int]int     // recoveries that were done, by second
	rejected map[int]int     // of full, by second
	safe     int             // repetitions of what may have run that were held safe
	unsafe   int             // and that were not
}

var errQuiet = errors.New("nothing went wrong in this trace: there is no incident to fit")

func (e event) trouble() bool {
	return e.Kind == "recovery_started" || e.Kind == "stream_parked" || e.Kind == "answer_judged" && (e.Class == classify.Transient || e.Class == classify.Stale)
}

func (e event) refused() bool { return e.Class == classify.Transient && e.Reason == classify.NeverSent }

// look reads the events once for the two instants that everything else hangs
// on, and once for the rest.
func (t Trace) look() (*incident, error) {
	x := &incident{
		trigger: -1, back: -1, away: -1, ends: t.Lasts(), sessions: map[string]*session{}, stale: map[int]int{},
		full: map[int]int{}, opened: map[int]int{}, rejected: map[int]int{},
	}
	for _, e := range t.events {
		if x.trigger < 0 && e.trouble() {
			x.trigger = e.at
		}
		if x.trigger >= 0 && x.back < 0 && e.Kind == "recovery_done" {
			x.back = e.at
		}
		if x.trigger < 0 && e.Kind == "breaker_moved" && e.Breaker == policy.Closed {
			x.processes++
		}
	}
	if x.trigger < 0 {
		return nil, errQuiet
	}
	for _, e := range t.events {
		x.note(e)
	}
	slices.Sort(x.flights)
	return x, nil
}

func (x *incident) note(e event) {
	if e.Class == classify.Transient && e.at >= x.trigger {
		x.noteTrouble(e)
	}
	if e.Class == classify.Stale && e.Kind == "answer_judged" {
		x.stale[e.Status]++
	}
	switch {
	case e.Kind != "answer_judged":
	case e.Why == policy.AssumedSafe:
		x.safe++
	case e.Why == policy.OutcomeUnknown:
		x.unsafe++
	}
	if e.Session == "" {
		return
	}
	s := x.sessions[e.Session]
	if s == nil {
		s = &session{seen: e.at, parked: -1, called: -1, started: -1, restored: -1}
		x.sessions[e.Session] = s
	}
	switch e.Kind {
	case "stream_attached":
		s.streams = true
	case "stream_parked":
		s.streams = true
		if s.parked < 0 && e.at >= x.trigger {
			s.parked = e.at
		}
	case "answer_judged":
		if s.called < 0 && e.at >= x.trigger && s.restored < 0 {
			s.called = e.at
		}
	case "recovery_started":
		s.started = e.at
	case "recovery_failed":
		s.started = -1
	case "recovery_done":
		if s.started >= 0 {
			x.flights = append(x.flights, e.at-s.started)
		}
		if s.started = -1; s.restored < 0 {
			s.restored = e.at
		}
		x.opened[int((e.at-x.trigger)/time.Second)]++
	}
}

// noteTrouble tells a server that is away from one that is full: it is full
// once it has opened a session again.
func (x *incident) noteTrouble(e event) {
	before := x.back < 0 || e.at < x.back
	gateway := e.Status == 502 || e.Status == 503
	timed := e.Reason == classify.TimedOut
	switch {
	case before && (e.refused() || gateway || timed):
		x.away = max(x.away, e.at)
		if x.how == 0 {
			x.how = e.Reason
		}
		if gateway {
			x.awayCode = cmp.Or(x.awayCode, e.Status)
		}
	case !before && (e.Status == 503 || e.Status == 429):
		x.full[e.Status]++
		x.rejected[int((e.at-x.trigger)/time.Second)]++
	}
}

// commonest is the key with the highest count; the lower of equals.
func commonest(counts map[int]int) (key int) {
	for k, n := range counts {
		if n > counts[key] || n == counts[key] && k < key {
			key = k
		}
	}
	return key
}

// at is the value below which the share q of sorted values lies.
func at[V any](sorted []V, q float64) V {
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
