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
	landed

	flightAt Time
	flown    uint32 // when the handshake began, in µs
	next     Token  // of the epoch that the handshake opens
}

// landed is a client without a handshake under way, which is most of them: 112
// bytes in the place of 128.
type landed struct {
	session  policy.Session
	endpoint policy.Endpoint
	call     policy.Call

	callAt   Time
	streamAt Time

	id     uint32
	token  Token  // of the present epoch
	begun  uint32 // when the call began, in µs
	calls  uint32 // calls so far, the present one not among them
	draws  uint16 // random numbers drawn for the session
	gen    uint16 // of the Lead, for Settle
	got    answer // what the call's request came to, known when it is back
	came   answer // what the handshake's did
	heard  answer // what the stream's did
	drawn  uint8  // random numbers drawn for the call
	tries  uint8  // failed attachments of the stream in a row
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

// backsOff: the call waits to be sent again, or for the turn of its handshake.
func (d doing) backsOff() bool { return d == waiting || d == asking }

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

// marks are facts about a client.
type marks uint8

const (
	mending   marks = 1 << iota // it has met a failure
	unproven                    // its last send may have been run
	renewed                     // its credential was refreshed
	counted                     // it is counted among those who wait
	overtaken                   // its stream's ping is of an epoch that was replaced meanwhile
	owed                        // a handshake is due that no call waits for, and its turn is to come
)

// at is when the next thing happens.
func (c *client) at() Time { return min(c.callAt, c.flightAt, c.streamAt) }

func (c *client) start() Time { return Time(c.begun) * int64(time.Microsecond) }

// quiet reports whether nothing is under way but the user's next call. The
// answer to that is then known when it is sent: nothing can come between, unless
// the client shares an endpoint.
func (c *client) quiet() bool {
	return c.doing == thinking && c.flying == grounded && c.marks&owed == 0 && (c.stream == deaf || c.stream == attached)
}

// healthy is a quiet client with what it remembers of earlier trouble: 32
// bytes. Its next event is the next call.
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
	mostSpent = 0xff // as many spent tokens have room, in tenths
)

func pastOf(s *policy.Session, e *policy.Endpoint) past {
	return past(e.Spent)<<(sinceBits+tryBits) | past(s.Try)<<sinceBits | past(s.Since)
}

func (p past) since() Time  { return Time(p & (1<<sinceBits - 1)) }
func (p past) try() uint8   { return uint8(p >> sinceBits) }
func (p past) spent() int16 { return int16(p >> (sinceBits + tryBits)) }

// left is the same past with other tokens spent.
func (p past) left(spent int16) past {
	return p&(1<<(sinceBits+tryBits)-1) | past(spent)<<(sinceBits+tryBits)
}

// small reports whether a client is quiet, and all that it remembers has room
// in a healthy record. A due time that has passed, and a turn that has been
// taken, decide nothing any more.
func (w *world) small(c *client) bool {
	s := &c.session
	if !c.quiet() || c.streamAt <= c.callAt || s.Epoch > 0xffff || s.Phase != policy.Idle || s.Odd != 0 || s.Due > c.callAt {
		return false
	}
	e := &c.endpoint // a gateway's client has nothing in it
	return e.Spent <= mostSpent && e.Fails == 0 && e.Due == 0 && e.Half == 0 && e.Reopens == 0 && e.Turn <= c.callAt
}

// shrink makes a small client's record.
func (h *healthy) shrink(c *client) {
	h.at, h.past = c.callAt, pastOf(&c.session, &c.endpoint)
	h.id, h.token, h.calls, h.epoch, h.draws = c.id, c.token, c.calls, uint16(c.session.Epoch), c.draws
}

// large is the client of a healthy record.
func (w *world) large(h *healthy, c *client) {
	*c = client{flightAt: never}
	c.session.Epoch, c.session.Since, c.session.Try = uint32(h.epoch), h.past.since(), h.past.try()
	c.endpoint.Spent = h.past.spent()
	c.callAt, c.streamAt = h.at, never
	c.id, c.token, c.calls, c.draws = h.id, h.token, h.calls, h.draws
	if w.listens(h.id) {
		c.stream, c.streamAt = attached, w.server.Breaks(h.id, h.token, w.now)
	}
}

// What a good answer earns is the policy's to say. For the fleet's own policy it
// was asked beforehand, once for each number of spent tokens that is usual.

// earn is credit, without asking again.
func (w *world) earn(c *client) {
	e := w.endpointOf(c)
	if c.session.Odd == 0 && uint16(e.Spent) <= mostSpent && w.planOf(c.id) == w.plan {
		e.Spent = w.credits[e.Spent]
		return
	}
	w.credit(c)
}

// earnSmall is creditSmall, without asking again.
func (w *world) earnSmall(h *healthy) {
	if spent := h.past.spent(); spent != 0 && w.planOf(h.id) == w.plan {
		h.past = h.past.left(w.credits[spent])
		return
	}
	w.creditSmall(h)
}
