package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// maxInput bounds the files that a command reads whole, in bytes.
const maxInput = 4 << 20

// parseUpstream reads the --upstream flag; what it cannot read it does not
// repeat, since URLs carry keys.
func parseUpstream(text string) (*url.URL, error) {
	if text == "" {
		return nil, misusef("--upstream is missing: give the URL of an MCP server, such as http://127.0.0.1:8080/mcp")
	}
	if !strings.Contains(text, "://") {
		return nil, misusef("--upstream: it does not begin with http:// or https://: give a URL such as http://127.0.0.1:8080/mcp")
	}
	u, err := url.Parse(text)
	if err != nil {
		var inner *url.Error
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return nil, misusef("--upstream: not a URL: %w; give one such as http://127.0.0.1:8080/mcp", err)
	}
	return u, nil
}

// readPolicy reads the --policy flag, which names a preset or a policy file; nil
// without one.
func readPolicy(name string) (*policy.Policy, error) {
	if name == "" {
		return nil, nil
	}
	if p, isPreset := policy.Named(name); isPreset {
		return &p, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, misusef("--policy: %w", orPreset(name, err))
	}
	defer f.Close()
	d, err := decodePolicy(name, f)
	if err != nil {
		return nil, misuse{inEachLine("--policy: ", err)}
	}
	return &d.Policy, nil
}

// readRules reads a user's own classifier rules; nil without a file.
func readRules(file string) (classify.Rules, error) {
	if file == "" {
		return nil, nil
	}
	text, err := readFile("--rules", file)
	if err != nil {
		return nil, err
	}
	rules, err := classify.DecodeRules([]byte(text))
	if err != nil {
		return nil, misuse{inEachLine("--rules: "+file+": ", err)}
	}
	return rules, nil
}

func readFile(flag, file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", misusef("%s: %w", flag, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxInput+1))
	switch {
	case err != nil:
		return "", misusef("%s: %w", flag, err)
	case len(text) > maxInput:
		return "", misusef("%s: %s: more than %d bytes", flag, file, maxInput)
	}
	return string(text), nil
}

// inEachLine begins each line of an error that names several faults.
func inEachLine(prefix string, err error) error {
	var faults []error
	for line := range strings.SplitSeq(err.Error(), "\n") {
		faults = append(faults, errors.New(prefix+line))
	}
	return errors.Join(faults...)
}

// input opens a file, or stdin where its name is "-". What is read ends with an
// error when ctx does; what is wanted is said to whoever would have to type it.
func (p *process) input(ctx context.Context, file, wanted string) (in io.ReadCloser, name string, err error) {
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, file, err
		}
		return interruptible(ctx, f), file, nil
	}
	if isTerminal(p.stdin) {
		fmt.Fprintf(p.stderr, "reading %s from the terminal; end it with Ctrl-D\n", wanted)
	}
	return interruptible(ctx, io.NopCloser(p.stdin)), "stdin", nil
}

// interruptible reads from r, and closes it, until ctx ends: to read from a
// terminal cannot be broken off, but it can be left.
func interruptible(ctx context.Context, r io.ReadCloser) io.ReadCloser {
	out, in := io.Pipe()
	stop := context.AfterFunc(ctx, func() { in.CloseWithError(context.Cause(ctx)) })
	go func() {
		defer r.Close()
		defer stop()
		_, err := io.Copy(in, r)
		in.CloseWithError(err)
	}()
	return out
}

// isTerminal: somebody types there. The null device is a character device too.
func isTerminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	if !ok {
		return false
	}
	at, err := f.Stat()
	if err != nil || at.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(at, null)
}
