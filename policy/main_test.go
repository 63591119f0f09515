package policy

import (
	"flag"
	"os"
	"strconv"
	"testing"
)

// TestMain makes plain go test try 10,000 cases of each property: a tenth of
// that with -short, a twentieth under the race detector. -rapid.checks and
// RAPID_CHECKS still say otherwise.
func TestMain(m *testing.M) {
	flag.Parse()
	told := os.Getenv("RAPID_CHECKS") != ""
	flag.Visit(func(f *flag.Flag) { told = told || f.Name == "rapid.checks" })
	if !told {
		setChecks(10000)
	}
	os.Exit(m.Run())
}

// twiceTheChecks lets a test try 20,000 cases where others try 10,000.
func twiceTheChecks(t *testing.T) {
	f := flag.Lookup("rapid.checks")
	before := f.Value.String()
	n, err := strconv.Atoi(before)
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Value.Set(strconv.Itoa(2 * n))
	t.Cleanup(func() { _ = f.Value.Set(before) })
}

func setChecks(n int) {
	switch {
	case raceDetector:
		n /= 20
	case testing.Short():
		n /= 10
	}
	if err := flag.Set("rapid.checks", strconv.Itoa(n)); err != nil {
		panic(err)
	}
}
