package policytest

import (
	"slices"
	"time"

	"github.com/mcprecover/mcprecover/policy"
)

func oneFlight(w *world) error {
	type flight struct {
		on        bool
		notBefore policy.Time // after a failure
		newest    uint32      // epoch of the last Opened
	}
	flights := make([]flight, len(w.sessions))
	for i, r := range w.records {
		f := &flights[r.session]
		switch r.kind {
		case admitted:
			lead := r.a.Role == policy.Lead
			switch {
			case r.c0.Epoch < f.newest && r.a.Role != policy.Already:
				return w.broken(i, "epoch %d is open and the call of epoch %d is not Already", f.newest, r.c0.Epoch)
			case lead && f.on:
				return w.broken(i, "a second Lead before the first was settled")
			case lead && r.now < f.notBefore:
				return w.broken(i, "a Lead before the session is due at %v", time.Duration(f.notBefore-start))
			case r.a.Role == policy.Follow && !f.on:
				return w.broken(i, "follows a handshake that nobody leads")
			}
			f.on = f.on || lead
		case opened:
			if r.s1.Epoch != r.s0.Epoch+1 {
				return w.broken(i, "epoch %d after epoch %d", r.s1.Epoch, r.s0.Epoch)
			}
			f.newest = r.s1.Epoch
		case settled:
			f.on, f.notBefore = false, 0
			if r.end == policy.Failed || r.end == policy.Lost {
				f.notBefore = r.s1.Due
			}
		}
	}
	return nil
}

func closedDoors(w *world) error {
	for i, r := range w.records {
		if r.kind != admitted {
			continue
		}
		open := r.b.State == policy.Open && r.now < r.b.Due || r.b.State == policy.HalfOpen && r.b.Free == 0
		reserved := r.s0.Phase.Stage() == policy.Reserved && r.now < r.s0.Due
		credential := r.s0.Phase.Has(policy.AuthRefused) && !r.c0.Flags.Has(policy.NewCredential)
		switch role := r.a.Role; {
		case role == policy.Lead && (open || reserved || credential):
			return w.broken(i, "a Lead through a closed door")
		case role == policy.Refuse && (r.e1 != r.e0 || r.s1 != r.s0):
			return w.broken(i, "Refuse changed the state")
		case role == policy.Refuse && r.a.Why != policy.CredentialRefused && r.a.At <= r.c0.End:
			return w.broken(i, "refused although it is due within the call's end")
		case role == policy.Later && r.a.At <= r.now:
			return w.broken(i, "Later, and at once")
		}
	}
	return nil
}

func probesComeBack(w *world) error {
	flying := map[int]uint16{} // session -> generation of its unsettled Lead
	var e policy.Endpoint
	for i, r := range w.records {
		switch {
		case r.kind == admitted && r.a.Role == policy.Lead:
			flying[r.session] = r.a.Gen
		case r.kind == settled:
			delete(flying, r.session)
		}
		e = r.e1
		b := w.steps.PureBreaker(r.now, e)
		if b.State != policy.HalfOpen || b.Free > 0 {
			continue
		}
		out := false
		for _, gen := range flying {
			out = out || gen == b.Gen
		}
		if !out {
			return w.broken(i, "half-open, no probe is free, and nobody has one")
		}
	}
	return nil
}

func pacedLeads(w *world) error {
	every, burst, slack := int64(w.policy.Pacing.Every), int64(w.policy.Pacing.Burst), int64(w.policy.Pacing.Slack)
	if every == 0 {
		return nil
	}
	var leads []policy.Time
	for _, r := range w.records {
		if r.kind == admitted && r.a.Role == policy.Lead {
			leads = append(leads, r.now)
		}
	}
	slices.Sort(leads)
	for i := range leads {
		for j := i; j < len(leads); j++ {
			n, t := int64(j-i+1), leads[j]-leads[i]
			if most := burst + (t+slack)/every; n > most {
				return w.broken(len(w.records)-1, "%d Leads within %v: at most %d", n, time.Duration(t), most)
			}
		}
	}
	return nil
}
