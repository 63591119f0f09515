package nethttp_test

import (
	"math/rand/v2"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/classify/record"
	"github.com/mcprecover/mcprecover/faults"
)

// staleForms are the answers of servers in the wild to calls of a lost session.
func staleForms(t *testing.T) (forms []faults.Answer) {
	f, err := os.Open("../../classify/testdata/wire.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for r, err := range record.Read(f) {
		if err != nil {
			t.Fatal(err)
		}
		o := r.Observation
		if classify.Of(o).Class != classify.Stale || !o.HadSession || o.Method != http.MethodPost || o.RPCMethod == "initialize" {
			continue
		}
		a := faults.Answer{Status: o.Status, Body: string(o.Body), Header: map[string]string{}}
		for name, values := range o.Header {
			a.Header[name] = values[0]
		}
		forms = append(forms, a)
	}
	return forms
}

// weather is what goes wrong at one place.
type weather struct {
	t      *testing.T
	place  *place
	stale  []faults.Answer
	used   int // stale forms
	at     int // the place of the last one
	random *rand.Rand
}

// rains makes one thing after another go wrong until it shall be clear; then
// the place is well.
func (w *weather) rains(clear <-chan struct{}) {
	for n := 1; ; n++ {
		w.lets(1+time.Duration(w.random.Int64N(int64(100*time.Millisecond))), clear)
		if isOver(clear) {
			w.place.stop()
			w.place.start(w.form())
			return
		}
		wrong := w.place.life.wrong
		if n%60 > 0 {
			if err := wrong.Next(w.shower()); err != nil {
				w.t.Errorf("weather: %v", err)
				return
			}
			continue
		}
		switch w.random.IntN(5) {
		case 0:
			wrong.Forget(*w.form())
		case 1:
			wrong.Restart(*w.form())
		case 2:
			wrong.Unavailable(faults.Outage{For: faults.Duration(w.upTo(400 * time.Millisecond)), RetryAfter: faults.Duration(w.random.Int64N(2) * int64(time.Second))})
		case 3: // a deploy, in the server's own words
			w.place.stop()
			w.lets(w.upTo(500*time.Millisecond), clear)
			w.place.start(nil)
		case 4:
			w.place.stop()
			w.place.start(w.form())
		}
	}
}

// shower is what the next POST meets.
func (w *weather) shower() faults.What {
	switch w.random.IntN(20) {
	case 0, 1, 2, 3, 4, 5:
		return faults.What{Stale: w.form()}
	case 6, 7:
		return faults.What{Reset: &faults.Reset{}}
	case 8, 9:
		return faults.What{Reset: &faults.Reset{AfterRun: true}}
	case 10, 11, 12:
		return faults.What{Cut: &faults.Cut{Events: w.random.IntN(3), Mid: w.random.IntN(2) == 0, Reset: w.random.IntN(2) == 0}}
	case 13, 14, 15:
		return faults.What{Delay: faults.Duration(w.upTo(1500 * time.Millisecond))}
	case 16:
		return faults.What{Answer: &faults.Answer{Status: 401, Body: `{"error":"invalid_token"}`, Header: map[string]string{"WWW-Authenticate": `Bearer error="invalid_token"`}}}
	default:
		return faults.What{Answer: &refusals[w.random.IntN(len(refusals))]}
	}
}

// refusals are answers for the moment; the session is kept. The wait that some
// ask for is longer than the time that a busy machine is late by.
var refusals = []faults.Answer{
	{Status: 503, Body: "overloaded", Header: map[string]string{"Retry-After": "3"}},
	{Status: 429, Body: "slow down", Header: map[string]string{"Retry-After": "3"}},
	{Status: 500, Body: "oops"},
	{Status: 502, ContentType: "text/html", Body: "<html>bad gateway</html>"},
	{Status: 400, Body: "bad request"},
	{Status: 200, ContentType: "text/html", Body: "<html>please log in to the network</html>"},
}

// form is the next stale form: each has its turn.
func (w *weather) form() *faults.Answer {
	if w.used == 0 {
		w.at = w.random.IntN(len(w.stale)) // places begin at different ones
	}
	w.used++
	w.at = (w.at + 1) % len(w.stale)
	return &w.stale[w.at]
}

func (w *weather) upTo(most time.Duration) time.Duration {
	return time.Duration(w.random.Int64N(int64(most)))
}

// lets time go by, but not beyond the end.
func (w *weather) lets(d time.Duration, clear <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-clear:
	}
}
