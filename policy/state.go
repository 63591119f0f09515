package policy

// Endpoint is what one process knows about one MCP URL: pacing, breaker and
// retry budget. Its zero value is a fresh endpoint. All steps on it, and on
// the sessions of it, are made under one lock of the caller's.
//
// Where the caller runs a breaker of its own (Breaking.Live), Fails and Half
// stay 0 and Gen is the last state change that Settle has seen.
type Endpoint struct {
	Turn    Time   // GCRA: the instant at which the turns given so far are used up
	Due     Time   // breaker: no handshake before; 0: closed
	Spent   int16  // retry tokens taken out, in tenths; 0: the bucket is full
	Fails   uint16 // failed handshakes in a row, breaker closed
	Gen     uint16 // breaker generation; a verdict of an older one is dropped
	Reopens uint8  // times the breaker opened again without having closed
	Half    uint8  // half-open: flag, probes given, probes good in a row
}

// Session is what a process knows about one Mcp-Session-Id. Its zero value is
// a session that the client has just opened itself. A new call does not reset
// it.
type Session struct {
	Due   Time   // not before: the handshake curve (from Try 2 on) or the reserved turn
	Since Time   // when the present epoch was opened; 0: by the client itself
	Epoch uint32 // counts the server ids; Opened raises it
	Try   uint8  // place on the handshake curve: recent losses and failed handshakes
	Odd   uint8  // transient answers in a row: a hidden loss?
	Phase Phase
}

// Phase is where a session stands between two epochs: a stage and two marks.
type Phase uint8

// The stages of a session, and the marks that may stand beside one.
const (
	Idle     Phase = iota // no handshake under way
	Reserved              // waits for its turn at Session.Due
	Flying                // a Lead was given; neither Opened nor Settle came yet
	Settling              // Opened; whether the new epoch holds is not known yet

	stages Phase = 3

	Gone        Phase = 1 << 6 // the present epoch is known to be lost
	AuthRefused Phase = 1 << 7 // the last handshake was refused by auth: the next needs NewCredential
)

// Stage is the phase without its marks: Idle, Reserved, Flying or Settling.
func (p Phase) Stage() Phase { return p & stages }

// Has reports whether a mark is set.
func (p Phase) Has(mark Phase) bool { return p&mark != 0 }

var phaseWords = vocabulary{"idle", "reserved", "flying", "settling"}

// String is the stage's word, followed by the marks.
func (p Phase) String() string {
	w := phaseWords[p.Stage()]
	if p.Has(Gone) {
		w += "+gone"
	}
	if p.Has(AuthRefused) {
		w += "+auth_refused"
	}
	return w
}

// Call is one request of the client's, or one task of the background. The
// caller fills End, Epoch and Flags; Decide counts the rest.
type Call struct {
	End   Time   // end of its patience; see Plan.End. The caller moves it when a send has ended
	Epoch uint32 // the session's epoch that it was last sent on; the caller sets it
	Sends uint8  // times it may have left this process
	Dials uint8  // tries that never left: they cost patience, but no retry and no token; saturates
	Lost  uint8  // stale answers; the second one fails
	Flags Flags
}

// Flags are facts about a call that the caller knows.
type Flags uint8

// The facts.
const (
	Safe          Flags = 1 << iota // running it twice does no harm (assumed)
	Replayable                      // its body can be sent again; never set for notifications, replies and DELETE
	Background                      // nobody waits for it: it is spaced by the handshake curve
	HasID                           // it carried an Mcp-Session-Id
	NewCredential                   // its credential is not the one that the session's last handshake was refused with
	Negotiated                      // it carried the protocol version that this session negotiated
)

// Has reports whether all the given flags are set.
func (f Flags) Has(all Flags) bool { return f&all == all }
