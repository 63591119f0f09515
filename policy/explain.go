package policy

import (
	"math/rand/v2"
	"time"
)

// Story is what a policy does to one waiting call in one kind of trouble.
type Story struct {
	Name     string   `json:"name"`
	About    string   `json:"about"`
	Moments  []Moment `json:"moments"`  // one telling, every random number 1/2
	Survives float64  `json:"survives"` // share of such calls that are answered well, 0 to 1
	Extra    Duration `json:"extra"`    // mean wait of those after the trouble was over
}

var stories = []struct {
	name, about string
	script      script
	trouble     time.Duration
}{
	{"stale", "the server forgot the session and says so", script{loses: true}, 0},
	{"busy", "503 with Retry-After for 10 s, to a call that may be repeated", script{busy: 10 * time.Second}, 10 * time.Second},
	{"restart", "15 s of refused connections, then the session is gone", script{down: 15 * time.Second, loses: true}, 15 * time.Second},
	{"outage", "60 s of refused connections, then the session is gone", script{down: 60 * time.Second, loses: true}, 60 * time.Second},
}

// rehearsals is how many calls Survives and Extra are taken over.
const rehearsals = 1000

// Explain tells what a policy does over time in four kinds of trouble. It runs
// the policy's own steps against scripted servers; equal policies give equal
// stories. The error is Compile's.
func Explain(p Policy) ([]Story, error) {
	plan, err := p.Compile()
	if err != nil {
		return nil, err
	}
	told := make([]Story, len(stories))
	for i, s := range stories {
		story := Story{Name: s.name, About: s.about}
		telling := rehearsal{Plan: plan, script: s.script, draw: func() float64 { return 0.5 }, tell: func(m Moment) { story.Moments = append(story.Moments, m) }}
		telling.run(waiting)
		story.Survives, story.Extra = plan.survival(s.script, s.trouble)
		told[i] = story
	}
	return told, nil
}

// waiting are the flags of a call that may be repeated.
const waiting = Safe | Replayable | HasID

// survival is the share of calls that end well, and how long after the
// trouble was over they did, on average.
func (p *Plan) survival(s script, trouble time.Duration) (share float64, extra Duration) {
	random := rand.New(rand.NewPCG(1, 2))
	survived, sum := 0, time.Duration(0)
	for range rehearsals {
		r := rehearsal{Plan: p, script: s, draw: random.Float64}
		if took, served := r.run(waiting); served {
			survived++
			sum += took - trouble
		}
	}
	if survived == 0 {
		return 0, 0
	}
	return float64(survived) / rehearsals, Duration(sum / time.Duration(survived))
}
