package policytest

import (
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mcprecover/mcprecover/policy"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

// goldenHistories is how many histories the golden holds, and told how many of
// them in full.
const (
	goldenHistories = 1000
	told            = 10
)

// drawnPolicies is how many policies the golden draws waits from.
const drawnPolicies = 50

// draws digests 1,000 waits of a policy with curves of an hour: where a
// machine fuses a product into a sum, the last bit of such a wait may differ.
func draws(t *testing.T, seed uint64) uint64 {
	random := rand.New(rand.NewPCG(seed, 0))
	p := policy.Default()
	hour := policy.Duration(time.Hour)
	p.Handshake = policy.Curve{Base: hour / 64, Cap: hour, Growth: 1 + random.Float64(), Jitter: random.Float64()}
	p.Breaker.Open, p.Breaker.MaxOpen, p.Breaker.Growth = hour/64, hour, 1+random.Float64()
	p.Breaker.Jitter = 0.2 + 0.3*random.Float64()
	plan, err := p.Compile()
	if err != nil {
		t.Fatal(err)
	}
	digest := fnv.New64a()
	for i := range 1000 {
		u := random.Float64()
		_, s := plan.Settle(1, policy.Endpoint{}, policy.Session{Phase: policy.Flying, Try: uint8(i % 12)}, policy.Breaking{}, policy.Failed, 0, u)
		fmt.Fprintln(digest, s.Due, plan.OpenFor(uint8(i%12), u), plan.Splay(u))
	}
	return digest.Sum64()
}

// TestGolden plays the same 1,000 histories on every machine and in every
// version: half of them with the default policy, half with drawn ones. The
// first ones are told step by step; of the others a line holds the number of
// steps, a digest of every value that went in and came out, and the last step.
func TestGolden(t *testing.T) {
	const file = "testdata/histories.txt"
	histories, policies := Histories(), Policies()
	var got strings.Builder
	for seed := 1; seed <= goldenHistories; seed++ {
		p := policy.Default()
		if seed%2 == 0 {
			p = policies.Example(seed)
		}
		plan, err := p.Compile()
		if err != nil {
			t.Fatal(err)
		}
		w := run(plan, p, histories.Example(seed))
		digest := fnv.New64a()
		last := "nothing happens"
		for _, r := range w.records {
			fmt.Fprintf(digest, "%+v\n", r)
			last = strings.TrimSpace(r.String())
		}
		fmt.Fprintf(&got, "history %d: %d steps, %016x: %s\n", seed, len(w.records), digest.Sum64(), last)
		if seed <= told {
			fmt.Fprintf(&got, "%v", w)
		}
	}
	for n := range drawnPolicies {
		fmt.Fprintf(&got, "draws %d: %016x\n", n, draws(t, uint64(n)))
	}
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); d != "" {
		t.Errorf("%s (-want +got); commit -update's changes only if you understand what caused them:\n%s", file, d)
	}
}
