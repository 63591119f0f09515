package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/mcprecover/mcprecover/policy"
)

// decodePolicy reads a policy file, JSON or YAML. Its error names every fault in
// a line of its own, by file, line and field; it is misuse where the file could
// not be read at all.
func decodePolicy(name string, r io.Reader) (policy.Document, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err != nil {
		return policy.Document{}, misusef("%s: %w", name, err)
	}
	text = bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF"))
	if isYAML(name, text) {
		if text, err = yamlToJSON(text); err != nil {
			return policy.Document{}, inFile(name, err)
		}
	}
	d, err := policy.DecodeDocument(bytes.NewReader(text))
	members, faults := membersOf(text)
	for _, err := range apart(err) {
		line, what := 0, strings.TrimPrefix(err.Error(), "policy: ")
		if field := new(policy.FieldError); errors.As(err, &field) {
			line = members.lineOf(field.Field)
		}
		faults = append(faults, fault{line, what})
	}
	if len(faults) == 0 {
		return d, nil
	}
	slices.SortStableFunc(faults, func(a, b fault) int { return a.line - b.line })
	var all []error
	for _, f := range faults {
		all = append(all, inFile(name, f))
	}
	return policy.Document{}, errors.Join(all...)
}

// fault is what is wrong on a line of a file; 0: it is not known on which.
type fault struct {
	line int
	what string
}

func (f fault) Error() string {
	if f.line == 0 {
		return f.what
	}
	return fmt.Sprintf("line %d: %s", f.line, f.what)
}

// isYAML goes by the name, and where that does not tell, by the first byte: a
// policy file in JSON is an object.
func isYAML(name string, text []byte) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml":
		return true
	case ".json":
		return false
	}
	return !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{"))
}

// apart takes a joined error apart.
func apart(err error) []error {
	if err == nil {
		return nil
	}
	joined, isJoined := err.(interface{ Unwrap() []error })
	if !isJoined {
		return []error{err}
	}
	var errs []error
	for _, e := range joined.Unwrap() {
		errs = append(errs, apart(e)...)
	}
	return errs
}

// inFile names the file in a fault, and keeps it to a line: it repeats values of
// the file, whatever those hold.
func inFile(name string, err error) error {
	var line strings.Builder
	for _, r := range err.Error() {
		if unicode.IsPrint(r) {
			line.WriteRune(r)
		} else {
			line.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return fmt.Errorf("%s: %s", name, &line)
}
