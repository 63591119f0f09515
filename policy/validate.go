package policy

import (
	"cmp"
	"errors"
	"fmt"
	"math"
)

// FieldError says which field of a policy is wrong.
type FieldError struct {
	Field   string // its JSON path, such as "breaker.trip"
	Value   string // as it was given; empty: there is no such field
	Allowed string // what it may be
}

// Error names field, value and what is allowed.
func (e *FieldError) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("policy: %s: no such field: allowed is %s", e.Field, e.Allowed)
	}
	return fmt.Sprintf("policy: %s is %s: allowed is %s", e.Field, e.Value, e.Allowed)
}

// Validate returns nil, or all faults joined, one *FieldError each.
func (p Policy) Validate() error {
	b, t := p.Breaker, p.Tokens
	return errors.Join(
		within("patience", p.Patience, 0, 24*hour),
		within("retries", p.Retries, 0, 10),
		p.Refused.validate("refused"),
		within("refused.min", p.Refused.Min, millisecond, 10*second),
		within("refused.last_try", p.Refused.LastTry, 0, minute),
		p.Handshake.validate("handshake"),
		within("handshake_timeout", p.HandshakeTimeout, millisecond, hour),
		within("hold_within", p.HoldWithin, 0, minute),
		within("hold_reset", p.HoldReset, millisecond, 24*hour),
		within("hidden_loss_after", p.HiddenLossAfter, 0, 100),
		within("orphan_grace", p.OrphanGrace, millisecond, hour),
		within("header_limit", p.HeaderLimit, millisecond, 24*hour),
		within("hint_max", p.HintMax, 0, hour),
		within("splay", p.Splay, 0, hour),
		within("breaker.trip", b.Trip, 0, 1000),
		within("breaker.open", b.Open, millisecond, hour),
		within("breaker.growth", b.Growth, 1, 10),
		within("breaker.max_open", b.MaxOpen, max(b.Open, millisecond), hour),
		breakerJitter(b.Jitter),
		within("breaker.probes", b.Probes, 1, maxProbes),
		within("pacing.every", p.Pacing.Every, 0, minute),
		within("pacing.burst", p.Pacing.Burst, 1, 10000),
		within("pacing.slack", p.Pacing.Slack, 0, minute),
		tokens("tokens.full", t.Full, 1000), // gRFC A6 bounds maxTokens so
		tokens("tokens.cost", t.Cost, 1000),
		tokens("tokens.earn", t.Earn, 1000),
	)
}

func (c Curve) validate(path string) error {
	return errors.Join(
		within(path+".base", c.Base, millisecond, hour),
		within(path+".cap", c.Cap, max(c.Base, millisecond), hour),
		within(path+".growth", c.Growth, 1, 10),
		within(path+".jitter", c.Jitter, 0, 1),
	)
}

// within is written so that NaN is outside.
func within[V cmp.Ordered](field string, v, lo, hi V) error {
	if v >= lo && v <= hi {
		return nil
	}
	return &FieldError{field, fmt.Sprint(v), fmt.Sprintf("%v to %v", lo, hi)}
}

func breakerJitter(j float64) error {
	if j == 0 || j >= 0.2 && j <= 0.5 {
		return nil
	}
	return &FieldError{"breaker.jitter", fmt.Sprint(j), "0.2 to 0.5, or 0 for comparisons (a herd then probes in step)"}
}

func tokens(field string, v, most float64) error {
	if in10 := v * 10; v >= 0 && v <= most && math.Abs(in10-math.Round(in10)) < 1e-6 {
		return nil
	}
	return &FieldError{field, fmt.Sprint(v), fmt.Sprintf("0 to %v in steps of 0.1", most)}
}
