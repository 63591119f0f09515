package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"strings"

	"github.com/mcprecover/mcprecover/classify"
)

// MaxLine is the longest line that JSONLines reads: 1 MiB.
const MaxLine = 1 << 20

// jsonLine has the members of a line; all but status may be absent.
type jsonLine struct {
	ID         string       `json:"id"`
	Method     string       `json:"method"`
	RPCMethod  string       `json:"rpc_method"`
	HadSession bool         `json:"had_session"`
	Era        classify.Era `json:"era"`
	Status     int          `json:"status"`
	Headers    headers      `json:"headers"`
	Body       string       `json:"body"`
	Label      label        `json:"label"`
	Why        string       `json:"why"`
	Source     string       `json:"source"`
	Ambiguous  bool         `json:"ambiguous"`
}

// label is a class whose errors name the member.
type label classify.Class

func (l *label) UnmarshalText(text []byte) error {
	if err := (*classify.Class)(l).UnmarshalText(text); err != nil {
		return fmt.Errorf("label: %w", err)
	}
	return nil
}

// headers takes a value or a list of values for each name.
type headers map[string][]string

func (h *headers) UnmarshalJSON(data []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return errors.New("headers: want an object of texts")
	}
	*h = make(headers, len(raw))
	for name, value := range raw {
		var one string
		var many []string
		if json.Unmarshal(value, &one) == nil {
			many = []string{one}
		} else if err := json.Unmarshal(value, &many); err != nil {
			return fmt.Errorf("headers: %q is neither a text nor a list of texts", name)
		}
		(*h)[name] = many
	}
	return nil
}

// JSONLines reads one object a line, with the members of
// classify/testdata/wire.jsonl; only status must be there. Empty lines are
// skipped. See Read for errors.
func JSONLines(r io.Reader) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		lines := bufio.NewReaderSize(r, chunk)
		var data []byte
		for n := 1; ; n++ {
			var end error
			data, end = nextLine(lines, data[:0])
			if end != nil && end != io.EOF {
				yield(Record{Line: n}, fmt.Errorf("line %d: %w", n, end))
				return
			}
			if line := bytes.TrimSpace(bytes.TrimPrefix(data, []byte(byteOrderMark))); len(line) > 0 {
				rec, err := parseLine(line)
				if len(data) > MaxLine {
					rec, err = Record{}, fmt.Errorf("longer than %d bytes", MaxLine)
				}
				rec.Line = n
				if err != nil {
					err = fmt.Errorf("line %d: %w", n, err)
				}
				if !yield(rec, err) {
					return
				}
			}
			if end != nil {
				return
			}
		}
	}
}

// nextLine appends the next line to a buffer. Of one that is longer than
// MaxLine it keeps just enough to tell.
func nextLine(r *bufio.Reader, line []byte) ([]byte, error) {
	for {
		part, err := r.ReadSlice('\n')
		room := MaxLine + 1 - len(line)
		line = append(line, part[:min(len(part), room)]...)
		if err != bufio.ErrBufferFull {
			return bytes.TrimSuffix(line, []byte("\n")), err
		}
	}
}

func parseLine(data []byte) (Record, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var l jsonLine
	if err := d.Decode(&l); err != nil {
		return Record{}, plain(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return Record{}, errors.New("something stands behind the object: give one object a line")
	}
	if l.Status < 100 || l.Status > 999 {
		return Record{}, fmt.Errorf("status: %d, or missing; want an HTTP status, such as 404", l.Status)
	}
	return Record{
		ID: l.ID, Label: classify.Class(l.Label), Ambiguous: l.Ambiguous, Why: l.Why, Source: l.Source,
		Observation: classify.Observation{
			Method: l.Method, RPCMethod: l.RPCMethod, Era: l.Era, HadSession: l.HadSession,
			Status: l.Status, Header: l.Headers, Body: clip([]byte(l.Body)),
		},
	}, nil
}

// plain says what encoding/json found in the words of a file.
func plain(err error) error {
	var typed *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the object does not end: give one object a line")
	case errors.As(err, &syntax):
		return fmt.Errorf("no JSON: %w", err)
	case errors.As(err, &typed) && typed.Field == "":
		return fmt.Errorf("%s where an object belongs", typed.Value)
	case errors.As(err, &typed):
		return fmt.Errorf("%s: %s where %s belongs", typed.Field, typed.Value, kindOf(typed.Type))
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fmt.Errorf("unknown member %s; a line has id, method, rpc_method, had_session, era, status, headers, body, label, why, source, ambiguous", name)
	}
	return err
}

func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return "a text"
}
