package simulate

import (
	"context"
	"runtime"
	"sync"
)

// Each does many runs, as many at a time as the process has processors, each
// in one goroutine. done is told of each run that ends, by its index, with
// what Do returned; it is called by one goroutine at a time, in any order of
// runs. Each returns when all have ended, also when ctx ends before: runs that
// were not begun then get ctx's error and no Result.
func Each(ctx context.Context, runs []Run, done func(i int, r *Result, err error)) {
	var all sync.WaitGroup
	var telling sync.Mutex
	next := make(chan int)
	for range min(runtime.GOMAXPROCS(0), len(runs)) {
		all.Go(func() {
			for i := range next {
				r, err := (*Result)(nil), context.Cause(ctx)
				if err == nil {
					r, err = runs[i].Do(ctx)
				}
				telling.Lock()
				done(i, r, err)
				telling.Unlock()
			}
		})
	}
	for i := range runs {
		next <- i
	}
	close(next)
	all.Wait()
}
