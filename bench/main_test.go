package main

import "testing"

// What the table's figures are worth: which client's calls succeed at all.
func TestWhoseCallsSucceed(t *testing.T) {
	const rounds, calls = 5, 10
	want := map[string]map[string]bool{
		"healthy":        {"bare http.Transport": true, "mcprecover": true, "go-retryablehttp": true, "failsafe-go": true},
		"503, then 200":  {"bare http.Transport": false, "mcprecover": true, "go-retryablehttp": true, "failsafe-go": true},
		"lost, then 200": {"bare http.Transport": false, "mcprecover": true, "go-retryablehttp": false, "failsafe-go": false},
	}
	requests := map[string]float64{"healthy": 1, "503, then 200": 2, "lost, then 200": 4}
	for _, s := range situations {
		lines, err := measure(s, rounds, calls)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			good := 0
			if want[s.name][l.client] {
				good = rounds * calls
			}
			if l.calls != rounds*calls || l.good != good {
				t.Errorf("%s, %s: %d of %d calls succeed, want %d", s.name, l.client, l.good, l.calls, good)
			}
			if l.client == "mcprecover" && l.requests != requests[s.name] {
				t.Errorf("%s: %v requests a call, want %v", s.name, l.requests, requests[s.name])
			}
		}
	}
}
