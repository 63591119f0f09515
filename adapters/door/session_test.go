package door

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var errLost = errors.New("lost")

// stage is a Session of numbered connections, in virtual time.
type stage struct {
	Session[int]
	opened int             // connections so far; the number of the last one
	dead   map[int]bool    // have ended
	opens  []time.Duration // when they were asked for, since the start
	refuse error           // of the next ones
	start  time.Time

	mu   sync.Mutex
	shut map[int]int // how often each was ended
}

func connected(t *testing.T) *stage {
	t.Helper()
	s := &stage{dead: map[int]bool{}, shut: map[int]int{}, start: time.Now()}
	s.Session = Session[int]{
		Open: func(context.Context) (int, error) {
			s.opens = append(s.opens, time.Since(s.start))
			if s.refuse != nil {
				return 0, s.refuse
			}
			s.opened++
			return s.opened, nil
		},
		Shut: func(c int) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.shut[c]++
			return nil
		},
		Dead:   func(c int) bool { return s.dead[c] },
		Broken: func(_ context.Context, _ int, err error) bool { return errors.Is(err, errLost) },
	}
	if err := s.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// uses is a closure for Do that notes the connections it was called with, and
// fails with the errors, one by one.
func uses(on *[]int, errs ...error) func(context.Context, int) error {
	return func(_ context.Context, c int) error {
		*on = append(*on, c)
		if len(errs) == 0 {
			return nil
		}
		err := errs[0]
		errs = errs[1:]
		return err
	}
}

func TestWhichConnectionsAClosureRunsOn(t *testing.T) {
	other := errors.New("something else")
	for _, c := range []struct {
		name  string
		dead  bool // the first connection has ended before
		again bool
		errs  []error
		want  []int // connections that the closure ran on
		err   error
	}{
		{"all is well", false, false, nil, []int{1}, nil},
		{"known to have ended: replaced first", true, false, nil, []int{2}, nil},
		{"lost: once", false, false, []error{errLost}, []int{1}, errLost},
		{"lost: once more, where that is allowed", false, true, []error{errLost}, []int{1, 2}, nil},
		{"lost twice: never a third time", false, true, []error{errLost, errLost}, []int{1, 2}, errLost},
		{"known to have ended, and lost", true, true, []error{errLost}, []int{2, 3}, nil},
		{"any other error", false, true, []error{other}, []int{1}, other},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := connected(t)
				s.dead[1] = c.dead
				var on []int
				if err := s.Do(t.Context(), c.again, uses(&on, c.errs...)); !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
					t.Errorf("%v, want %v", err, c.err)
				}
				if len(on) != len(c.want) {
					t.Fatalf("ran on %v, want %v", on, c.want)
				}
				for i := range on {
					if on[i] != c.want[i] {
						t.Errorf("ran on %v, want %v", on, c.want)
					}
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
				synctest.Wait()
				for c := 1; c <= s.opened; c++ {
					if s.shut[c] != 1 {
						t.Errorf("connection %d was ended %d times", c, s.shut[c])
					}
				}
			})
		})
	}
}

// A server that is away is not asked without a pause, however often calls come;
// the first success ends the pauses.
func TestAttemptsArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.dead[1] = true
		s.refuse = errors.New("refused")
		for time.Since(s.start) < 10*time.Minute {
			if err := s.Do(t.Context(), true, uses(new([]int))); !errors.Is(err, s.refuse) {
				t.Fatalf("%v, want the error of the attempt", err)
			}
		}
		if n := len(s.opens); n < 600/45 || n > 60 {
			t.Errorf("%d attempts in ten minutes", n)
		}
		for i := 2; i < len(s.opens); i++ { // the first two are the first connection's and the first attempt's
			if gap := s.opens[i] - s.opens[i-1]; gap < 250*time.Millisecond || gap > 45*time.Second {
				t.Errorf("attempt %d came %s after the one before", i, gap)
			}
		}
		s.refuse = nil
		var on []int
		if err := s.Do(t.Context(), false, uses(&on)); err != nil {
			t.Fatal(err)
		}
		s.dead[2] = true
		before := time.Now()
		if err := s.Do(t.Context(), false, uses(&on)); err != nil || time.Since(before) != 0 {
			t.Errorf("after a success: %v, after %s; want a new connection at once", err, time.Since(before))
		}
		s.Close()
	})
}

func TestACallersContextBoundsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		s.dead[1] = true
		s.refuse = errors.New("refused")
		for range 8 {
			_ = s.Do(t.Context(), false, uses(new([]int)))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := s.Do(ctx, false, uses(new([]int))); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want the caller's deadline", err)
		}
		before := time.Now()
		s.Close()
		if time.Since(before) != 0 {
			t.Errorf("Close waited %s for an attempt's pause", time.Since(before))
		}
		if err := s.Do(t.Context(), false, uses(new([]int))); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

// Renewed runs one at a time; what comes meanwhile makes one more, not ten.
func TestRenewalsAreToldOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := connected(t)
		running, told := 0, 0
		s.Renewed = func(context.Context, int) {
			if running++; running > 1 {
				t.Error("two at once")
			}
			time.Sleep(time.Second)
			running--
			told++
		}
		for range 10 {
			s.Renew()
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if told != 2 {
			t.Errorf("told %d times, want twice: for the first, and for all that came meanwhile", told)
		}
		s.Renew()
		time.Sleep(time.Minute)
		synctest.Wait()
		if told != 3 {
			t.Errorf("told %d times after another one, want 3", told)
		}
		s.Close()
	})
}
