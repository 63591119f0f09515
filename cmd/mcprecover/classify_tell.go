package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/classify/record"
)

// verdictLine is what programs read; its members are all always there.
type verdictLine struct {
	ID           string            `json:"id"`
	Class        classify.Class    `json:"class"`
	Reason       classify.Reason   `json:"reason"`
	Executed     classify.Executed `json:"executed"`
	Code         int               `json:"code"`
	RetryAfterMS int64             `json:"retry_after_ms"`
}

// verdicts tells for programs: a line of JSON each, written at once.
type verdicts struct{ out io.Writer }

func (v verdicts) tell(r record.Record, rules classify.Rules) error {
	w := r.Judge(rules)
	e := json.NewEncoder(v.out)
	e.SetEscapeHTML(false)
	return e.Encode(verdictLine{r.ID, w.Class, w.Reason, w.Executed, w.Code, w.RetryAfter.Milliseconds()})
}

func (v verdicts) end() error { return nil }

// explanations tells for people.
type explanations struct{ out io.Writer }

func (e explanations) tell(r record.Record, rules classify.Rules) error {
	x := r.Explain(rules)
	v := x.Verdict
	facts := []string{v.Class.String() + ", " + v.Reason.String(), "executed: " + v.Executed.String()}
	if v.Code != 0 {
		facts = append(facts, "code "+strconv.Itoa(v.Code))
	}
	if v.RetryAfter != 0 {
		facts = append(facts, "retry after "+v.RetryAfter.Round(time.Millisecond).String())
	}
	_, err := fmt.Fprintf(e.out, "%s: %s\n%s", inLine(r.ID), strings.Join(facts, "; "), explained(x))
	return err
}

func (e explanations) end() error { return nil }

// explained says which rule spoke, and what was seen, a line or more each.
func explained(x classify.Explanation) string {
	rule := x.Rule
	if x.User > 0 {
		rule = fmt.Sprintf("your rule %d", x.User)
		if x.Rule != "" {
			rule += ", " + inLine(x.Rule)
		}
	}
	var b strings.Builder
	say := func(what, text string) {
		if text != "" {
			b.WriteString(hang("    "+what, 11, text))
		}
	}
	say("rule", rule)
	say("saw", strings.Join(x.Facts, ", "))
	say("phrase", x.Phrase)
	for _, t := range x.Text {
		say("text", strconv.Quote(start(t)))
	}
	return b.String()
}

// start bounds what is shown of a text.
func start(text string) string {
	const most = 300
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}

// inLine is a text of a file as it may stand in a line of a terminal.
func inLine(text string) string {
	for _, r := range text {
		if !unicode.IsPrint(r) {
			return strconv.Quote(text)
		}
	}
	return text
}

// pageWidth is what lines for people keep to, in columns.
const pageWidth = 100

// hang writes a word, and beside it, from a column on, a text in as many lines
// as it takes.
func hang(word string, column int, text string) string {
	var b strings.Builder
	at := column
	fmt.Fprintf(&b, "%-*s", column, word)
	for i, w := range strings.Fields(text) {
		n := len([]rune(w))
		switch {
		case i == 0:
		case at+1+n > pageWidth:
			b.WriteString("\n" + strings.Repeat(" ", column))
			at = column
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(w)
		at += n
	}
	return b.String() + "\n"
}
