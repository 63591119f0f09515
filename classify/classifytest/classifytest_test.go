package classifytest

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/mcprecover/mcprecover/classify"
)

// The corpus that is built in is the classifier's own; go generate renews it.
func TestCorpusIsCurrent(t *testing.T) {
	want, err := os.ReadFile("../testdata/wire.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, wire) {
		t.Error("wire.jsonl differs from ../testdata/wire.jsonl: run go generate")
	}
}

func TestCheckPassesOurRules(t *testing.T) { Check(t, nil) }

// recorder is a test that keeps what it is told.
type recorder struct {
	testing.TB
	told []string
}

func (r *recorder) Helper()                      {}
func (r *recorder) Errorf(f string, args ...any) { r.told = append(r.told, fmt.Sprintf(f, args...)) }

// Rules that call a login a lost session are found out, by the answer and by
// their name; so are exceptions from answers that do not exist.
func TestCheckFindsWrongRules(t *testing.T) {
	rules, err := classify.Compile([]classify.Rule{{Name: "all 401 are stale", Status: []int{401}, Class: classify.Stale}})
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{TB: t}
	Check(r, rules, "gosdk-401-expired", "no-such-id")
	said := strings.Join(r.told, "\n")
	for want, found := range map[string]bool{
		"gosdk-401-bare is auth, not stale": true, "your rule all 401 are stale": true,
		`the id "no-such-id"`: true, "gosdk-401-expired": false,
	} {
		if strings.Contains(said, want) != found {
			t.Errorf("%q is told: %v, want %v\n%s", want, !found, found, said)
		}
	}
}
