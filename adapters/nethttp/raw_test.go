package nethttp

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/classify/record"
)

// TestAStaleAnswerNeverGoesUpRaw: whatever a server says for a lost session,
// and however often, the client of a session that was opened here gets its
// call's answer or an *Error. A raw answer would end the client of a Go SDK, and
// with it the calls that wait for the same session.
func TestAStaleAnswerNeverGoesUpRaw(t *testing.T) {
	f, err := os.Open("../../classify/testdata/wire.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tried := 0
	for r, err := range record.Read(f) {
		if err != nil {
			t.Fatal(err)
		}
		o := r.Observation
		stale := classify.Of(o).Class == classify.Stale
		if !stale || !o.HadSession || o.Method != http.MethodPost || o.RPCMethod == "initialize" {
			continue
		}
		tried++
		for _, always := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				server := newStub()
				rt := &Transport{Base: server}
				id := open(t, rt)
				server.forget()
				answer := func(req *http.Request, m message) *http.Response {
					resp := reply(req, o.Status, "", string(o.Body))
					for name, values := range o.Header {
						resp.Header[http.CanonicalHeaderKey(name)] = values
					}
					return resp
				}
				server.stale = answer
				if always {
					server.before = to("tools/call", answer)
				}
				status, body, _, err := post(t, rt, id, call(1))
				var e *Error
				switch {
				case err == nil && status == 200 && strings.Contains(body, `"session":"S2"`) && !always:
				case errors.As(err, &e) && (always || e.OutcomeUnknown()): // inside a 5xx a tool may have run
				default:
					t.Errorf("%s, always %v: status %d, body %.80q, error %v", r.ID, always, status, body, err)
				}
				rt.Close()
				time.Sleep(time.Hour)
				synctest.Wait()
			})
		}
	}
	if tried < 40 {
		t.Errorf("only %d wire forms of a lost session tried", tried)
	}
	t.Logf("%d wire forms", tried)
}
