package policy

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// anyPolicy draws each field from the whole of its range.
func anyPolicy() *rapid.Generator[Policy] {
	return rapid.Custom(func(t *rapid.T) Policy {
		d := func(name string, lo, hi Duration) Duration {
			return Duration(rapid.Int64Range(int64(lo), int64(hi)).Draw(t, name))
		}
		curve := func(name string) Curve {
			base := d(name+".base", millisecond, hour)
			return Curve{base, d(name+".cap", base, hour), rapid.Float64Range(1, 10).Draw(t, name+".growth"), rapid.Float64Range(0, 1).Draw(t, name+".jitter")}
		}
		token := func(name string) float64 { return float64(rapid.IntRange(0, 10000).Draw(t, name)) / 10 }
		open := d("open", millisecond, hour)
		return Policy{
			Patience:         d("patience", 0, 24*hour),
			Retries:          rapid.IntRange(0, 10).Draw(t, "retries"),
			Refused:          RefusedCurve{curve("refused"), d("min", millisecond, 10*second), d("last_try", 0, minute)},
			Handshake:        curve("handshake"),
			HandshakeTimeout: d("handshake_timeout", millisecond, hour),
			HoldWithin:       d("hold_within", 0, minute),
			HoldReset:        d("hold_reset", millisecond, 24*hour),
			HiddenLossAfter:  rapid.IntRange(0, 100).Draw(t, "hidden"),
			OrphanGrace:      d("orphan_grace", millisecond, hour),
			HeaderLimit:      d("header_limit", millisecond, 24*hour),
			HintMax:          d("hint_max", 0, hour),
			Splay:            d("splay", 0, hour),
			Breaker: Breaker{
				Trip: rapid.IntRange(0, 1000).Draw(t, "trip"), Open: open, Growth: rapid.Float64Range(1, 10).Draw(t, "growth"),
				MaxOpen: d("max_open", open, hour), Jitter: rapid.Float64Range(0.2, 0.5).Draw(t, "jitter"), Probes: rapid.IntRange(1, 7).Draw(t, "probes"),
			},
			Pacing: Pacing{d("every", 0, minute), rapid.IntRange(1, 10000).Draw(t, "burst"), d("slack", 0, minute)},
			Tokens: Tokens{token("full"), token("cost"), token("earn")},
		}
	})
}

// leaves lists the leaves of a JSON object by path.
func leaves(t *testing.T, text []byte) map[string]string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for name, value := range members {
		if value[0] != '{' {
			all[name] = string(value)
			continue
		}
		for path, leaf := range leaves(t, value) {
			all[name+"."+path] = leaf
		}
	}
	return all
}

// nested is a JSON object with one leaf.
func nested(path, leaf string) string {
	name, rest, deeper := strings.Cut(path, ".")
	if deeper {
		leaf = nested(rest, leaf)
	}
	return `{"` + name + `": ` + leaf + `}`
}
