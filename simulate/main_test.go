package simulate

import (
	"flag"
	"os"
	"testing"
)

// TestMain lets plain go test try as many drawn worlds as take a few seconds.
// -rapid.checks and RAPID_CHECKS say otherwise.
func TestMain(m *testing.M) {
	flag.Parse()
	told := os.Getenv("RAPID_CHECKS") != ""
	flag.Visit(func(f *flag.Flag) { told = told || f.Name == "rapid.checks" })
	if !told {
		checks := "300"
		if RaceEnabled {
			checks = "50"
		}
		if err := flag.Set("rapid.checks", checks); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
