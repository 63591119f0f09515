package simulate

import (
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

// client is one client and its session, in trouble or not, with all that may
// still happen to it: an event carries its client, so nothing is ever looked
// up. Its process's Endpoint is in it too, unless it is one of a gateway's.
//
// Three things go on at once in it, each with the time of its next step: the
// user's call (one at a time), the handshake, and the listening stream.
type client struct {
	session  policy.Session
	endpoint policy.Endpoint
	call     policy.Call

	callAt   Time
	flightAt Time
	streamAt Time

	id     uint32
	token  Token  // of the present epoch
	next   Token  // of the epoch that the handshake opens
	begun  uint32 // when the call began, in µs
	flown  uint32 // when the handshake began, in µs
	calls  uint32 // calls so far, the present one not among them
	draws  uint16 // random numbers drawn for the session
	drawn  uint8  // random numbers drawn for the call
	tries  uint8  // failed attachments of the stream in a row
	gen    uint16 // of the Lead, for Settle
	got    answer // what the call's request came to, known when it is back
	came   answer // what the handshake's did
	heard  answer // what the stream's did
	doing  doing
	flying flying
	stream streaming
	marks  marks
}

// doing is where a client's user stands.
type doing uint8

const (
	thinking   doing = iota // the next call begins at callAt
	sending                 // the answer is back at callAt
	waiting                 // sends again at callAt
	asking                  // asks for the lead at callAt
	following               // waits for the handshake; patience ends at callAt
	refreshing              // the new credential is back at callAt
)

// flying is where a handshake stands.
type flying uint8

const (
	grounded   flying = iota
	opening           // the answer to initialize is back at flightAt
	confirming        // the answer to notifications/initialized is
	settling          // the new epoch counts as held at flightAt
)

// streaming is where the listening stream stands.
type streaming uint8

const (
	deaf       streaming = iota // the client has none
	attached                    // it breaks at streamAt
	attaching                   // the answer to the GET is back at streamAt
	resting                     // asks again at streamAt
	confirmed                   // the answer to the ping is back at streamAt
	leading                     // asks for the lead at streamAt
	trailing                    // waits for the handshake
	listenless                  // this epoch has no stream
)

// marks are facts about a client's call.
type marks uint8

const (
	mending   marks = 1 << iota // it has met a failure
	unproven                    // its last send may have been run
	renewed                     // its credential was refreshed
	counted                     // it is counted among those who wait
	overtaken                   // its stream's ping is of an epoch that was replaced meanwhile
)

// at is when the next thing happens.
func (c *client) at() Time { return min(c.callAt, c.flightAt, c.streamAt) }

func (c *client) start() Time { return Time(c.begun) * int64(time.Microsecond) }

// quiet reports whether nothing is under way but the user's next call. The
// answer to that is then known when it is sent: nothing can come between, unless
// the client shares an endpoint.
func (c *client) quiet() bool {
	return c.doing == thinking && c.flying == grounded && (c.stream == deaf || c.stream == attached)
}

// healthy is a quiet client with what it remembers of earlier trouble: 32
// bytes in the place of 128. Its next event is the next call.
type healthy struct {
	at    Time
	past  past
	id    uint32
	token Token
	calls uint32
	epoch uint16
	draws uint16
}

// past is what outlasts trouble: when the epoch was opened, the place on the
// handshake curve, and the retry tokens that the client's own endpoint spent.
type past uint64

const (
	sinceBits = 48 // three days
	tryBits   = 8
)

func pastOf(s policy.Session, e policy.Endpoint) past {
	return past(e.Spent)<<(sinceBits+tryBits) | past(s.Try)<<sinceBits | past(s.Since)
}

func (p past) since() Time  { return Time(p & (1<<sinceBits - 1)) }
func (p past) try() uint8   { return uint8(p >> sinceBits) }
func (p past) spent() int16 { return int16(p >> (sinceBits + tryBits)) }

// left is the same past with other tokens spent.
func (p past) left(spent int16) past {
	return p&(1<<(sinceBits+tryBits)-1) | past(spent)<<(sinceBits+tryBits)
}

// small makes a quiet client small, if all that it remembers has room there.
// A due time that has passed, and a turn that has been taken, decide nothing
// any more.
func (w *world) small(c *client) (h healthy, ok bool) {
	s := &c.session
	if !c.quiet() || c.streamAt <= c.callAt || s.Epoch > 0xffff || s.Phase != policy.Idle || s.Odd != 0 || s.Due > w.now {
		return h, false
	}
	e := &c.endpoint // a gateway's client has nothing in it
	if e.Spent > 0xff || e.Fails != 0 || e.Due != 0 || e.Half != 0 || e.Reopens != 0 || e.Turn > w.now {
		return h, false
	}
	return healthy{c.callAt, pastOf(*s, *e), c.id, c.token, c.calls, uint16(s.Epoch), c.draws}, true
}

// large is the client of a healthy record.
func (w *world) large(h *healthy) client {
	c := client{
		session:  policy.Session{Epoch: uint32(h.epoch), Since: h.past.since(), Try: h.past.try()},
		endpoint: policy.Endpoint{Spent: h.past.spent()},
		callAt:   h.at, flightAt: never, streamAt: never,
		id: h.id, token: h.token, calls: h.calls, draws: h.draws,
	}
	if w.listens(h.id) {
		c.stream, c.streamAt = attached, w.server.Breaks(h.id, h.token, w.now)
	}
	return c
}
