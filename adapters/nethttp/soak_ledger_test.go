package nethttp_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mcprecover/mcprecover/adapters/nethttp"
	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// ledger counts on both ends what must hold.
type ledger struct {
	t        *testing.T
	calls    atomic.Int64 // that ended
	requests gauge        // bodies of raw clients' requests
	bySDKs   atomic.Int64 // calls
	consents atomic.Int64 // questions of servers that were answered

	mu       sync.Mutex
	accounts []*account
	sessions map[string]*account // by their id in events
	renewals map[renewal]int
	events   map[nethttp.EventKind]int
	faults   map[string]int // by name, as the servers told them
	ends     map[string]int // of calls
	wrong    int
	enough   chan struct{} // closed when calls reaches want
	want     int64
}

type renewal struct {
	session string
	epoch   uint32
}

func newLedger(t *testing.T) *ledger {
	return &ledger{
		t: t, sessions: map[string]*account{}, renewals: map[renewal]int{}, events: map[nethttp.EventKind]int{}, faults: map[string]int{}, ends: map[string]int{},
		enough: make(chan struct{}),
	}
}

// account is one client's part of the ledger.
type account struct {
	*ledger
	n      int
	name   string        // of the client, in its initialize
	opened atomic.Uint32 // sessions that servers opened for it
	newest atomic.Uint32 // the newest of them that an answer came from

	challenged atomic.Bool // its credential was refused: it must come with another one

	mu      sync.Mutex
	entries []entry // by the call's number
}

// entry is one call.
type entry struct {
	runs   uint8
	safe   bool
	unrun  bool // its error says that it did not run
	served bool
}

func (l *ledger) account() *account {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := &account{ledger: l, n: len(l.accounts)}
	a.name = fmt.Sprint("c", a.n)
	l.accounts = append(l.accounts, a)
	return a
}

// of finds the account of a client's name, nil if there is none.
func (l *ledger) of(name string) *account {
	n, err := strconv.Atoi(strings.TrimPrefix(name, "c"))
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || n < 0 || n >= len(l.accounts) {
		return nil
	}
	return l.accounts[n]
}

// violated notes that something does not hold; the first ones are told.
func (l *ledger) violated(format string, args ...any) {
	l.mu.Lock()
	l.wrong++
	tell := l.wrong <= 20
	l.mu.Unlock()
	if tell {
		l.t.Errorf(format, args...)
	}
}

// ran counts an execution on a server, under the session of owner.
func (l *ledger) ran(call string) {
	name, number, _ := strings.Cut(call, ".")
	a := l.of(name)
	n, err := strconv.Atoi(number)
	if a == nil || err != nil {
		l.violated("a server ran %q, which nobody called", call)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if n >= len(a.entries) {
		l.violated("a server ran %q, which was not called yet", call)
		return
	}
	e := &a.entries[n]
	if e.runs++; e.runs > 1 && !e.safe {
		l.violated("%s ran %d times, and nothing says that it may", call, e.runs)
	}
}

// tracked is one call from its client's view.
type tracked struct {
	account *account
	number  int
	name    string
	tool    string
	after   uint32        // the session of an answer that had come before: no older one may answer
	within  time.Duration // its deadline, or, if it has none, the bound of everything
	start   time.Time
}

const (
	unboundedCall = 25 * time.Second // of a call without a deadline: patience, and the slowest sends
	late          = 2 * time.Second  // that a busy machine may need to notice a deadline
)

func (a *account) begins(tool string, deadline time.Duration) *tracked {
	a.mu.Lock()
	n := len(a.entries)
	a.entries = append(a.entries, entry{safe: tool == toolLook})
	a.mu.Unlock()
	if deadline == 0 {
		deadline = unboundedCall
	}
	return &tracked{
		account: a, number: n, name: fmt.Sprint(a.name, ".", n), tool: tool,
		after: a.newest.Load(), within: deadline, start: time.Now(),
	}
}

// answered judges the text of an answer: "<call> <client> <session>", the
// client being the one that the session was opened for.
func (c *tracked) answered(text string) {
	a := c.account
	c.ends("answered")
	var call, client string
	var session uint32
	if _, err := fmt.Sscan(text, &call, &client, &session); err != nil || call != c.name {
		a.violated("%s got the answer %q", c.name, text)
		return
	}
	if client != a.name {
		a.violated("%s ran in a session of %s", c.name, client)
	}
	if session < c.after {
		a.violated("%s ran in session %d of its client, which had heard from session %d before", c.name, session, c.after)
	}
	for {
		newest := a.newest.Load()
		if session <= newest || a.newest.CompareAndSwap(newest, session) {
			break
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	e := &a.entries[c.number]
	if e.served = true; e.runs == 0 {
		a.violated("%s was answered, and never ran", c.name)
	}
}

// failed judges a typed error.
func (c *tracked) failed(e *nethttp.Error) {
	c.ends("failed: " + e.Why.String())
	if e.Why == policy.Unclassified || e.Why == 0 {
		c.account.violated("%s: an error that gives no reason: %v", c.name, e)
	}
	if e.Executed == classify.No {
		c.account.mu.Lock()
		c.account.entries[c.number].unrun = true
		c.account.mu.Unlock()
	}
}

// errs judges an error: it must be typed.
func (c *tracked) errs(err error) {
	var e *nethttp.Error
	switch {
	case errors.As(err, &e):
		c.failed(e)
	case orphaned(err):
		c.ends("failed in a stream")
	default:
		c.ends("failed without a type")
		c.account.violated("%s: %v (%T), want an answer or a typed error", c.name, err, err)
	}
}

// ends counts the call's end and checks its time.
func (c *tracked) ends(how string) {
	l := c.account.ledger
	if took := time.Since(c.start); took > c.within+late {
		l.violated("%s took %v, its deadline was %v", c.name, took, c.within)
	}
	calls := l.calls.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ends[how]++
	if l.want > 0 && calls >= l.want {
		l.want = 0
		close(l.enough)
	}
}

// reaches is closed when so many calls have ended.
func (l *ledger) reaches(calls int64) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.calls.Load() >= calls {
		close(l.enough)
	} else {
		l.want = calls
	}
	return l.enough
}

// opens notes whose session an id is: its short hash names it in events.
func (a *account) opens(id string) {
	sum := sha256.Sum256([]byte(id))
	a.ledger.mu.Lock()
	defer a.ledger.mu.Unlock()
	a.sessions[hex.EncodeToString(sum[:4])] = a
}

// told is the Transport's observer.
func (l *ledger) told(e nethttp.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events[e.Kind]++
	if a := l.sessions[e.Session]; a != nil && e.Kind == nethttp.RecoveryFailed && e.Class == classify.Auth {
		a.challenged.Store(true) // where no call waited, its client is not told
	}
}

// renewed is the Transport's hook.
func (l *ledger) renewed(r nethttp.Renewal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := renewal{r.Endpoint + " " + r.SessionID, r.Epoch}
	if l.renewals[k]++; l.renewals[k] > 1 {
		go l.violated("epoch %d of a session was opened %d times", r.Epoch, l.renewals[k])
	}
}
