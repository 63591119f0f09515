package simulate

import (
	"context"
	"testing"

	"github.com/mcprecover/mcprecover/policy"
)

func named(t testing.TB, name string) policy.Policy {
	t.Helper()
	p, ok := policy.Named(name)
	if !ok {
		t.Fatalf("no policy %s", name)
	}
	return p
}

func mustRun(t testing.TB, r Run) *Result {
	t.Helper()
	result, err := r.Do(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return result
}
