package classify

// Executed says whether the request may have been run by the server. Only No
// proves that sending it again is not a second run.
type Executed uint8

const (
	Unknown Executed = iota // a handler may have run
	No                      // refused before it ran, or never sent
	Yes                     // accepted: it ran, or is running
)

var executions = [...]string{Unknown: "unknown", No: "no", Yes: "yes"}

// String returns "unknown", "no" or "yes".
func (e Executed) String() string { return word(executions[:], uint8(e), "") }

// MarshalText writes the word of String.
func (e Executed) MarshalText() ([]byte, error) {
	return marshal("executed", executions[:], uint8(e))
}

// UnmarshalText reads a word written by MarshalText.
func (e *Executed) UnmarshalText(text []byte) error {
	n, err := unmarshal("executed", executions[:], text)
	if err == nil {
		*e = Executed(n)
	}
	return err
}
