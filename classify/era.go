package classify

// Era is the kind of protocol revision spoken. In the stateless era nothing is
// stale, since there are no sessions to lose.
type Era uint8

const (
	UnknownEra Era = iota // judged as sessionful
	Sessionful            // MCP revisions 2025-03-26 to 2025-11-25
	Stateless             // MCP revision 2026-07-28 and later
)

var eras = [...]string{UnknownEra: "unknown", Sessionful: "sessionful", Stateless: "stateless"}

// String returns "unknown", "sessionful" or "stateless".
func (e Era) String() string { return spell(eras[:], uint8(e), "") }

// MarshalText writes the word of String.
func (e Era) MarshalText() ([]byte, error) { return marshal("era", eras[:], uint8(e)) }

// UnmarshalText reads a word written by MarshalText.
func (e *Era) UnmarshalText(text []byte) error {
	n, err := unmarshal("era", eras[:], text)
	if err == nil {
		*e = Era(n)
	}
	return err
}
