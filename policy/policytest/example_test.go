package policytest_test

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/policy/policytest"
)

// The tests of a repository that has a policy of its own, and a decision
// function of its own. These two run here too.

// ours is a policy for a server that takes a minute to start.
func ours() policy.Policy {
	p := policy.Default()
	p.Patience = policy.Duration(2 * time.Minute)
	p.Refused.Cap = policy.Duration(15 * time.Second)
	return p
}

func TestOurPolicy(t *testing.T) {
	asDownstream(t)
	policytest.Check(t, ours())
}

var plan, _ = policy.Default().Compile()

// cautious repeats only what is proven not to have run: that running a call
// twice does no harm is not assumed.
func cautious(now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, x policy.Outcome, u float64) (policy.Endpoint, policy.Session, policy.Call, policy.Decision) {
	unsafe := c
	unsafe.Flags &^= policy.Safe
	e, s, counted, d := plan.Decide(now, e, s, unsafe, x, u)
	counted.Flags = c.Flags
	return e, s, counted, d
}

func TestOurDecisions(t *testing.T) {
	asDownstream(t)
	policytest.CheckDecide(t, cautious)
}

// asDownstream makes rapid try its usual 100 cases; this repository's own tests
// try more.
func asDownstream(t *testing.T) {
	checks := flag.Lookup("rapid.checks")
	before := checks.Value.String()
	if err := checks.Value.Set("100"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { checks.Value.Set(before) })
}

func ExampleCheck() {
	var t *testing.T // of a test such as func TestOurPolicy(t *testing.T)

	p := policy.Default()
	p.Patience = policy.Duration(2 * time.Minute)
	policytest.Check(t, p)
}

func ExampleCheckDecide() {
	var t *testing.T // of a test such as func TestOurDecisions(t *testing.T)

	plan, err := policy.Default().Compile()
	if err != nil {
		t.Fatal(err)
	}
	policytest.CheckDecide(t, func(now policy.Time, e policy.Endpoint, s policy.Session, c policy.Call, x policy.Outcome, u float64) (policy.Endpoint, policy.Session, policy.Call, policy.Decision) {
		return plan.Decide(now, e, s, c, x, u/2) // wait less than others would
	})
}

// A policy file is proved in the same way, before anything is deployed with it.
func ExampleCheck_file() {
	var t *testing.T // of a test such as func TestDeployedPolicy(t *testing.T)

	file, err := os.Open("deploy/policy.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p, err := policy.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	policytest.Check(t, p)
}
