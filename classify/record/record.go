// Package record reads recorded answers into observations: JSON lines as in
// classify/testdata/wire.jsonl, and HAR files as browsers and proxies save them.
package record

import (
	"bytes"
	"io"
	"iter"

	"github.com/mcprecover/mcprecover/classify"
)

// Record is one recorded answer.
type Record struct {
	ID          string // of the line, or "entry-N" for the Nth entry of a HAR file, from 1
	Line        int    // where it begins in its file, from 1
	Observation classify.Observation
	Failure     classify.Failure // there was no answer; Observation tells the request only
	Label       classify.Class   // what somebody says it means; zero: nobody did
	Ambiguous   bool             // the label leaves doubt
	Why, Source string           // of the label
}

// Judge asks rules what the record means; nil rules are ours alone.
func (r Record) Judge(rules classify.Rules) classify.Verdict {
	if r.Failure != 0 {
		return classify.OfFailure(r.Failure)
	}
	return rules.Of(r.Observation)
}

// Read reads JSON lines or a HAR file: a file whose first object begins with
// "log" is a HAR file. A record that cannot be read comes as an error that names
// its line and field, and reading goes on behind it where it can; an error of
// the reader ends it.
func Read(r io.Reader) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		start := make([]byte, 512)
		n, err := io.ReadFull(r, start)
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			yield(Record{}, err)
			return
		}
		all := io.MultiReader(bytes.NewReader(start[:n]), r)
		read := JSONLines(all)
		if isHAR(start[:n]) {
			read = HAR(all)
		}
		read(yield)
	}
}

func isHAR(start []byte) bool {
	start = bytes.TrimPrefix(start, []byte("\xEF\xBB\xBF"))
	rest, ok := bytes.CutPrefix(bytes.TrimSpace(start), []byte("{"))
	return ok && bytes.HasPrefix(bytes.TrimSpace(rest), []byte(`"log"`))
}

// clip bounds a body to what a classifier reads.
func clip(body []byte) []byte { return body[:min(len(body), classify.MaxBody)] }
