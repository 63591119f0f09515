package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Schema is the version of the policy file's format that this package writes.
// It reads this one and older ones.
const Schema = 1

// maxDocument bounds a policy file, in bytes.
const maxDocument = 1 << 20

// Document is a policy file: a policy, and where it comes from. In JSON the
// policy's fields stand beside schema and provenance.
type Document struct {
	Schema     int         `json:"schema"`
	Provenance *Provenance `json:"provenance,omitempty"`
	Policy
}

// Provenance says how a policy was found. Nothing is decided by it.
type Provenance struct {
	Preset   string             `json:"preset,omitempty"`   // the named policy it started from
	Scenario string             `json:"scenario,omitempty"` // what it was tuned for
	Seed     uint64             `json:"seed,omitempty"`     // of the tuning
	Version  string             `json:"version,omitempty"`  // of the program that tuned it
	Figures  map[string]float64 `json:"figures,omitempty"`  // what the tuning measured, by name with its unit
}

// Decode reads a policy file as JSON. Missing fields take Default's value. The
// error joins one *FieldError for each unknown field, each value of a wrong
// kind and each value out of range.
func Decode(r io.Reader) (Policy, error) {
	d, err := DecodeDocument(r)
	return d.Policy, err
}

// Encode writes a policy file without provenance. Decode reads it back equal.
func Encode(w io.Writer, p Policy) error { return Document{Policy: p}.Encode(w) }

// DecodeDocument is Decode that keeps the provenance.
func DecodeDocument(r io.Reader) (Document, error) {
	d := Document{Schema: Schema, Policy: Default()}
	text, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	switch {
	case err != nil:
		return Document{}, fmt.Errorf("policy: read: %w", err)
	case len(text) > maxDocument:
		return Document{}, fmt.Errorf("policy: more than %d bytes: this is no policy file", maxDocument)
	}
	var header struct {
		Schema int `json:"schema"`
	}
	if err := json.Unmarshal(text, &header); err == nil && header.Schema > Schema {
		return Document{}, fmt.Errorf("policy: schema is %d: this version reads up to %d, a newer one wrote the file", header.Schema, Schema)
	}
	faults := decodeObject("", text, &d)
	if d.Schema < 1 && len(faults) == 0 {
		faults = append(faults, &FieldError{"schema", fmt.Sprint(d.Schema), fmt.Sprintf("1 to %d", Schema)})
	}
	if err := errors.Join(append(faults, d.Validate())...); err != nil {
		return Document{}, err
	}
	d.Schema = Schema
	return d, nil
}

// Encode writes the document as indented JSON of the present schema.
func (d Document) Encode(w io.Writer) error {
	d.Schema = Schema
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(d)
}
