package nethttp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/mcprecover/mcprecover/classify"
)

// readResult reads the answer to an initialize, as JSON or as an event stream,
// and returns its raw result. The response can still be read from the start.
func readResult(resp *http.Response, id []byte) (result []byte, err error) {
	var answer []byte
	if isEventStream(resp.Header) {
		var seen []byte
		seen, err = readEvents(resp.Body, func(data []byte) bool {
			m := scan(data)
			if !m.response() || !bytes.Equal(m.id, id) {
				return false
			}
			answer = bytes.Clone(data)
			return true
		})
		resp.Body = again(seen, resp.Body)
	} else {
		var more bool
		more, err = fill(&answer, resp.Body, maxReplay)
		resp.Body.Close()
		resp.Body = reader(answer)
		if more {
			err = errTooLarge
		}
	}
	if errors.Is(err, errTooLarge) {
		return nil, noResult{fmt.Errorf("the answer to initialize: %w", err)}
	}
	if err != nil {
		return nil, fmt.Errorf("reading the answer to initialize: %w", err)
	}
	if m := scan(answer); !bytes.Equal(m.id, id) {
		return nil, noResult{fmt.Errorf("the answer to initialize carries the JSON-RPC id %.40q, not %.40q", m.id, id)}
	}
	if result = member(answer, "result"); len(result) == 0 || result[0] != '{' {
		return nil, noResult{errors.New("the answer to initialize holds no result object")}
	}
	return result, nil
}

// noResult is an answer that came whole, and is none to an initialize: another
// try would read the same.
type noResult struct{ error }

func (e noResult) Unwrap() error { return e.error }

// verdictOf judges an initialize whose answer could not be read.
func verdictOf(err error, failure classify.Failure) classify.Verdict {
	if errors.As(err, new(noResult)) {
		return classify.Verdict{Class: classify.Fatal, Reason: classify.ForeignAnswer}
	}
	return classify.OfFailure(failure)
}

// readEvents reads an event stream until found accepts the data of an event.
// It returns all that it read, of which the last event ends the interesting
// part, and fails at the stream's end or beyond maxReplay bytes.
func readEvents(r io.Reader, found func(data []byte) bool) (seen []byte, err error) {
	var data []byte
	line := 0 // where the line under way starts
	for {
		for {
			n := bytes.IndexByte(seen[line:], '\n')
			if n < 0 {
				break
			}
			text := bytes.TrimSuffix(seen[line:line+n], []byte("\r"))
			line += n + 1
			if value, ok := bytes.CutPrefix(text, []byte("data:")); ok {
				data = append(append(data, bytes.TrimPrefix(value, []byte(" "))...), '\n')
			}
			if len(text) == 0 && len(data) > 0 {
				if found(data[:len(data)-1]) {
					return seen, nil
				}
				data = data[:0]
			}
		}
		if len(seen) >= maxReplay {
			return seen, errTooLarge
		}
		seen = append(seen, make([]byte, 512)...)[:len(seen)]
		n, err := r.Read(seen[len(seen):min(cap(seen), maxReplay)])
		seen = seen[:len(seen)+n]
		if n == 0 && err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return seen, err
		}
	}
}
