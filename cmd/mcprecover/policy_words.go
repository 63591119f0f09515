package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

// inWords tells the rules of a policy, a paragraph for each group of fields.
func inWords(p policy.Policy) string {
	var b strings.Builder
	say := func(what string, sentences ...string) {
		b.WriteString(hang(what, 12, strings.Join(sentences, " ")))
	}
	say("patience", fmt.Sprintf("A call spends %s waiting at most; what it spends sending does not count.", short(p.Patience)))
	say("retries", retries(p.Retries),
		"After a stale answer the session is opened again once for all its waiting calls, and each is sent once more.")
	say("refused", fmt.Sprintf("A call that cannot be sent is tried again after %s; never sooner than %s, and a last time %s before its patience ends.",
		curve(p.Refused.Curve), short(p.Refused.Min), short(p.Refused.LastTry)))
	say("hints", hints(p))
	say("handshakes", fmt.Sprintf("A lost session is opened again at once. If that fails, or the new one is lost too, the next handshake comes after %s. A loss is forgiven after %s without one. A handshake may take %s.",
		curve(p.Handshake), short(p.HoldReset), short(p.HandshakeTimeout)))
	say("hidden loss", hiddenLoss(p))
	say("breaker", breaker(p.Breaker))
	say("pacing", pacing(p.Pacing))
	say("tokens", tokens(p.Tokens))
	say("splay", splay(p))
	say("orphans", fmt.Sprintf("A call in flight on a session that was replaced ends after %s of silence, or %s if it still waits for headers.",
		short(p.OrphanGrace), short(p.HeaderLimit)))
	return b.String()
}

// curve tells the waits of a curve: their first range, their growth, their last.
func curve(c policy.Curve) string {
	between := func(top policy.Duration) string {
		least := policy.Duration(float64(top) * (1 - c.Jitter))
		switch {
		case c.Jitter == 0:
			return short(top)
		case least == 0:
			return "up to " + short(top)
		}
		return short(least) + " to " + short(top)
	}
	if c.Growth == 1 || c.Cap == c.Base {
		return between(c.Base)
	}
	return fmt.Sprintf("%s, %s times as much from one to the next, %s at the longest", between(c.Base), number(c.Growth), between(c.Cap))
}

func hints(p policy.Policy) string {
	if p.HintMax == 0 {
		return "A server's Retry-After is not heeded."
	}
	return fmt.Sprintf("A server's Retry-After is heeded up to %s, and somewhat more is waited at random; a call that cannot wait so long fails at once, and says when to try again.", short(p.HintMax))
}

func hiddenLoss(p policy.Policy) string {
	if p.HiddenLossAfter == 0 {
		return "A session is renewed only when the server says that it is lost."
	}
	return fmt.Sprintf("A session is renewed also on suspicion: after %s in a row without a Retry-After.", count(p.HiddenLossAfter, "transient answer", "transient answers"))
}

func breaker(b policy.Breaker) string {
	if b.Trip == 0 {
		return "None: however many handshakes fail, the next one is tried."
	}
	open := "for " + short(b.Open)
	if b.Growth > 1 && b.MaxOpen > b.Open {
		open += fmt.Sprintf(", %s times as long each time it opens again, up to %s", number(b.Growth), short(b.MaxOpen))
	}
	spread := "All clients then probe in step."
	if b.Jitter > 0 {
		spread = fmt.Sprintf("Each time is spread by ±%s %%.", number(100*b.Jitter))
	}
	return fmt.Sprintf("After %s in a row the endpoint gets none %s. %s Then %s must succeed to close it.",
		count(b.Trip, "failed handshake", "failed handshakes"), open, spread, count(b.Probes, "probe", "probes"))
}

func pacing(p policy.Pacing) string {
	if p.Every == 0 {
		return "None: all lost sessions of an endpoint may be opened at once."
	}
	return fmt.Sprintf("An endpoint gets %s at once, then one each %s (%s a second).", count(p.Burst, "handshake", "handshakes"),
		time.Duration(p.Every), number(float64(time.Second)/float64(p.Every)))
}

func tokens(t policy.Tokens) string {
	if t.Cost == 0 {
		return "No budget: each call repeats as often as its own limits let it."
	}
	return fmt.Sprintf("A repetition costs %s of the endpoint's %s tokens, a good answer earns %s.", number(t.Cost), number(t.Full), number(t.Earn))
}

func splay(p policy.Policy) string {
	if p.Splay == 0 {
		return "Recoveries that nobody waits for start at once."
	}
	return fmt.Sprintf("Recoveries that nobody waits for start within %s, at random.", short(p.Splay))
}

func retries(n int) string {
	if n == 0 {
		return "A call that may have reached the server is never repeated."
	}
	return fmt.Sprintf("A call that may have reached the server is repeated at most %s, and only where it is known not to have run or running it twice does no harm.",
		count(n, "time", "times"))
}

// number has at most three digits behind the point.
func number(f float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(f, 'f', 3, 64), "0"), ".")
}
