package replay

import (
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
	begins    int           // the event that is that sign
	troubles  int           // times of trouble in the trace, far apart; the one with the most signs is the incident
	ends      time.Duration // the last event
	back      time.Duration // the first recovery that was done; -1: none was
	away      time.Duration // the last sign of a server that was away, before back; -1: it was not
	up        time.Duration // the first answer of a server that is up and full, after away; -1: none before back
	how       sign          // of away
	processes int           // Transports that were there before the trigger; 0: the trace began later
	sessions  map[string]*session

	flights  []time.Duration // how long good handshakes took, sorted
	stale    map[int]int     // answers that told a loss, by status
	full     map[int]int     // answers that turned away, by status, once the server was back
	opened   map[int]int     // recoveries that were done, by second
	took     map[int][]span  // and from when to when they took
	rejected map[int]int     // of full, by second
	safe     int             // repetitions of what may have run that were held safe
	unsafe   int             // and that were not
}

// span is a time in the trace.
type span struct{ from, to time.Duration }

var errQuiet = errors.New("nothing went wrong in this trace: there is no incident to fit")

// sign is what tells that a server is away.
type sign int

const (
	none     sign = 0
	refused  sign = 1
	timedOut sign = 2
	// others are the status of a proxy that answers for it: 502, 503
)

func (e event) sign() sign {
	switch {
	case e.class != classify.Transient:
	case e.reason == classify.NeverSent:
		return refused
	case e.reason == classify.TimedOut:
		return timedOut
	case e.status == 502 || e.status == 503:
		return sign(e.status)
	}
	return none
}

// full: the server turned a request away, or a proxy did because it is down.
func (e event) full() bool {
	return e.class == classify.Transient && (e.status == 503 || e.status == 429)
}

func (e event) trouble() bool {
	return e.kind == "recovery_started" || e.kind == "stream_parked" || e.kind == "answer_judged" && (e.class == classify.Transient || e.class == classify.Stale)
}

// look reads the events for the instants that everything else hangs on, and
// then for the rest.
func (t Trace) look() (*incident, error) {
	x := &incident{
		ends: t.Lasts(), back: -1, sessions: map[string]*session{}, stale: map[int]int{},
		full: map[int]int{}, opened: map[int]int{}, rejected: map[int]int{}, took: map[int][]span{},
	}
	if x.begins, x.troubles = t.worst(); x.troubles == 0 {
		return nil, errQuiet
	}
	x.trigger = t.events[x.begins].at
	after := t.events[x.begins:]
	if i := slices.IndexFunc(after, func(e event) bool { return e.kind == "recovery_done" }); i >= 0 {
		x.back = after[i].at
		after = after[:i]
	}
	x.outage(after)
	for i, e := range t.events {
		if i < x.begins && e.kind == "breaker_moved" && e.breaker == policy.Closed {
			x.processes++
		}
		x.note(e, i >= x.begins)
	}
	slices.Sort(x.flights)
	return x, nil
}

// hour is the trace without what comes later than longest after the trigger,
// and how many events that is.
func (t Trace) hour() (Trace, int) {
	begins, troubles := t.worst()
	if troubles == 0 {
		return t, 0
	}
	end := t.events[begins].at + longest
	i := slices.IndexFunc(t.events, func(e event) bool { return e.at > end })
	if i < 0 {
		return t, 0
	}
	left := len(t.events) - i
	t.events = t.events[:i]
	return t, left
}

// Times of trouble are apart if it was quiet so long between them and what
// was lost had been mended, or so long at any rate.
const (
	quiet = time.Minute
	calm  = 10 * time.Minute
)

// worst finds the time of trouble that has the most signs: a session that
// was lost by itself the day before is not the incident.
func (t Trace) worst() (begins, troubles int) {
	var last time.Duration
	begun, signs, most, mended := 0, 0, 0, false
	for i, e := range t.events {
		mended = mended || e.kind == "recovery_done"
		if !e.trouble() {
			continue
		}
		if gap := e.at - last; troubles == 0 || gap > quiet && mended || gap > calm {
			troubles++
			begun, signs = i, 0
		}
		if s := e.sign(); s != none {
			mended = false
		}
		last = e.at
		if signs++; signs > most {
			begins, most = begun, signs
		}
	}
	return begins, troubles
}

// outage tells when the server was away, and how: what most of the signs
// before the first good handshake say. Once it refuses nobody any more, a 503
// is that of a server that is up, and full.
func (x *incident) outage(events []event) {
	x.away, x.up = -1, -1
	counts := map[sign]int{}
	for _, e := range events {
		if s := e.sign(); s != none {
			counts[s]++
		}
	}
	x.how = commonest(counts)
	for _, e := range events {
		if s := e.sign(); s != none && s == x.how {
			x.away, x.up = e.at, -1
		} else if x.up < 0 && e.full() {
			x.up = e.at
		}
	}
}

// note takes down an event; since: it came after the trigger.
func (x *incident) note(e event, since bool) {
	if up := x.back; since && e.full() {
		if x.up >= 0 {
			up = x.up
		}
		if up >= 0 && e.at >= up {
			x.full[int(e.status)]++
			x.rejected[x.second(e)]++
		}
	}
	if e.class == classify.Stale && e.kind == "answer_judged" {
		x.stale[int(e.status)]++
	}
	switch {
	case e.kind != "answer_judged":
	case e.why == policy.AssumedSafe:
		x.safe++
	case e.why == policy.OutcomeUnknown:
		x.unsafe++
	}
	if e.session == "" {
		return
	}
	s := x.sessions[e.session]
	if s == nil {
		s = &session{seen: e.at, parked: -1, called: -1, started: -1, restored: -1}
		x.sessions[e.session] = s
	}
	switch e.kind {
	case "stream_attached":
		s.streams = true
	case "stream_parked":
		s.streams = true
		if s.parked < 0 && since {
			s.parked = e.at
		}
	case "answer_judged":
		if s.called < 0 && since && s.restored < 0 {
			s.called = e.at
		}
	case "recovery_started":
		s.started = e.at
	case "recovery_failed":
		s.started = -1
	case "recovery_done":
		if s.started >= 0 {
			x.flights = append(x.flights, e.at-s.started)
			if since {
				x.took[x.second(e)] = append(x.took[x.second(e)], span{s.started, e.at})
			}
		}
		if s.started = -1; !since {
			return
		}
		if s.restored < 0 {
			s.restored = e.at
		}
		x.opened[x.second(e)]++
	}
}

// second is the one after the trigger that an event falls in.
func (x *incident) second(e event) int { return int((e.at - x.trigger) / time.Second) }

// commonest is the key with the highest count; the lower of equals.
func commonest[K ~int](counts map[K]int) (key K) {
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
