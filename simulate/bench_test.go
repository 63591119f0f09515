//go:build unix

package simulate

import (
	"container/heap"
	"context"
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// quad is a 4-ary heap of packed keys beside an array of clients: the usual
// way to make a heap fast.
type quad struct {
	keys    []key
	clients []client
}

func (q *quad) run(w *world, watch func(Time) bool) Time {
	w.whole = true
	q.clients = make([]client, w.scenario.Clients.Number)
	q.keys = make([]key, len(q.clients))
	for id := range q.clients {
		q.clients[id] = w.birth(uint32(id))
		q.keys[id] = key{order: uint64(q.clients[id].at()), place: uint32(id)}
	}
	for i := len(q.keys) / 4; i >= 0; i-- {
		q.sift(i)
	}
	for Time(q.keys[0].order) < w.end {
		c := &q.clients[q.keys[0].place]
		w.result.Events++
		if w.result.Events%(1<<20) == 0 {
			watch(w.now)
		}
		w.reach(c.at())
		w.step(c)
		q.keys[0].order = uint64(c.at())
		q.sift(0)
	}
	w.close(w.end)
	for i := range q.clients {
		w.ended(q.clients[i].id, q.clients[i].token)
	}
	return w.end
}

func (q *quad) sift(i int) {
	k := q.keys[i]
	for {
		first := 4*i + 1
		if first >= len(q.keys) {
			break
		}
		least := first
		for j := first + 1; j < min(first+4, len(q.keys)); j++ {
			if q.before(j, least) {
				least = j
			}
		}
		if a := q.keys[least]; k.order < a.order || k.order == a.order && k.place < a.place {
			break
		}
		q.keys[i] = q.keys[least]
		i = least
	}
	q.keys[i] = k
}

func (q *quad) before(i, j int) bool {
	a, b := &q.keys[i], &q.keys[j]
	return a.order < b.order || a.order == b.order && a.place < b.place
}

// pointers is container/heap of one allocated event for each step, as most
// simulators have it.
type pointers []*client

func (p pointers) Len() int           { return len(p) }
func (p pointers) Less(i, j int) bool { return reference(p).Less(i, j) }
func (p pointers) Swap(i, j int)      { reference(p).Swap(i, j) }
func (p *pointers) Push(x any)        { *p = append(*p, x.(*client)) }
func (p *pointers) Pop() any          { return (*reference)(p).Pop() }

func (p *pointers) run(w *world, watch func(Time) bool) Time {
	w.whole = true
	for id := range uint32(w.scenario.Clients.Number) {
		c := w.birth(id)
		*p = append(*p, &c)
	}
	heap.Init(p)
	for (*p)[0].at() < w.end {
		c := *heap.Pop(p).(*client)
		w.result.Events++
		if w.result.Events%(1<<20) == 0 {
			watch(w.now)
		}
		w.reach(c.at())
		w.step(&c)
		heap.Push(p, &c)
	}
	w.close(w.end)
	for _, c := range *p {
		w.ended(c.id, c.token)
	}
	return w.end
}

// BenchmarkEngines runs that world in three engines, side by side. What is
// compared is the processor's time, which does not depend on what else the
// machine does. The other two have an event for each answer, as usual; the
// wheel has none where nothing can come between.
func BenchmarkEngines(b *testing.B) {
	for _, n := range []int{1_000_000, 100_000} {
		for _, e := range []struct {
			name string
			make func() engine
		}{
			{"wheel", func() engine { return new(wheel) }},
			{"4-ary heap of packed keys", func() engine { return new(quad) }},
			{"container heap of pointers", func() engine { return new(pointers) }},
		} {
			b.Run(fmt.Sprintf("%s/%d", e.name, n), func(b *testing.B) {
				for b.Loop() {
					runtime.GC()
					peak, began := uint64(0), processor()
					run := benchmarked(n)
					run.Progress = func(reached, _ time.Duration, _ uint64) {
						if reached < time.Minute {
							peak = max(peak, heapInUse())
						}
					}
					r, err := run.on(context.Background(), e.make(), nil)
					if err != nil {
						b.Fatal(err)
					}
					took := processor() - began
					b.ReportMetric(took.Seconds(), "cpu-s")
					b.ReportMetric(float64(peak)/float64(n), "B/client")
					b.ReportMetric(float64(r.Events), "events")
					b.ReportMetric(float64(r.Decisions()), "decisions")
					b.ReportMetric(float64(took.Nanoseconds())/float64(r.Events), "cpu-ns/event")
				}
			})
		}
	}
}

// BenchmarkSample runs a fleet of ten millions as a sample of one.
func BenchmarkSample(b *testing.B) {
	for b.Loop() {
		run := benchmarked(10_000_000)
		run.Sample = 1_000_000
		began := processor()
		r := mustRun(b, run)
		b.ReportMetric((processor() - began).Seconds(), "cpu-s")
		b.ReportMetric(float64(r.Decisions()), "decisions")
	}
}

// processor is the processor's time that this process has had.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
