package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/mcprecover/mcprecover/policy"
)

// TestPolicy plays testdata/policy.txt.
func TestPolicy(t *testing.T) { play(t, "testdata/policy.txt") }

// testdata/policy/faults.txt shows policy files and what is said of them.
func TestPolicyFaults(t *testing.T) {
	const file = "testdata/policy/faults.txt"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, part := range strings.Split(string(text), "==== ")[1:] {
		name, rest, _ := strings.Cut(part, "\n")
		content, _, _ := strings.Cut(rest, "---- says\n")
		_, err := decodePolicy(name, strings.NewReader(content))
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		got.WriteString("==== " + name + "\n" + content + "---- says\n" + err.Error() + "\n")
	}
	golden(t, file, got.String())
}

// What is shown of a policy, in either form, is a file that holds that policy.
func TestPolicyShowsWhatItReads(t *testing.T) {
	for _, preset := range policy.Presets() {
		for _, form := range []string{"", " --yaml"} {
			printed := strings.TrimSuffix(screenOf(t, "policy show "+preset.Name+form), "exit 0\n")
			d, err := decodePolicy("shown", strings.NewReader(printed))
			if err != nil || d.Policy != preset.Policy || d.Provenance.Preset != preset.Name {
				t.Errorf("%s%s: %v\n%s", preset.Name, form, err, cmp.Diff(preset.Policy, d.Policy))
			}
		}
	}
}

// Every field of a policy, and only those, has its meaning beside it.
func TestPolicyMeaningOfEveryField(t *testing.T) {
	fields := map[string]bool{}
	for _, l := range leaves(policy.Default()) {
		fields[l.path] = true
		if group, _, nested := strings.Cut(l.path, "."); nested {
			fields[group] = true
		}
	}
	for path := range fields {
		if _, known := meanings[path]; !known && !strings.HasPrefix(path, "handshake.") { // as refused.
			t.Errorf("%s has no meaning", path)
		}
	}
	for path := range meanings {
		if !fields[path] && !strings.HasPrefix(path, "provenance") {
			t.Errorf("%s is no field", path)
		}
	}
}

// A policy in YAML is the same policy in JSON.
func TestPolicyYAMLIsJSON(t *testing.T) {
	read := func(file string) policy.Policy {
		t.Helper()
		p, err := readPolicy(file)
		if err != nil {
			t.Fatal(err)
		}
		return *p
	}
	if d := cmp.Diff(read("testdata/policy/mine.json"), read("testdata/policy/mine.yaml")); d != "" {
		t.Error(d)
	}
	if read("testdata/policy/comments.yaml") != policy.Default() || read("default") != policy.Default() {
		t.Error("comments alone are not the default policy")
	}
	if p, err := readPolicy(""); p != nil || err != nil {
		t.Error("no --policy is a policy")
	}
}

