package classify

// Class is what an answer means for the call that got it. The zero value is
// none of the five and never comes out of Of.
type Class uint8

const (
	_         Class = iota
	OK              // a proper answer, even where a tool result reports an error
	Stale           // the session is lost: drop its id, initialize without one, then perhaps resend
	Auth            // credentials missing, expired, wrong or too weak
	Transient       // the same request may succeed later
	Fatal           // the same request cannot succeed; the session stays valid
)

var classes = [...]string{OK: "ok", Stale: "stale", Auth: "auth", Transient: "transient", Fatal: "fatal"}

// Classes returns the five classes in their order, in a new slice.
func Classes() []Class { return []Class{OK, Stale, Auth, Transient, Fatal} }

// String returns the word used in logs and files, such as "stale"; the zero
// value is "none".
func (c Class) String() string { return spell(classes[:], uint8(c), "none") }

// MarshalText writes the word of String; the zero value is empty.
func (c Class) MarshalText() ([]byte, error) { return marshal("class", classes[:], uint8(c)) }

// UnmarshalText reads a word written by MarshalText.
func (c *Class) UnmarshalText(text []byte) error {
	n, err := unmarshal("class", classes[:], text)
	if err == nil {
		*c = Class(n)
	}
	return err
}
