package classify

import "strings"

// role is what a word can do in a phrase about a session. A word may have
// several; a word without any is unknown.
type role uint32

const (
	roleGlue    role = 1 << iota // says nothing by itself: "the", "was", "provided"
	roleID                       // the session's id: "id", "header"
	roleObject                   // what a server keeps for a session: "transport", "state"
	roleNot                      // "not", "no", "cannot"
	roleThere                    // after a not, the session is gone: "found", "valid"
	roleGiven                    // after a not, its id is missing: "provided", "sent"
	roleReady                    // after a not, the handshake is: "initialized"
	roleAllowed                  // after a not, its id is refused: "supported"
	roleGone                     // the session is gone: "expired", "unknown"
	roleBad                      // the same, only before the session: "wrong"
	roleNeed                     // its id is missing: "required"
	roleLack                     // the same, also after a not: "missing", "empty"
	roleMust                     // "must", "should": what follows is wanted
	roleLink                     // what a session hangs on: "transport"
	roleOpen                     // before "session": "start", "create"
	roleFind                     // after a not, before the session: "find", "locate"
	rolePut                      // after a must or a not, before the session: "provide", "send"
	roleFail                     // "failed", "unable": a not before a verb
	roleFor                      // "for", "in": what stands before is something of the session
	roleParty                    // "user", "principal"
	roleUnlike                   // "mismatch", "denied": the session is another's
	roleOwn                      // "belongs", "owned"
	roleAnother                  // "another", "different"
	roleForeign                  // beside "session" it makes another thing: "token", "login"
	roleStop                     // begins another thought: "but", "please"
	roleWant                     // before "initialize": "expect", "call", "first"
	roleFirst                    // after "initialize": "first", "before"
	roleServer                   // who can be uninitialized: "server", "client"
	roleSession
)

// lexicon lists the words, one line for each role. Words are matched whole and
// in any case; "sessionId", "SESSION_ID" and "session-id" are two words each.
var lexicon = []struct {
	role  role
	words string
}{
	{roleSession, "session sessions"},
	{roleGlue, `a an the this that your you it its which is are was were be been being has have had having
		may might can could will would does did do of or and either to from at by as already now just since likely
		probably possibly no any anymore longer here there more current currently existing matching corresponding
		associated requested referenced specified supplied given provided sent mcp http streamable appears seems
		get got was either both such stateful server client instance node worker replica process pod api request
		requests query non yet properly fully per other previous previously due unexpectedly
		garbage for with in within on of access idle exceeded new
		completed complete finished who whom`},
	{roleID, "id ids identifier identifiers uuid header headers value param parameter field"},
	{roleObject, `transport transports connection connections stream streams channel state context record entry
		object info data mapping service sse handler instance server client`},
	{roleNot, `not no never none nor neither cannot cant couldnt doesnt dont didnt isnt wasnt hasnt arent werent havent
		wont without non`},
	{roleThere, `found known exist exists existing existent valid active recognized recognised
		live alive open available registered connected located resolved match matched matching loaded tracked
		identified usable correspond corresponds`},
	{roleGiven, "provided given specified supplied sent present included include set passed attached"},
	{roleReady, "initialized initialised started established begun created opened"},
	{roleAllowed, "supported accepted allowed expected permitted"},
	{roleGone, `unknown expired expires invalid invalidated terminated closed closing ended destroyed deleted removed
		evicted reaped lost gone stale nonexistent nonexisting unrecognized unrecognised inactive dead disconnected
		abandoned forgotten purged dropped superseded disposed discarded unregistered revoked timed timedout timeout
		killed shut aborted cleared shutdown obsolete orphaned undefined unresolved vanished recycled collected malformed`},
	{roleBad, "bad wrong incorrect outdated unmatched old"},
	{roleNeed, "required requires require requiring needed need needs mandatory expects expected"},
	{roleLack, "missing absent empty blank lacks lacking"},
	{roleMust, "must should please shall"},
	{roleFind, "find locate resolve recognize recognise identify"},
	{rolePut, "provide include send supply specify contain carry have has set pass"},
	{roleLink, "transport transports connection connections"},
	{roleOpen, "start create open establish begin initiate"},
	{roleFail, "failed fail fails failure unable error"},
	{roleFor, "for with in within on of"},
	{roleParty, "user principal owner identity tenant subject account caller credential credentials"},
	{roleUnlike, "mismatch mismatched mismatches denied"},
	{roleOwn, "belong belongs owned own bound belonging created opened initiated"},
	{roleAnother, "another different other someone else"},
	{roleForeign, `token tokens name names cookie cookies key keys secret type kind store storage registration termination
		affinity limit limits capacity count quota manager pool duration lifetime ttl size config configuration settings
		policy log logs file history creation login logon signin oauth sso browser auth authentication
		authorization chat ssh terminal tmux db database sql upstream backend aws sts kernel notebook shell game
		checkout payment recording training refresh admin`},
	{roleStop, "but because if when while please try then so until unless"},
	{roleWant, `must should please expect expects expected expecting require requires required need needs call calls calling
		send sending first before until without missing want wants awaiting waiting re`},
	{roleFirst, "first before"},
	{roleServer, "server client session connection transport mcp protocol handshake request lifecycle"},
}

// entry is a word of the lexicon or of a phrase in causes.go.
type entry struct {
	key   key
	role  role
	opens fact // what phrases that begin with it prove
}

const slots = 2048 // four times the words, so that a look-up seldom probes twice

// dictionary finds words by hash; the first places of
// entries are no words; see phrase.go.
type dictionary struct {
	slot    [slots]uint16
	entries []entry
}

var words = newDictionary()

func newDictionary() *dictionary {
	d := &dictionary{entries: make([]entry, 1, slots/2)}
	d.add(".")
	d.add("^")
	d.add("#")
	for _, line := range lexicon {
		for _, w := range strings.Fields(line.words) {
			d.entries[d.add(w)].role |= line.role
		}
	}
	for _, c := range causes {
		for _, phrase := range c.phrases {
			es := elements(phrase)
			for _, e := range es {
				for _, w := range e.words {
					d.add(w)
				}
			}
			d.open(es, c.proves)
		}
	}
	return d
}

// open notes what a phrase proves at each word that can be its first.
func (d *dictionary) open(es []element, proves fact) {
	for _, e := range es {
		for _, w := range e.words {
			d.entries[d.add(w)].opens |= proves
		}
		if !e.optional && !e.anything && e.words[0] != "^" {
			return
		}
	}
}

// add returns the place of a word among the entries, and makes one for it.
func (d *dictionary) add(w string) uint16 {
	if len(w) > longestWord {
		panic("classify: longer than a word may be: " + w)
	}
	k := keyOf([]byte(w))
	n := d.find(k)
	if n == unknown {
		n = uint16(len(d.entries))
		d.entries = append(d.entries, entry{key: k})
		s := k.hash()
		for d.slot[s%slots] != unknown {
			s++
		}
		d.slot[s%slots] = n
	}
	return n
}

// find returns the place of a word, unknown if it is not in the dictionary.
func (d *dictionary) find(k key) uint16 {
	for s := k.hash(); ; s++ {
		n := d.slot[s%slots]
		if n == unknown || d.entries[n].key == k {
			return n
		}
	}
}

// foldEqual compares letters in any case with a lower-case word.
func foldEqual(letters []byte, lower string) bool {
	if len(letters) != len(lower) {
		return false
	}
	for i, c := range letters {
		if c|0x20 != lower[i] {
			return false
		}
	}
	return true
}
