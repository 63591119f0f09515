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

// statelessFrom is the first revision without sessions.
const statelessFrom = "2026-07-28"

// EraOf is the era of a protocol version, as Mcp-Protocol-Version carries it.
// Revisions are dates, which compare as strings; what is no date, as the name of
// a draft, is judged as sessionful. Without a version the era is unknown.
func EraOf(version string) Era {
	switch {
	case version == "":
		return UnknownEra
	case version >= statelessFrom && version[0] <= '9':
		return Stateless
	}
	return Sessionful
}

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
