package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/mcprecover/mcprecover/classify"
)

// play plays a file of command lines, each behind "$" as a shell reads it, also
// with "< FILE", and compares with what the file says that they print: stdout as
// it is, stderr behind "!", and the exit code.
func play(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	played, inComment := 0, false
	for line := range strings.Lines(string(text)) {
		typed, isCommand := strings.CutPrefix(line, "$ mcprecover ")
		switch {
		case isCommand:
			got.WriteString(line + screenOf(t, strings.TrimSpace(typed)) + "\n")
			played++
		case line[0] == '#', line == "\n" && inComment:
			got.WriteString(line)
		}
		inComment = line[0] == '#'
	}
	if played == 0 {
		t.Fatalf("%s: no command in it", file)
	}
	golden(t, file, got.String())
}

func screenOf(t *testing.T, typed string) string {
	t.Helper()
	typed, from, _ := strings.Cut(typed, "< ")
	var stdin []byte
	if from != "" {
		var err error
		if stdin, err = os.ReadFile(from); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), shellWords(typed), bytes.NewReader(stdin), &stdout, &stderr, nowhere)
	var screen strings.Builder
	screen.Write(stdout.Bytes())
	for line := range strings.Lines(stderr.String()) {
		screen.WriteString("! " + line)
	}
	fmt.Fprintf(&screen, "exit %d\n", code)
	return screen.String()
}

// TestClassify plays testdata/classify.txt.
func TestClassify(t *testing.T) { play(t, "testdata/classify.txt") }

// The answers of real servers are what their labels say.
func TestClassifyChecksTheCorpus(t *testing.T) {
	for _, file := range []string{"wire", "unseen"} {
		screen := screenOf(t, "classify --check ../../classify/testdata/"+file+".jsonl")
		if strings.Contains(screen, "\ndiffering:") || !strings.HasSuffix(screen, "exit 0\n") {
			t.Error(screen)
		}
	}
}

// A line is answered before the next one is read, so that the command can stand
// in a pipe that never ends; and nothing is kept of it.
func TestClassifyAnswersAtOnce(t *testing.T) {
	typed, stdin := io.Pipe()
	screen, stdout := io.Pipe()
	ended := make(chan int)
	go func() {
		ended <- run(t.Context(), []string{"classify"}, typed, stdout, io.Discard, nowhere)
		stdout.Close()
	}()
	lines := json.NewDecoder(screen)
	for n := range 3 {
		fmt.Fprintf(stdin, `{"id": "%d", "status": %d}`+"\n", n, 400+n)
		var v verdictLine
		if err := lines.Decode(&v); err != nil || v.ID != fmt.Sprint(n) || v.Class != classify.Of(classify.Observation{Status: 400 + n}).Class {
			t.Fatalf("%+v, %v", v, err)
		}
	}
	stdin.Close()
	if code := <-ended; code != exitDone {
		t.Errorf("exit %d", code)
	}
}

// Whoever is asked to type may think better of it.
func TestClassifyIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	typed, stdin := io.Pipe()
	defer stdin.Close()
	var stderr bytes.Buffer
	ended := make(chan int)
	go func() { ended <- run(ctx, []string{"classify"}, typed, io.Discard, &stderr, nowhere) }()
	cancel(errors.New("a person pressed Ctrl-C"))
	if code := <-ended; code != exitFailed || stderr.String() != "mcprecover classify: stdin: not read to its end: a person pressed Ctrl-C\n" {
		t.Errorf("exit %d, %s", code, &stderr)
	}
}

// A disk that is full, or a pipe whose reader has gone, ends it with an error.
func TestClassifyCannotWrite(t *testing.T) {
	for _, flag := range []string{"--check", "--explain", "--rules="} {
		var stderr bytes.Buffer
		code := run(t.Context(), []string{"classify", flag}, strings.NewReader(`{"status": 200, "label": "ok"}`), full{}, &stderr, nowhere)
		if code != exitFailed || stderr.String() != "mcprecover classify: writing to stdout: no space left\n" {
			t.Errorf("%s: exit %d, %s", flag, code, &stderr)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// Of many differences the first are shown, and the rest is counted.
func TestClassifyShowsNotAllDifferences(t *testing.T) {
	const more = 7
	stdin := strings.Repeat(`{"status": 404, "label": "ok"}`+"\n", maxShown+more)
	var stdout bytes.Buffer
	code := run(t.Context(), []string{"classify", "--check"}, strings.NewReader(stdin), &stdout, io.Discard, nowhere)
	screen := stdout.String()
	if code != exitFailed || !strings.HasSuffix(screen, fmt.Sprintf("\n  and %d more\n", more)) || strings.Count(screen, "line-") != maxShown {
		t.Errorf("exit %d, %d shown\n%.800s", code, strings.Count(screen, "line-"), screen)
	}
}

// Only a terminal is asked to type.
func TestIsTerminal(t *testing.T) {
	for _, c := range []struct {
		file string
		want bool
	}{{os.DevNull, false}, {"classify_test.go", false}, {"/dev/ptmx", true}} {
		f, err := os.Open(c.file)
		if err != nil {
			t.Logf("%s: %v", c.file, err)
			continue
		}
		if got := isTerminal(f); got != c.want {
			t.Errorf("%s: %v, want %v", c.file, got, c.want)
		}
		f.Close()
	}
	if isTerminal(strings.NewReader("")) {
		t.Error("a text is no terminal")
	}
}
