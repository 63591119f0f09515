package nethttp

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/mcprecover/mcprecover/policy"
)

// session is what a client's initialize opened. The client knows it by one id
// for ever; which id the server knows it by is its current epoch's matter.
type session struct {
	id       string // the client's
	key      uint64 // of its random numbers
	nonce    string // tells ids of ours from the client's and the server's
	endpoint *endpoint
	hello    hello
	known    string        // the server's id that the store knows it by, under the store's lock
	used     atomic.Uint64 // last use, on the store's count
	served   atomic.Uint32 // good answers since the policy was last told
	open     atomic.Int32  // listening streams, and calls that are mended
	calls    atomic.Uint64 // numbers the calls that needed mending
	now      atomic.Pointer[epoch]
	flight   atomic.Pointer[flight] // the handshake under way, nil if none; changed under endpoint.mu
	owed     atomic.Bool            // one is due, nobody waits for it, and its turn is to come; changed under endpoint.mu
	settling atomic.Pointer[flight] // the one that opened the present epoch, until its verdict is known

	// Under endpoint.mu:
	state   policy.Session
	refused *flight     // the last handshake, if auth refused it
	ended   atomic.Bool // deleted by its client, or forgotten here; readable without the lock
	past    []*epoch    // replaced ones, for answers to their questions

	bare atomic.Bool // a question of a later epoch may have passed without its seal: an answer without one belongs nowhere

	streams    streams                // that answer calls
	waits      waits                  // for response headers
	lost       lost                   // calls whose stream may be resumed
	memory     memory                 // what a recovery must restore
	draws      atomic.Uint32          // random numbers drawn
	listened   atomic.Bool            // a listening stream was open once
	credential atomic.Pointer[string] // Authorization that was accepted last
}

func (s *session) draw() uint32 { return s.draws.Add(1) }

// busy reports whether something of the session is under way: then it is not
// forgotten. Calls that have a deadline, and no stream yet, are not counted.
func (s *session) busy() bool { return s.open.Load() > 0 || s.streams.any() || s.waits.any() }

// renewing reports whether the present epoch is known to be gone, and the next
// one on its way.
func (s *session) renewing() bool { return s.flight.Load() != nil || s.owed.Load() }

func (s *session) current() *epoch { return s.now.Load() }

// hello is the client's own initialize, kept to be sent again.
type hello struct {
	url     *url.URL
	host    string
	header  http.Header // as the client sent it, without a session id
	body    []byte
	id      []byte // the JSON-RPC id of the request, a raw token
	asked   string // protocol version that the client asked for
	version string // protocol version that the server answered
	result  []byte // the server's result, raw
}

// lengthSlack is how far two initialize bodies of one client may differ in
// length: by the digits of their JSON-RPC ids.
const lengthSlack = 20

// resembles reports whether req may be another initialize of this client.
// mcp-go sends the old session's id along with one.
func (h *hello) resembles(req *http.Request) bool {
	d := req.ContentLength - int64(len(h.body))
	return -lengthSlack <= d && d <= lengthSlack
}

// epoch is one server-side life of a session. It does not change; the next
// epoch replaces it.
type epoch struct {
	n       uint32
	id      string // the server's id for it; "": it gave none, and requests carry none
	version string // protocol version negotiated with it
	mapped  bool   // requests must be translated: every epoch but the first, and that too if its client id was minted
	keeps   keeps  // what its server lets clients set, and so must be restored
	ctx     context.Context
	replace context.CancelFunc // ends ctx: the epoch is over
	open    atomic.Int32       // its streams: while there is one, its questions may be answered
	taken   atomic.Bool        // the server has given its id to another session, so this one is gone

	idValue, versionValue []string // header values, made once
}

func newEpoch(n uint32, id, version string, mapped bool) *epoch {
	e := &epoch{n: n, id: id, version: version, mapped: mapped}
	e.ctx, e.replace = context.WithCancel(context.Background()) // of Background: a parent would keep it for ever
	if id != "" {
		e.idValue = []string{id}
	}
	e.versionValue = []string{version}
	return e
}

// translate gives a client's headers as this epoch's server must see them. The
// client's map is not changed; Authorization stays the request's own.
func (e *epoch) translate(h http.Header) http.Header {
	out := maps.Clone(h)
	if e.idValue != nil {
		out[headerSession] = e.idValue
	} else {
		delete(out, headerSession)
	}
	delete(out, "Accept-Encoding") // what is compressed could not be sealed; Base may ask for it, and unpacks it then
	if out[headerVersion] != nil && e.version != "" {
		out[headerVersion] = e.versionValue
	}
	return out
}
