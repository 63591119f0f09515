package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/classify/record"
)

type classifyFlags struct {
	rules          string
	check, explain bool
}

func classifyCommand(p *process) *cobra.Command {
	var f classifyFlags
	c := &cobra.Command{
		Use:   "classify [FILE]",
		Short: "Say what recorded answers mean",
		Long: `classify reads recorded answers of MCP servers from FILE, or from stdin without
one or with "-", and says what each means: ok, stale (the session is lost),
auth, transient or fatal, and by which rule. It reads HAR files, as browsers and
proxies save them, and JSON with one object a line, such as

  {"id": "a", "had_session": true, "status": 404, "body": "no such session"}

status must be there. There may be method, rpc_method, headers (an object), era
("sessionful" or "stateless"), label (the class that a person thinks right),
ambiguous (true: the label leaves doubt), why and source.

On stdout comes one line of JSON for each answer, in their order, with id,
class, reason, executed, code and retry_after_ms. --explain writes for people
instead: the rule that spoke and what it saw, texts of the answers included.
--check compares with the labels instead, and prints a table.

--rules FILE is a JSON array of rules of your own, asked in their order before the
built-in ones, here and in the proxy:

  [{"name": "our gateway", "status": [419], "contains": "session", "class": "stale"}]

A rule has a class and at least one of status, content_type, header (an object of
names and what their values contain), contains and match (a regular expression).
"executed": "no" says that such an answer is given before anything ran.

What cannot be read is named on stderr by file and line, and the rest is
classified all the same.

Exit codes: 0 done; 1 with --check, an answer that is not ambiguous differs from
its label; 2 something could not be read, or --check found no label at all.`,
		Example: `  mcprecover classify session.har
  echo '{"status": 401, "had_session": true, "body": "Session not found"}' | mcprecover classify --explain
  mcprecover classify --check --rules rules.json answers.jsonl`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.classify(c.Context(), append(args, "-")[0], f)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.rules, "rules", "", "JSON `FILE` with classifier rules, asked before the built-in ones")
	flags.BoolVar(&f.check, "check", false, "compare with the labels of the answers, and print a table")
	flags.BoolVar(&f.explain, "explain", false, "say which rule spoke and what it saw; with --check, of those that differ")
	return c
}

// teller tells of the answers that were judged, one after the other.
type teller interface {
	tell(record.Record, classify.Rules) error
	end() error
}

// classify judges a file of answers. Nothing of an answer is kept once it has
// been told.
func (p *process) classify(ctx context.Context, file string, f classifyFlags) error {
	rules, err := readRules(f.rules)
	if err != nil {
		return err
	}
	in, name, err := p.input(ctx, file, "answers, one JSON object a line (--help shows one),")
	if err != nil {
		return misuse{err}
	}
	defer in.Close()

	var out teller
	switch {
	case f.check:
		out = &check{out: p.stdout, explain: f.explain}
	case f.explain:
		out = explanations{p.stdout}
	default:
		out = verdicts{p.stdout}
	}
	read, broken := 0, 0
	from := bufio.NewReader(in)
	_, err = from.Peek(1)
	isEmpty := err == io.EOF
	for r, err := range record.Read(from) {
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("%s: not read to its end: %w", name, context.Cause(ctx))
		case err != nil:
			broken++
			fmt.Fprintf(p.stderr, "mcprecover classify: %s: %v\n", name, err)
			continue
		}
		read++
		if r.ID == "" {
			r.ID = fmt.Sprintf("line-%d", r.Line)
		}
		if err := out.tell(r, rules); err != nil {
			return fmt.Errorf("writing to stdout: %w", err)
		}
	}
	if read+broken == 0 && !isEmpty {
		fmt.Fprintf(p.stderr, "mcprecover classify: %s: no MCP request in it\n", name)
	}
	err = out.end()
	if broken > 0 {
		err = errors.Join(err, misusef("%s: %s; what could be read is classified", name, count(broken, "fault", "faults")))
	}
	return err
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
