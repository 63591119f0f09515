package policy

// Admission is Admit's answer. Role and Why are never zero.
type Admission struct {
	Role Role
	Why  Why
	At   Time   // Later: Admit again then; Refuse: when a new call may succeed; else now
	Gen  uint16 // Lead: the breaker's generation, to be handed to Settle in Breaking.Gen
}

// Role is a call's part in the recovery of its session.
type Role uint8

// The roles.
const (
	_       Role = iota
	Lead         // start the handshake, and settle it exactly once, whatever happens
	Follow       // a handshake is under way: wait for its end
	Already      // a newer epoch is open: send on it
	Later        // wait until At, then Admit again
	Refuse       // the call is over; the values passed in are unchanged
)

var roleWords = vocabulary{"none", "lead", "follow", "already", "later", "refuse"}

// String is the role's word in logs and traces.
func (r Role) String() string { return roleWords.word(uint8(r)) }

// MarshalText makes a Role its word in JSON.
func (r Role) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the word.
func (r *Role) UnmarshalText(text []byte) error {
	i, err := roleWords.parse("role", text)
	*r = Role(i)
	return err
}

// Roles lists all roles, for exhaustive tests.
func Roles() []Role { return all[Role](roleWords) }

// Breaking is the breaker's word. A caller without a breaker of its own
// passes PureBreaker's, or the zero value, which asks PureBreaker itself. A
// caller with a live one sets Live:
//
//   - to Admit: State as last reported by the breaker's OnStateChange, Free 1,
//     and again with Free 0 if Allow refuses the Lead; the gate's time is
//     Endpoint.Due, in which Settle keeps it;
//   - to Settle, after the breaker's done: State and Gen as they are now. Gen
//     counts the breaker's state changes; that it moved is how Settle knows
//     that the breaker opened anew.
//
// done(true) belongs to Held and Alive, done(false) to Failed and Lost. For
// Refused and Abandoned done(false) is called if the Lead was a Probe, and
// not called at all otherwise.
type Breaking struct {
	State BreakerState
	Due   Time   // open: not before
	Gen   uint16 // to Settle without Live: the Lead's Admission.Gen
	Free  uint8  // half-open: probes that may still be given
	Live  bool   // the caller's own breaker counts; Endpoint only keeps its time
}

// BreakerState is the state of a circuit breaker. The zero value is none.
type BreakerState uint8

// The states.
const (
	_        BreakerState = iota
	Closed                // handshakes pass
	Open                  // none passes before Due
	HalfOpen              // probes pass
)

var breakerWords = vocabulary{"none", "closed", "open", "half_open"}

// String is the state's word in logs and traces.
func (s BreakerState) String() string { return breakerWords.word(uint8(s)) }

// MarshalText makes a BreakerState its word in JSON.
func (s BreakerState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word.
func (s *BreakerState) UnmarshalText(text []byte) error {
	i, err := breakerWords.parse("breaker state", text)
	*s = BreakerState(i)
	return err
}

// BreakerStates lists all states, for exhaustive tests.
func BreakerStates() []BreakerState { return all[BreakerState](breakerWords) }
