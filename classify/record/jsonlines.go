package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"github.com/mcprecover/mcprecover/classify"
)

// MaxLine is the longest line that JSONLines reads: 1 MiB.
const MaxLine = 1 << 20

// jsonLine has the members of a line; all but status may be absent.
type jsonLine struct {
	ID         string         `json:"id"`
	Method     string         `json:"method"`
	RPCMethod  string         `json:"rpc_method"`
	HadSession bool           `json:"had_session"`
	Era        classify.Era   `json:"era"`
	Status     int            `json:"status"`
	Headers    headers        `json:"headers"`
	Body       string         `json:"body"`
	Label      classify.Class `json:"label"`
	Why        string         `json:"why"`
	Source     string         `json:"source"`
	Ambiguous  bool           `json:"ambiguous"`
}

// headers takes a value or a list of values for each name.
type headers map[string][]string

func (h *headers) UnmarshalJSON(data []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return fmt.Errorf("headers: %w", err)
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
// skipped. See Read for errors; a line beyond MaxLine ends the reading.
func JSONLines(r io.Reader) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		s := bufio.NewScanner(r)
		s.Buffer(make([]byte, 0, 64<<10), MaxLine)
		n := 0
		for s.Scan() {
			n++
			data := bytes.TrimSpace(bytes.TrimPrefix(s.Bytes(), []byte("\xEF\xBB\xBF")))
			if len(data) == 0 {
				continue
			}
			rec, err := parseLine(data)
			rec.Line = n
			if err != nil {
				err = fmt.Errorf("line %d: %w", n, err)
			}
			if !yield(rec, err) {
				return
			}
		}
		if err := s.Err(); err != nil {
			yield(Record{Line: n + 1}, fmt.Errorf("line %d: %w", n+1, err))
		}
	}
}

func parseLine(data []byte) (Record, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var l jsonLine
	if err := d.Decode(&l); err != nil {
		return Record{ID: l.ID}, err
	}
	if _, err := d.Token(); err != io.EOF {
		return Record{ID: l.ID}, fmt.Errorf("something stands behind the object")
	}
	if l.Status < 100 || l.Status > 999 {
		return Record{ID: l.ID}, fmt.Errorf("status: missing or %d; want an HTTP status", l.Status)
	}
	return Record{
		ID: l.ID, Label: l.Label, Ambiguous: l.Ambiguous, Why: l.Why, Source: l.Source,
		Observation: classify.Observation{
			Method: l.Method, RPCMethod: l.RPCMethod, Era: l.Era, HadSession: l.HadSession,
			Status: l.Status, Header: l.Headers, Body: clip([]byte(l.Body)),
		},
	}, nil
}
