package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The text format of Prometheus, version 0.0.4, as far as metrics use it that
// have no timestamps.
var (
	typeLine   = regexp.MustCompile(`^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$`)
	helpLine   = regexp.MustCompile(`^# HELP [a-zA-Z_:][a-zA-Z0-9_:]*( .*)?$`)
	sampleLine = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\["\\n])*"(?:, ?)?)*\})? (-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?|NaN|[+-]Inf)$`)
	suffixes   = map[string][]string{"histogram": {"_bucket", "_sum", "_count"}, "summary": {"", "_sum", "_count"}}
)

// TestMetricsHaveTypes: without TYPE lines collectors take histograms for plain
// numbers. Each family has one, before all of its samples, which stand together.
func TestMetricsHaveTypes(t *testing.T) {
	proxy := serves(t, nowhere, "proxy", "--upstream", counting(t).url, "--metrics", "127.0.0.1:0")
	c := newPlain(t, proxy.url)
	c.initialize()
	if text, _ := c.call(1); text != "ran 1" {
		t.Fatal(text)
	}
	text, ok := strings.CutPrefix(c.get(proxy.metrics(t)), "200 ")
	if !ok || !strings.HasSuffix(text, "\n") {
		t.Fatalf("the metrics:\n%s", text)
	}
	types := map[string]string{}
	var family string // whose samples stand here
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if m := typeLine.FindStringSubmatch(line); m != nil {
			if family = m[1]; types[family] != "" {
				t.Errorf("a second type of %s: %s", family, line)
			}
			types[family] = m[2]
			continue
		}
		if helpLine.MatchString(line) || line == "" {
			continue
		}
		m := sampleLine.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("no line of the format: %s", line)
			continue
		}
		ends, compound := suffixes[types[family]]
		if !compound {
			ends = []string{""}
		}
		rest, of := strings.CutPrefix(m[1], family)
		if family == "" || !of || !slices.Contains(ends, rest) {
			t.Errorf("a sample that is none of %s %s, which stands before it: %s", types[family], family, line)
		}
		if rest == "_bucket" && !strings.Contains(m[2], `le="`) {
			t.Errorf("a bucket without its bound: %s", line)
		}
	}
	for name, want := range map[string]string{
		"mcprecover_requests_total":           "counter",
		"mcprecover_recoveries_total":         "counter",
		"mcprecover_resends_total":            "counter",
		"mcprecover_calls_failed_total":       "counter",
		"mcprecover_orphans_total":            "counter",
		"mcprecover_messages_swallowed_total": "counter",
		"mcprecover_state_not_restored_total": "counter",
		"mcprecover_sessions":                 "gauge",
		"mcprecover_streams_open":             "gauge",
		"mcprecover_streams_parked":           "gauge",
		"mcprecover_breaker_state":            "gauge",
		"mcprecover_answer_seconds":           "histogram",
		"mcprecover_recovery_seconds":         "histogram",
	} {
		if types[name] != want {
			t.Errorf("%s is a %q, want a %s", name, types[name], want)
		}
		delete(types, name)
	}
	for name := range types {
		if strings.HasPrefix(name, "mcprecover_") {
			t.Errorf("%s is new here: say what it should be", name)
		}
	}
}
