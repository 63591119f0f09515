// Command bench measures mcprecover's Transport beside a bare http.Transport,
// hashicorp/go-retryablehttp and failsafe-go, in turns, over loopback:
//
//	cd bench && go run .
//
// It is a module of its own, so that the peers are no dependency of mcprecover.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 9, "rounds of each; the table shows medians")
	calls := flag.Int("calls", 500, "calls of each client in a round")
	flag.Parse()
	if *rounds < 5 || *calls < 1 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "bench: -rounds must be 5 or more, -calls 1 or more, and there are no arguments")
		os.Exit(2)
	}
	if err := run(*rounds, *calls); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(rounds, calls int) error {
	w := tabwriter.NewWriter(os.Stdout, 2, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "server\tclient\tgood answers\tµs/call\tx bare\trequests/call\t")
	for _, s := range situations {
		lines, err := measure(s, rounds, calls)
		if err != nil {
			return err
		}
		for _, l := range lines {
			fmt.Fprintf(w, "%s\t%s\t%d of %d\t%.1f\t%.2f\t%.1f\t\n", s.name, l.client, l.good, l.calls, l.micros, l.ratio, l.requests)
		}
	}
	return w.Flush()
}

// line is what one client came to in one situation.
type line struct {
	client        string
	good, calls   int
	micros, ratio float64 // medians of the rounds; ratio to the bare Transport in the same round
	requests      float64
}

// measure lets each client make its calls in turn, round by round.
func measure(s situation, rounds, calls int) ([]line, error) {
	srv := serve(s)
	defer srv.Close()
	var lines []line
	took := make([][]float64, len(clients))
	for round := range rounds + 1 { // the first one warms up
		for i, c := range clients {
			if round == 0 {
				lines = append(lines, line{client: c.name})
			}
			good, spent, err := play(srv, s, c, calls)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", s.name, c.name, err)
			}
			if round == 0 {
				srv.requests.Store(0)
				continue
			}
			lines[i].good += good
			lines[i].calls += calls
			lines[i].requests += float64(srv.requests.Swap(0))
			took[i] = append(took[i], float64(spent.Nanoseconds())/float64(calls)/1000)
		}
	}
	for i := range lines {
		var ratios []float64
		for round, micros := range took[i] {
			ratios = append(ratios, micros/took[0][round])
		}
		lines[i].micros, lines[i].ratio = median(took[i]), median(ratios)
		lines[i].requests /= float64(lines[i].calls)
	}
	return lines, nil
}

// play opens a session with one client and makes its calls.
func play(srv *server, s situation, c client, calls int) (good int, spent time.Duration, err error) {
	hc, done := c.make()
	defer done()
	session, err := initialize(hc, srv.URL)
	if err != nil {
		return 0, 0, err
	}
	srv.requests.Store(0)
	start := time.Now()
	for range calls {
		if s.before != nil {
			s.before(srv)
		}
		if call(hc, srv.URL, session) == nil {
			good++
		}
	}
	return good, time.Since(start), nil
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}
