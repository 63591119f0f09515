package door

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// ErrClosed is what a Session answers after its Close.
var ErrClosed = errors.New("mcprecover: the session was closed")

// openWithin bounds one attempt to connect again. It is the policy's patience
// for each of an SDK's two or three requests of a handshake.
const openWithin = 90 * time.Second

// Session holds a connection of an SDK's client, and replaces it by a new one
// when no recovery by HTTP can help it. Its functions are set before Connect
// and not changed. It is safe for concurrent use.
type Session[C comparable] struct {
	Open    func(context.Context) (C, error)               // a new connection, ready for calls
	Shut    func(C) error                                  // ends one; it may wait for the calls on it
	Dead    func(C) bool                                   // it is known to have ended; quick
	Broken  func(ctx context.Context, c C, err error) bool // after err, only a new one helps
	Renewed func(ctx context.Context, c C)                 // see Renew; nil: nobody wants to know

	ctx  context.Context // ends with Close; has the values of Connect's
	stop context.CancelFunc

	mu      sync.Mutex
	current C
	broken  bool     // current is not to be used any more
	attempt *attempt // to replace it; nil: none under way
	curve   *backoff.ExponentialBackOff
	next    time.Time // not before: the next attempt
	closed  bool
	tasks   sync.WaitGroup // attempts, and the goroutine that calls Renewed
	owed    int            // calls of Renewed; while it is not 0, a goroutine makes them

	replaced atomic.Bool // there were attempts since a call last went well
}

// attempt is one new connection under way, for all calls that wait for it.
type attempt struct {
	done chan struct{}
	err  error // set before done is closed
}

// Connect opens the first connection. ctx bounds that; only its values are
// kept for later ones.
func (s *Session[C]) Connect(ctx context.Context) error {
	s.ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.curve = backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(500*time.Millisecond), backoff.WithMultiplier(2),
		backoff.WithMaxInterval(30*time.Second), backoff.WithMaxElapsedTime(0), // as the policy's refused curve starts, as patient as a call
	)
	c, err := s.Open(ctx)
	if err != nil {
		s.stop()
		return err
	}
	s.current = c
	return nil
}

// Context ends with Close; connections that need a context of their own use it.
func (s *Session[C]) Context() context.Context { return s.ctx }

// Current is the connection that the next call would use, or the last one
// that there was.
func (s *Session[C]) Current() C {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

// Do calls f with a connection that is not known to be broken, and first waits
// for a new one if the present one is. If f's error shows that only a new
// connection helps, one is opened, behind: the next Do uses it. With again, Do
// waits for it and calls f once more.
func (s *Session[C]) Do(ctx context.Context, again bool, f func(context.Context, C) error) error {
	c, err := s.usable(ctx)
	if err != nil {
		return err
	}
	if err = f(ctx, c); err == nil {
		s.calm()
		return nil
	}
	if !s.Broken(ctx, c, err) {
		return err
	}
	s.breaks(c)
	if !again {
		return err
	}
	c, failed := s.usable(ctx)
	if failed != nil {
		return fmt.Errorf("%w; and connecting again: %w", err, failed)
	}
	if err = f(ctx, c); err == nil {
		s.calm()
	}
	return err
}

// usable gives a connection to call on.
func (s *Session[C]) usable(ctx context.Context) (C, error) {
	s.mu.Lock()
	c := s.current
	if !s.closed && !s.broken && !s.Dead(c) {
		s.mu.Unlock()
		return c, nil
	}
	a := s.replace()
	s.mu.Unlock()
	var none C
	if a == nil {
		return none, ErrClosed
	}
	select {
	case <-a.done:
	case <-ctx.Done():
		return none, fmt.Errorf("mcprecover: waiting for a new connection: %w", context.Cause(ctx))
	}
	if a.err != nil {
		return none, fmt.Errorf("mcprecover: connecting again: %w", a.err)
	}
	return s.Current(), nil
}

// breaks starts to replace a connection, unless somebody did so.
func (s *Session[C]) breaks(c C) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == c {
		s.broken = true
		s.replace()
	}
}

// replace starts an attempt, or joins the one under way; nil after Close.
// Called under s.mu.
func (s *Session[C]) replace() *attempt {
	if s.closed {
		return nil
	}
	if s.attempt == nil {
		a := &attempt{done: make(chan struct{})}
		s.attempt = a
		s.broken = true
		s.replaced.Store(true)
		wait := time.Until(s.next)
		s.next = time.Now().Add(max(wait, 0) + s.curve.NextBackOff())
		s.tasks.Go(func() { s.reopen(a, wait) })
	}
	return s.attempt
}

// reopen makes one attempt. It ends when every call that asked for it has
// given up, too: the next one finds it done.
func (s *Session[C]) reopen(a *attempt, wait time.Duration) {
	c, err := s.opens(wait)
	s.mu.Lock()
	s.attempt = nil
	old, closed := s.current, s.closed
	if err == nil && !closed {
		s.current, s.broken = c, false
	}
	s.mu.Unlock()
	switch {
	case err != nil:
		a.err = err
	case closed:
		a.err = ErrClosed
		_ = s.Shut(c)
	default:
		go s.Shut(old) // it waits for the calls that are still on it
		s.Renew()
	}
	close(a.done)
}

func (s *Session[C]) opens(wait time.Duration) (c C, err error) {
	if wait > 0 {
		pause := time.NewTimer(wait)
		defer pause.Stop()
		select {
		case <-pause.C:
		case <-s.ctx.Done():
			return c, ErrClosed
		}
	}
	ctx, cancel := context.WithTimeout(s.ctx, openWithin)
	defer cancel()
	return s.Open(ctx)
}

// calm ends the pauses between attempts: a call went well.
func (s *Session[C]) calm() {
	if s.replaced.CompareAndSwap(true, false) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.curve.Reset()
		s.next = time.Time{}
	}
}

// Renew calls Renewed with the current connection, from a goroutine of its own
// and never twice at once. Calls that come while one runs become one more.
func (s *Session[C]) Renew() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Renewed == nil || s.closed {
		return
	}
	if s.owed = min(s.owed+1, 2); s.owed == 1 {
		s.tasks.Go(s.renewing)
	}
}

func (s *Session[C]) renewing() {
	for {
		s.Renewed(s.ctx, s.Current())
		s.mu.Lock()
		s.owed--
		over := s.owed == 0 || s.closed
		s.mu.Unlock()
		if over {
			return
		}
	}
}

// Close ends the connection and every attempt to replace it. It waits for
// Renewed to return, and so must not be called from there.
func (s *Session[C]) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return nil
	}
	s.stop()
	s.tasks.Wait()
	return s.Shut(s.Current())
}
