package faults

import (
	"fmt"
	"time"
)

// Duration is a time.Duration whose text form is "250ms" or "1m30s", as
// time.ParseDuration reads it.
type Duration time.Duration

// String is the duration as time.Duration prints it.
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalText makes a Duration its text form in JSON.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the text form.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf(`%.60q is no duration: write it as "250ms" or "1m30s"`, text)
	}
	*d = Duration(v)
	return nil
}
