package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

// TestMain fails where a test leaves something running.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// nowhere is an environment without variables.
func nowhere(string) (string, bool) { return "", false }

// environment has the variables of "NAME=value" words.
func environment(words ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, w := range words {
			if value, ok := strings.CutPrefix(w, name+"="); ok {
				return value, true
			}
		}
		return "", false
	}
}

// TestTerminal plays files that are read as a terminal: a command line behind
// "$", as a shell reads it, then what it prints, stderr behind "!", and its exit
// code. $BUSY is a port that somebody else listens on.
func TestTerminal(t *testing.T) {
	for _, file := range []string{"testdata/help.txt", "testdata/mistakes.txt"} {
		t.Run(file, func(t *testing.T) { terminal(t, file) })
	}
}

func terminal(t *testing.T, file string) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	_, port, _ := net.SplitHostPort(busy.Addr().String())

	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	printing := false // between a command and its exit code
	for line := range strings.Lines(string(text)) {
		typed, isCommand := strings.CutPrefix(line, "$ ")
		switch {
		case isCommand:
			printing = true
			got.WriteString(line)
			printed := typeIn(t, strings.ReplaceAll(strings.TrimSpace(typed), "$BUSY", port))
			got.WriteString(strings.ReplaceAll(printed, port, "$BUSY"))
		case strings.HasPrefix(line, "exit "):
			printing = false
		case !printing && (line == "\n" || line[0] == '#'):
			got.WriteString(line)
		}
	}
	golden(t, file, got.String())
}

// typeIn runs a command line such as NAME=value mcprecover help, and returns
// all that a terminal would show.
func typeIn(t *testing.T, line string) string {
	t.Helper()
	words := shellWords(line)
	var env []string
	for len(words) > 0 && words[0] != "mcprecover" {
		env, words = append(env, words[0]), words[1:]
	}
	if len(words) == 0 {
		t.Fatalf("no mcprecover in %q", line)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stdout, stderr bytes.Buffer
	code := run(ctx, words[1:], strings.NewReader(""), cutOff{&stdout, cancel}, &stderr, environment(env...))
	for line := range strings.Lines(stderr.String()) {
		stdout.WriteString("! " + line)
	}
	fmt.Fprintf(&stdout, "exit %d\n", code)
	return stdout.String()
}

// cutOff ends a command once it serves, which these should not.
type cutOff struct {
	out    *bytes.Buffer
	cancel context.CancelFunc
}

func (c cutOff) Write(p []byte) (int, error) {
	if bytes.HasPrefix(p, []byte("listening on ")) {
		c.cancel()
	}
	return c.out.Write(p)
}

// shellWords splits a line as a shell does, as far as single quotes go.
func shellWords(line string) (words []string) {
	var word strings.Builder
	quoted, begun := false, false
	for _, r := range line {
		switch {
		case r == '\'':
			quoted, begun = !quoted, true
		case r == ' ' && !quoted:
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if begun {
		words = append(words, word.String())
	}
	return words
}

// golden compares with a file in testdata.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got); go test -update rewrites it:\n%s", file, d)
	}
}
