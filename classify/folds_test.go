package classify

import (
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"testing"
)

const folds = 5

func fold(product string) int {
	h := fnv.New32a()
	h.Write([]byte(product))
	return int(h.Sum32() % folds)
}

// spoke returns the family that settled a line, 0 if none did, with only a set
// of families known.
func spoke(l line, set uint16) (row, family) {
	o := l.observation()
	v := view{o: &o, families: set}
	r := order[v.decide()]
	if r.all&phraseFacts == 0 && r.any&phraseFacts == 0 {
		return r, 0
	}
	return r, v.family
}

// The products are split in five. For the lines of each fifth, only those
// families count that lines of the other four support: what is left must still
// agree with nearly all that is not in doubt. So the families were not made for
// the lines that they are tested by.
func TestFoldsByProduct(t *testing.T) {
	lines := readLines(t, "testdata/wire.jsonl")
	support := make(map[family]map[string]bool)
	for _, l := range lines {
		if _, f := spoke(l, everyFamily); f != 0 {
			if support[f] == nil {
				support[f] = make(map[string]bool)
			}
			support[f][l.product()] = true
		}
	}
	t.Log("fold  lines  agree  families without support")
	for n := range folds {
		var set uint16
		var lost []string
		for f := family(1); f < familyCount; f++ {
			known := false
			for p := range support[f] {
				known = known || fold(p) != n
			}
			if known {
				set |= 1 << f
			} else {
				lost = append(lost, familyNames[f])
			}
		}
		all, agree := 0, 0
		for _, l := range lines {
			if fold(l.product()) != n || l.Ambiguous {
				continue
			}
			all++
			if r, _ := spoke(l, set); r.class == l.Label {
				agree++
			} else {
				t.Logf("      %s: %v, want %v", l.ID, r.class, l.Label)
			}
		}
		t.Logf("%4d  %5d  %5d  %s", n, all, agree, strings.Join(lost, ", "))
		if all == 0 || agree*100 < all*95 {
			t.Errorf("fold %d: %d of %d unambiguous lines agree, want 95 %%", n, agree, all)
		}
	}
}

// No rule and no family was made for one line: each serves several, of the
// corpus, of other servers, or of what a specification says.
func TestNoRuleServesOneLine(t *testing.T) {
	// Known from a specification or a server's manual; the corpus has one line.
	told := map[Reason]string{
		MissingCapability: "MCP 2026-07-28",
		SessionIDRefused:  "MCP 2026-07-28: a left-over id may be refused; php-mcp/server",
		LoginRedirect:     "RFC 9110 sections 15.4.3 and 15.4.4; gateways with single sign-on",
	}
	lines := append(readLines(t, "testdata/wire.jsonl"), readLines(t, "testdata/unseen.jsonl")...)
	served := make(map[string]int)
	reasons := make(map[Reason]int)
	for _, l := range lines {
		r, f := spoke(l, everyFamily)
		reasons[r.reason]++
		if f != 0 {
			served[familyNames[f]]++
		}
	}
	for _, r := range slices.Sorted(maps.Keys(reasons)) {
		t.Logf("%-22s %d", r, reasons[r])
		if reasons[r] == 1 && told[r] == "" {
			t.Errorf("%v serves one line only", r)
		}
	}
	for _, f := range slices.Sorted(maps.Keys(served)) {
		t.Logf("%-22s %d", f, served[f])
		if served[f] == 1 && f != "headerRefused" {
			t.Errorf("family %s serves one line only", f)
		}
	}
}
