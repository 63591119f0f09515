package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// Numbers are written as people write them; what is none is told so.
func TestWholeNumbers(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
		ok   bool
	}{
		{"100000", 100_000, true}, {"100_000", 100_000, true}, {"1e5", 100_000, true}, {"2.5e3", 2500, true}, {"-3", -3, true}, {"0", 0, true},
		{"abc", 0, false}, {"1.5", 0, false}, {"", 0, false}, {"NaN", 0, false}, {"Inf", 0, false}, {"1e300", 0, false},
		{"99999999999999999999", 0, false}, {"1e17", 0, false},
	} {
		var n int
		f := pflag.NewFlagSet("", pflag.ContinueOnError)
		wholeFlag(f, &n, "n", 7, "")
		if err := f.Set("n", c.text); (err == nil) != c.ok || c.ok && n != c.want {
			t.Errorf("%q: %d, %v", c.text, n, err)
		}
	}
	var seed uint64
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	wholeFlag(f, &seed, "seed", 1, "")
	if err := f.Set("seed", "18446744073709551615"); err != nil || seed != math.MaxUint64 {
		t.Errorf("%d, %v", seed, err)
	}
	if err := f.Set("seed", "-1"); err == nil {
		t.Error("a seed below 0")
	}
}

// Whether a file can be written is found out before anything is simulated, and
// nothing is left behind or lost by finding out.
func TestOutputs(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "trace.jsonl")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		files []output
		want  string // "": they can be written
	}{
		{[]output{{"out", filepath.Join(dir, "new.json")}, {"html", ""}}, ""},
		{[]output{{"html", "/dev/null"}}, ""},
		{[]output{{"out", filepath.Join(dir, "none", "new.json")}}, "--out: create "},
		{[]output{{"out", dir}}, "is a directory"},
		{[]output{{"out", file}}, "is what is read"},
		{[]output{{"out", filepath.Join(dir, "link")}}, "is what is read"},
		{[]output{{"out", filepath.Join(dir, "a")}, {"html", dir + "/./a"}}, "--html: " + dir + "/./a is what --out writes"},
	} {
		err := outputs(c.files, "default", file)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%v: %v, want %q", c.files, err, c.want)
		}
	}
	left, _ := os.ReadDir(dir)
	if text, _ := os.ReadFile(file); string(text) != "precious" || len(left) != 2 {
		t.Errorf("%q, and %v", text, left)
	}
}
