package faults

import (
	"fmt"
	"strconv"
)

// StaleAtPOST is the environment variable that forces a server to lose a
// session, as test programs of several MCP servers know it: the number of the
// POST, counted from 1 over all POSTs of the process, that finds its session
// forgotten.
const StaleAtPOST = "MCP_FORCE_STALE_SESSION_AT_POST_NUMBER"

// FromEnvironment gives the rule that StaleAtPOST asks for, with the given
// answer; no rule if the variable is not set or empty. The lookup is usually
// os.LookupEnv: this package reads no environment by itself.
func FromEnvironment(lookup func(string) (string, bool), a Answer) ([]Rule, error) {
	text, _ := lookup(StaleAtPOST)
	if text == "" {
		return nil, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return nil, fmt.Errorf("faults: %s=%.60s: give the number of a POST, counted from 1", StaleAtPOST, text)
	}
	return []Rule{{When{At: n}, What{Stale: &a}}}, nil
}
