package nethttp

import (
	"net/url"
	"sync"
	"sync/atomic"
)

// maxSessions bounds the sessions that one Transport remembers. Beyond it the
// least recently used one that has nothing open is forgotten.
const maxSessions = 10_000

// store finds sessions by the client's id and the origin they were opened at:
// an id that a redirect carries to another origin finds nothing there.
type store struct {
	mu        sync.RWMutex
	sessions  map[sessionKey]*session // by the client's id
	holders   map[holderKey]*session  // by the server's present id
	endpoints map[endpointKey]*endpoint
	uses      atomic.Uint64
}

type sessionKey struct{ scheme, host, id string }

type endpointKey struct{ scheme, host, path string }

// holderKey: servers at two paths of a host may well give the same ids.
type holderKey struct {
	endpointKey
	id string
}

func (h *hello) endpointKey() endpointKey {
	return endpointKey{h.url.Scheme, h.url.Host, h.url.Path}
}

func keyOf(u *url.URL, id string) sessionKey { return sessionKey{u.Scheme, u.Host, id} }

func (st *store) find(u *url.URL, id string) *session {
	st.mu.RLock()
	s := st.sessions[keyOf(u, id)]
	st.mu.RUnlock()
	if s != nil {
		s.used.Store(st.uses.Add(1))
	}
	return s
}

// add remembers s under the id that the server gave, or under a minted one if
// another client of that origin has it already: then mint is asked, and the
// caller must translate. begin gives it its first epoch, before anybody can
// find it. It returns the session that had to go, if any.
func (st *store) add(s *session, id string, mint func() string, begin func()) (forgotten *session) {
	u := s.hello.url
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.sessions == nil {
		st.sessions = make(map[sessionKey]*session)
		st.holders = make(map[holderKey]*session)
	}
	for st.sessions[keyOf(u, id)] != nil {
		id = mint()
	}
	s.id = id
	begin()
	s.used.Store(st.uses.Add(1))
	if len(st.sessions) >= maxSessions {
		forgotten = st.forgetOldest()
	}
	st.sessions[keyOf(u, id)] = s
	return forgotten
}

func (st *store) forgetOldest() *session {
	var oldest *session
	var at sessionKey
	for k, s := range st.sessions {
		if (oldest == nil || s.used.Load() < oldest.used.Load()) && !s.busy() {
			oldest, at = s, k
		}
	}
	if oldest != nil {
		delete(st.sessions, at)
		st.disclaim(oldest)
	}
	return oldest
}

// maxEndpoints bounds the endpoints that are remembered beside those of
// sessions; requests without a session make them too.
const maxEndpoints = 1_000

// endpoint finds an endpoint, or remembers the one that make makes.
func (st *store) endpoint(u *url.URL, make func() *endpoint) (e *endpoint, made bool) {
	k := endpointKey{u.Scheme, u.Host, u.Path}
	st.mu.Lock()
	defer st.mu.Unlock()
	if e := st.endpoints[k]; e != nil {
		return e, false
	}
	if st.endpoints == nil || len(st.endpoints) >= maxEndpoints {
		st.endpoints = map[endpointKey]*endpoint{} // sessions hold on to theirs
		for _, s := range st.sessions {
			st.endpoints[s.hello.endpointKey()] = s.endpoint
		}
	}
	e = make()
	st.endpoints[k] = e
	return e, true
}

func (st *store) remove(s *session) {
	st.mu.Lock()
	defer st.mu.Unlock()
	k := keyOf(s.hello.url, s.id)
	if st.sessions[k] == s {
		delete(st.sessions, k)
		st.disclaim(s)
	}
}

// keep remembers a session again whose end was put off.
func (st *store) keep(s *session) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if k := keyOf(s.hello.url, s.id); st.sessions[k] == nil {
		st.sessions[k] = s
	}
}

// claim notes which id the server knows a session by from now on; old is the
// epoch that e replaces, nil at first. Another session that was known by it is
// gone: a server that restarted gives its first ids again. But a server that
// answers the renewal for that with the same id once more calls all sessions the
// same, and they are let be.
func (st *store) claim(s *session, old, e *epoch) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.sessions[keyOf(s.hello.url, s.id)] != s {
		return // forgotten meanwhile
	}
	if old != nil && old.id == e.id && old.taken.Load() {
		s.endpoint.alike.Store(true)
	}
	st.disclaim(s)
	if e.id == "" {
		return
	}
	k := holderKey{s.hello.endpointKey(), e.id}
	if other := st.holders[k]; other != nil && !s.endpoint.alike.Load() {
		other.current().taken.Store(true)
	}
	st.holders[k], s.known = s, e.id
}

// disclaim forgets which id the server knows a session by. Called under st.mu.
func (st *store) disclaim(s *session) {
	if k := (holderKey{s.hello.endpointKey(), s.known}); st.holders[k] == s {
		delete(st.holders, k)
	}
}

// all lists the sessions, for Close.
func (st *store) all() []*session {
	st.mu.RLock()
	defer st.mu.RUnlock()
	list := make([]*session, 0, len(st.sessions))
	for _, s := range st.sessions {
		list = append(list, s)
	}
	return list
}

// where names an endpoint without what may be secret in its URL.
func where(u *url.URL) string { return u.Scheme + "://" + u.Host + u.Path }
