// Package record reads recorded answers into observations: JSON lines as in
// classify/testdata/wire.jsonl, and HAR files as browsers and proxies save them.
package record

import (
	"bufio"
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

// Explain is Judge that says why.
func (r Record) Explain(rules classify.Rules) classify.Explanation {
	if r.Failure != 0 {
		return classify.Explanation{Verdict: classify.OfFailure(r.Failure), Rule: "no answer"}
	}
	return rules.Explain(r.Observation)
}

// Read reads JSON lines or a HAR file: a file whose first object begins with
// "log" is a HAR file. A record that cannot be read comes as an error that names
// its line and field, and reading goes on behind it where it can; an error of
// the reader ends it. Lines are told as they come.
func Read(r io.Reader) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		start := bufio.NewReaderSize(r, chunk)
		isHAR, err := beginsLikeHAR(start)
		switch {
		case err != nil:
			yield(Record{}, err)
		case isHAR:
			HAR(start)(yield)
		default:
			JSONLines(start)(yield)
		}
	}
}

// chunk is what is asked of a reader at once, in bytes.
const chunk = 64 << 10

// beginsLikeHAR looks a byte at a time and no further than it must: somebody
// may be typing the lines.
func beginsLikeHAR(r *bufio.Reader) (bool, error) {
	const start, farthest = `{"log"`, 512
	seen := 0
	for n := 1; n <= farthest; n++ {
		ahead, err := r.Peek(n)
		if err == io.EOF {
			return false, nil
		} else if err != nil {
			return false, err
		}
		c := ahead[n-1]
		switch {
		case n <= len(byteOrderMark) && c == byteOrderMark[n-1]:
		case seen < 2 && bytes.IndexByte([]byte(" \t\r\n"), c) >= 0:
		case c != start[seen]:
			return false, nil
		case seen+1 == len(start):
			return true, nil
		default:
			seen++
		}
	}
	return false, nil
}

const byteOrderMark = "\xEF\xBB\xBF"

// clip bounds a body to what a classifier reads.
func clip(body []byte) []byte { return body[:min(len(body), classify.MaxBody)] }
