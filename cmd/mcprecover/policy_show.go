package main

import (
	"bytes"
	"io"

	"github.com/goccy/go-yaml"

	"github.com/mcprecover/mcprecover/policy"
)

// meanings says what each field of a policy file is, for whoever edits it.
var meanings = map[string]string{
	"patience":           "time that one call may spend waiting, not sending",
	"retries":            "repetitions of a call that may have reached the server",
	"refused":            "waits between the tries of a call that never left",
	"refused.base":       "top of the first wait",
	"refused.cap":        "top of any wait",
	"refused.growth":     "times the top, from wait to wait",
	"refused.jitter":     "a wait is drawn between (1 - jitter) * top and top",
	"refused.min":        "no wait is shorter",
	"refused.last_try":   "before the end of the patience, one more try",
	"handshake":          "waits between handshakes of one session, drawn likewise",
	"handshake_timeout":  "of one handshake",
	"hold_within":        "a new session without any answer counts as held after this",
	"hold_reset":         "a session that held this long is forgiven one loss",
	"hidden_loss_after":  "transient answers in a row that make a session suspect; 0: never",
	"orphan_grace":       "a call on a replaced session may be silent for this long",
	"header_limit":       "the same, for a call that still waits for headers",
	"hint_max":           "most that is believed of a Retry-After",
	"splay":              "spreads recoveries that nobody waits for",
	"breaker":            "stops the handshakes of an endpoint that fail",
	"breaker.trip":       "failed handshakes in a row that open it; 0: never",
	"breaker.open":       "how long, the first time",
	"breaker.growth":     "times that, each time it opens again",
	"breaker.max_open":   "the longest",
	"breaker.jitter":     "each time is spread by 1 ± jitter",
	"breaker.probes":     "handshakes that must succeed to close it",
	"pacing":             "handshakes of an endpoint over time",
	"pacing.every":       "one each; 0s: not paced",
	"pacing.burst":       "at once, after a pause",
	"pacing.slack":       "a turn that was given is void after this",
	"tokens":             "repetitions of an endpoint, against its good answers",
	"tokens.full":        "tokens of the bucket",
	"tokens.cost":        "of a repetition; 0: no such budget",
	"tokens.earn":        "by a good answer",
	"provenance":         "where the policy comes from; nothing is decided by it",
	"provenance.preset":  "the preset that it started from",
	"provenance.figures": "what the tuning measured",
}

// printYAML writes a policy file in YAML, with the meaning of each field.
func printYAML(w io.Writer, d policy.Document) error {
	var text bytes.Buffer
	if err := d.Encode(&text); err != nil {
		return err
	}
	var fields yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(text.Bytes(), &fields, yaml.UseOrderedMap()); err != nil {
		return err
	}
	comments := yaml.CommentMap{}
	for path, meaning := range meanings {
		comments["$."+path] = []*yaml.Comment{yaml.LineComment(" " + meaning)}
	}
	out, err := yaml.MarshalWithOptions(fields, yaml.WithComment(comments))
	if err != nil {
		return err
	}
	_, err = w.Write(out)
	return err
}
