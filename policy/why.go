package policy

// Why is the reason of a Decision or an Admission: a closed vocabulary that
// logs, goldens and the simulator share.
type Why uint8

// The reasons. Decisions and Admissions say which stand beside what.
const (
	_ Why = iota

	Served         // the answer is good
	AuthRequired   // the credential is the caller's to renew
	RefusedForGood // the same request cannot succeed
	CallerGone     // the caller's context ended
	Unclassified   // the outcome has no class
	SessionLost    // the server forgot the session
	VersionLost    // the server refused the version it had negotiated: it forgot the session
	HiddenLoss     // transient answers in a row: the session may be lost
	StillLost      // the handshake that this call waited for failed
	NeverSent      // the request never left
	NotExecuted    // it was refused before it ran
	AssumedSafe    // running it twice does no harm
	LostTwice      // the server forgot a session that it had just opened
	NotReplayable  // the body cannot be sent again
	OutcomeUnknown // it may have run, and running it twice might do harm
	RetriesSpent   // the call's own retries
	TokensSpent    // the endpoint's retry budget
	PatienceSpent  // no time is left to wait
	HintTooFar     // the server asks to wait beyond the call's end

	WayFree           // nothing stands in the way
	TurnCame          // the reserved turn has come
	Probe             // the breaker is half-open and gives a probe
	InFlight          // another call leads
	EpochOpened       // a newer epoch is open already
	BackingOff        // the session's place on the handshake curve
	BreakerOpen       // the endpoint's breaker
	ProbesOut         // the breaker is half-open and its probes are given
	Paced             // the endpoint's recovery budget
	CredentialRefused // the last handshake was refused with this credential
)

var whyWords = vocabulary{
	"none",
	"served", "auth_required", "refused_for_good", "caller_gone", "unclassified", "session_lost", "version_lost",
	"hidden_loss", "still_lost", "never_sent", "not_executed", "assumed_safe", "lost_twice", "not_replayable",
	"outcome_unknown", "retries_spent", "tokens_spent", "patience_spent", "hint_too_far",
	"way_free", "turn_came", "probe", "in_flight", "epoch_opened", "backing_off", "breaker_open", "probes_out",
	"paced", "credential_refused",
}

// String is the reason's word in logs and traces.
func (w Why) String() string { return whyWords.word(uint8(w)) }

// MarshalText makes a Why its word in JSON.
func (w Why) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads the word.
func (w *Why) UnmarshalText(text []byte) error {
	i, err := whyWords.parse("reason", text)
	*w = Why(i)
	return err
}

// Whys lists all reasons, for exhaustive tests.
func Whys() []Why { return all[Why](whyWords) }
