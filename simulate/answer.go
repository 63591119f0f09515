package simulate

import (
	"net/textproto"
	"time"

	"github.com/mcprecover/mcprecover/classify"
)

// answer is how a request ended for its client, with the Retry-After it
// brought: four bits and twelve. Hints beyond an hour are one hour, which is
// more than any policy heeds.
type answer uint16

const (
	served   answer = iota // 200
	stale                  // the session is not known
	full                   // turned away
	gone                   // 502 or 503 of a proxy in front of nobody
	denied                 // 401: the credential is refused
	refused                // no connection
	reset                  // the connection broke
	timedOut               // no answer within the client's time
	expired                // the caller's deadline came first

	answers  = iota
	bare     = 0xf
	hintBits = 4
	maxHint  = 3600
)

func (a answer) kind() answer        { return a & bare }
func (a answer) hint() time.Duration { return time.Duration(a>>hintBits) * time.Second }

func (a answer) hinted(d time.Duration) answer {
	return a | answer(min(d/time.Second, maxHint))<<hintBits
}

// answerOf is the answer that a reply makes.
func answerOf(r *Reply) answer {
	switch r.Fate {
	case Refused:
		return refused
	case Reset:
		return reset
	case Silent:
		return timedOut
	}
	switch r.Cause {
	case Served:
		return served
	case Lost:
		return stale
	case Full:
		return full.hinted(r.Hint)
	case Away:
		return gone
	}
	return denied
}

// verdicts are what the classifier says of each kind of answer: to a request
// of a session, to one without, and with a Retry-After.
type verdicts [answers][2][2]classify.Verdict

func newVerdicts(s ServerSpec) (v verdicts) {
	status := map[answer]int{served: 200, stale: number(s.Stale), full: s.Full, gone: 503, denied: 401}
	if s.Down == "502" {
		status[gone] = 502
	}
	body := map[answer]string{
		served: `{"jsonrpc":"2.0","id":1,"result":{}}`,
		stale:  `{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}}`,
		denied: `{"error":"invalid_token","error_description":"the access token expired"}`,
	}
	failure := map[answer]classify.Failure{
		refused: classify.NeverSent, reset: classify.MaybeSent, timedOut: classify.TimedOut, expired: classify.Cancelled,
	}
	for a := range answer(answers) {
		for session := range 2 {
			for hint := range 2 {
				o := classify.Observation{Method: "POST", HadSession: session == 1, Status: status[a], Body: []byte(body[a])}
				o.Header = map[string][]string{"Content-Type": {"application/json"}}
				if hint == 1 {
					o.Header[textproto.CanonicalMIMEHeaderKey("Retry-After")] = []string{"1"}
				}
				if a == denied {
					o.Header["Www-Authenticate"] = []string{`Bearer error="invalid_token"`}
				}
				v[a][session][hint] = classify.Of(o)
				if f, fails := failure[a]; fails {
					v[a][session][hint] = classify.OfFailure(f)
				}
			}
		}
	}
	return v
}

// of is the verdict on an answer.
func (v *verdicts) of(a answer, session bool) classify.Verdict {
	s, h := 0, 0
	if session {
		s = 1
	}
	if a > bare {
		h = 1
	}
	return v[a.kind()][s][h]
}
