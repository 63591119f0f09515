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
func (e Executed) String() string { return spell(executions[:], uint8(e), "") }

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

// executed says what a class and a status prove. A refusal with one of these
// statuses comes from before the handler (RFC 9110 section 15.5; MCP servers
// look for the session, the version and the media types first); 408, 424, 499
// and 5xx may come from behind it, and so may an error inside a 2xx.
func executed(class Class, status int) Executed {
	switch class {
	case OK:
		return Yes
	case Auth:
		return No
	case Stale:
		if status >= 300 && status < 500 {
			return No
		}
		return Unknown
	}
	switch {
	case status == 400, status >= 404 && status <= 407, status >= 409 && status <= 417,
		status == 421, status == 422, status == 425, status == 426, status == 429, status == 431:
		return No
	}
	return Unknown
}