// The name of a preset is a file only with a path before it.
func TestPolicyPresetOrFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("gentle", []byte("patience: 7s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	gentle, _ := policy.Named("gentle")
	for name, want := range map[string]policy.Duration{"gentle": gentle.Patience, "./gentle": 7e9} {
		if p, err := readPolicy(name); err != nil || p.Patience != want {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
}

// A file that is made to hurt is refused, and soon.
func TestPolicyHostileYAML(t *testing.T) {
	nested := func(levels int) string {
		var text strings.Builder
		for i := range levels {
			text.WriteString(strings.Repeat(" ", i) + "a:\n")
		}
		return text.String()
	}
	for _, c := range []struct{ name, text, want string }{
		{"wide", "#" + strings.Repeat(" ", maxYAML), "more than 16384 bytes"},
		{"endless", strings.Repeat("x", 1<<23), "more than 16384 bytes"},
		{"deep", strings.Repeat("[", maxYAML), "more than 500 brackets"},
		{"deep maps", strings.Repeat("{a: ", maxYAML/4), "more than 500 brackets"},
		{"deep lists", strings.Repeat("- ", maxYAML/2), "sequence where fields belong"},
		{"deep lists in a field", "patience:\n" + strings.Repeat("- ", maxYAML/4) + "x", "line 1: more than 20 levels"},
		{"deep fields", nested(100), "line 21: more than 20 levels"},
		{"not so deep", nested(5), "line 1: a: no such field"},
		{"bytes", "\x00\xff\xfe", "where fields belong"},
	} {
		_, err := decodePolicy("hostile.yaml", strings.NewReader(c.text))
		if err == nil || !strings.HasPrefix(err.Error(), "hostile.yaml: ") || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 400 {
			t.Errorf("%s: %.500v", c.name, err)
		}
	}
}

// What a policy file is goes by its name, else by its first byte.
func TestPolicyForms(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"a.json", `{"patience": "7s"}`},
		{"a.JSON", `{"patience": "7s"}`},
		{"a.yaml", "patience: 7s"},
		{"a.yml", "patience: 7s"},
		{"a.YAML", "{patience: 7s}"},
		{"a.yml", "{patience: 7s}"},
		{"a.yaml", `{"patience": "7s"}`},
		{"a.yaml", "# a comment\n---\nretries:\nhandshake: null\npatience: \"7\\u0073\"\n...\n"},
		{"a.yaml", "provenance:\n  scenario: |\n    restart\n    of all\npatience: >-\n  7s\n"},
		{"a.yaml", "patience: 7s\r\nretries: 2\r\n"},
		{"a.yaml", `"patien\u0063e": 7s`},
		{"stdin", `{"patience": "7s"}`},
		{"stdin", "\n\n  {\n\"patience\": \"7s\"}"},
		{"stdin", "patience: 7s"},
		{"stdin", "\xEF\xBB\xBFpatience: 7s"},
		{"a.json", "\xEF\xBB\xBF{\"patience\": \"7s\"}"},
	} {
		want := policy.Default()
		want.Patience = 7e9
		if d, err := decodePolicy(c.name, strings.NewReader(c.text)); err != nil || d.Policy != want {
			t.Errorf("%s, %q: %v", c.name, c.text, err)
		}
	}
}

// Programs read one object for each policy.
func TestPolicyExplainsToPrograms(t *testing.T) {
	var stdout bytes.Buffer
	if code := run(t.Context(), []string{"policy", "explain", "--json", "default", "gentle"}, nil, &stdout, io.Discard, nowhere); code != exitDone {
		t.Fatalf("exit %d", code)
	}
	d := json.NewDecoder(&stdout)
	for _, name := range []string{"default", "gentle"} {
		var got account
		want, _ := policy.Named(name)
		if err := d.Decode(&got); err != nil || got.Name != name || got.Policy != want {
			t.Fatalf("%+v, %v", got, err)
		}
		stories, err := policy.Explain(want)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(stories, got.Stories); diff != "" {
			t.Error(diff)
		}
	}
	if d.More() {
		t.Error("something stands behind the two")
	}
}

// What people read fits their screen, whatever the policy.
func TestPolicyExplainsWithinThePage(t *testing.T) {
	pages := []string{"policy show --list", "policy explain default naive-fixed", "policy explain testdata/policy/mine.yaml testdata/policy/mine.json"}
	for _, preset := range policy.Presets() {
		pages = append(pages, "policy explain "+preset.Name, "policy show --yaml "+preset.Name)
	}
	for _, page := range pages {
		for line := range strings.Lines(screenOf(t, page)) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > pageWidth || strings.HasSuffix(line, " \n") {
				t.Errorf("%s: %d columns: %s", page, n, line)
			}
		}
	}
}

// Each rule that a policy may be without is told in other words.
func TestPolicyInWords(t *testing.T) {
	with := inWords(policy.Default())
	for name, change := range map[string]func(*policy.Policy){
		"retries":     func(p *policy.Policy) { p.Retries = 0 },
		"refused":     func(p *policy.Policy) { p.Refused.Jitter = 0 },
		"hints":       func(p *policy.Policy) { p.HintMax = 0 },
		"hidden loss": func(p *policy.Policy) { p.HiddenLossAfter = 0 },
		"breaker":     func(p *policy.Policy) { p.Breaker.Trip = 0 },
		"pacing":      func(p *policy.Policy) { p.Pacing.Every = 0 },
		"tokens":      func(p *policy.Policy) { p.Tokens.Cost = 0 },
		"splay":       func(p *policy.Policy) { p.Splay = 0 },
	} {
		p := policy.Default()
		change(&p)
		without := inWords(p)
		for _, paragraph := range strings.Split(with, "\n") {
			isOf := strings.HasPrefix(paragraph, name)
			if isOf == strings.Contains(without, paragraph) && paragraph != "" && paragraph[0] != ' ' {
				t.Errorf("%s: %q is told: %v", name, paragraph, !isOf)
			}
		}
	}
}

func TestShort(t *testing.T) {
	for d, want := range map[string]string{
		"0s": "0s", "1m": "1m", "10m": "10m", "1h": "1h", "1h0m1s": "1h0m1s", "90s": "1m30s", "1h30m": "1h30m",
		"1845619513ns": "1.85s", "12500us": "13ms", "1m0.04s": "1m",
	} {
		var v policy.Duration
		if err := v.UnmarshalText([]byte(d)); err != nil {
			t.Fatal(err)
		}
		if got := short(v); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}

// Whatever a policy file holds, it is a valid policy, or every line of the error
// names the file.
func FuzzDecodePolicy(f *testing.F) {
	files, err := filepath.Glob("testdata/policy/mine.*")
	if err != nil || len(files) != 2 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file, text)
	}
	f.Add("x.yaml", []byte("a: &x [1]\nb: *x\n<<: {}\n? c\n: |\n  d\n"))
	f.Fuzz(func(t *testing.T, name string, text []byte) {
		if !strings.HasPrefix(name, "x") {
			name = "x.yaml"
		}
		name, _, _ = strings.Cut(name, "\n")
		d, err := decodePolicy(name, bytes.NewReader(text))
		if err == nil {
			if _, err := d.Compile(); err != nil {
				t.Errorf("taken, and does not compile: %v", err)
			}
			return
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			if !strings.HasPrefix(line, name+": ") {
				t.Errorf("%q does not name the file", line)
			}
		}
	})
}
