package simulate

import (
	"container/heap"
	"math"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// The simulator of the AWS Architecture Blog's "Exponential Backoff And Jitter"
// (aws-samples/aws-arch-backoff-simulator), with waits that our policy decides
// on: n clients contend for one row under optimistic concurrency. Each reads
// the row's version, then writes with it; the write succeeds if nobody wrote
// meanwhile, else the client backs off and begins again. Each message takes
// |Normal(10, 2)| ms. The curve is 5 ms x 2^n, at most 2 s, n from 1.
//
// The means and standard deviations of a trial are those of the original, run
// for 100 trials. Ours differ by chance alone, so by no more than four standard
// errors of the difference of two means of 100. One thing differs on purpose:
// no wait of ours is shorter than 1 ms, which full jitter makes one in ten of
// the first waits; that is below a tenth of a standard deviation of "time".
func TestOracleAWS(t *testing.T) {
	const trials = 100
	modes := map[string]float64{"none": -1, "expo": 0, "equal": 0.5, "full": 1}
	for _, row := range []struct {
		n               int
		mode            string
		calls, callsDev float64
		ms, msDev       float64
	}{
		{20, "none", 151, 13, 596, 52}, {20, "expo", 151, 14, 14817, 2918}, {20, "equal", 107, 4, 1683, 483}, {20, "full", 99, 3, 1012, 261},
		{50, "none", 687, 17, 1132, 47}, {50, "expo", 624, 26, 36237, 3278}, {50, "equal", 347, 6, 4303, 624}, {50, "full", 332, 5, 2922, 546},
		{100, "none", 2421, 33, 2027, 46}, {100, "expo", 1853, 60, 62862, 4073}, {100, "equal", 812, 7, 6658, 631}, {100, "full", 797, 6, 4879, 534},
	} {
		var calls, ms float64
		for trial := range Chance(trials) {
			c, at := contend(t, row.n, modes[row.mode], 1000*trial+Chance(row.n))
			calls += float64(c) / trials
			ms += float64(at) / 1e6 / trials
		}
		errors := 4 * math.Sqrt(2./trials)
		t.Logf("%3d %-5s: %6.0f calls (AWS %6.0f ± %3.0f), %6.0f ms (AWS %6.0f ± %4.0f)", row.n, row.mode, calls, row.calls, errors*row.callsDev, ms, row.ms, errors*row.msDev)
		// The table is rounded to whole calls and milliseconds.
		if math.Abs(calls-row.calls) > errors*row.callsDev+0.5 {
			t.Errorf("%d clients, %s: %v calls, want %v ± %v", row.n, row.mode, calls, row.calls, errors*row.callsDev)
		}
		if math.Abs(ms-row.ms) > errors*row.msDev+0.5 {
			t.Errorf("%d clients, %s: %v ms, want %v ± %v", row.n, row.mode, ms, row.ms, errors*row.msDev)
		}
	}
}

// message is one on its way between a client and the row.
type message struct {
	at      Time
	client  int
	kind    int // read, what was read, write, what came of it
	version int
}

type messages []message

func (m messages) Len() int           { return len(m) }
func (m messages) Less(i, j int) bool { return m[i].at < m[j].at }
func (m messages) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }
func (m *messages) Push(x any)        { *m = append(*m, x.(message)) }
func (m *messages) Pop() any {
	old := *m
	last := old[len(old)-1]
	*m = old[:len(old)-1]
	return last
}

// contend runs one trial: how many writes it took, and when the last ended.
func contend(t *testing.T, n int, jitter float64, seed Chance) (writes int, end Time) {
	p := named(t, "full-jitter")
	p.Patience, p.Refused.LastTry, p.Refused.Min = dur(24*time.Hour), 0, dur(time.Millisecond)
	p.Refused.Curve = policy.Curve{Base: dur(10 * time.Millisecond), Cap: dur(2 * time.Second), Growth: 2, Jitter: max(jitter, 0)}
	plan, err := p.Compile()
	if err != nil {
		t.Fatal(err)
	}
	var drawn uint64
	delay := func() Time { // Box and Muller, 1958
		drawn++
		u, v := unit(seed.bits(forService, 0, 2*drawn)), unit(seed.bits(forService, 0, 2*drawn+1))
		return Time(math.Abs(10+2*math.Sqrt(-2*math.Log(1-u))*math.Cos(2*math.Pi*v)) * 1e6)
	}
	var wire messages
	send := func(at Time, client, kind, version int) {
		heap.Push(&wire, message{at + delay(), client, kind, version})
	}
	calls := make([]policy.Call, n)
	for i := range calls {
		calls[i] = policy.Call{End: math.MaxInt64, Flags: policy.Safe | policy.Replayable}
		send(1, i, 0, 0)
	}
	version := 0
	for wire.Len() > 0 {
		m := heap.Pop(&wire).(message)
		end = m.at
		switch m.kind {
		case 0:
			send(m.at, m.client, 1, version)
		case 1:
			send(m.at, m.client, 2, m.version)
		case 2:
			writes++
			won := 0
			if m.version == version {
				version++
				won = 1
			}
			send(m.at, m.client, 3, won)
		case 3:
			if m.version == 1 {
				break
			}
			at := m.at
			if jitter >= 0 {
				c := &calls[m.client]
				lost := policy.Outcome{Class: classify.Transient, Reason: classify.NeverSent, Executed: classify.No}
				_, _, call, d := plan.Decide(m.at, policy.Endpoint{}, policy.Session{}, *c, lost, seed.OfCall(uint32(m.client), 0, uint32(c.Dials)))
				if d.Action != policy.Resend {
					t.Fatalf("the policy gave up: %v", d)
				}
				*c, at = call, d.Due
			}
			send(at, m.client, 0, 0)
		}
	}
	return writes, end
}
