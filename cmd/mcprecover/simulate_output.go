package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/mcprecover/mcprecover/policy"
	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/measure"
	"github.com/mcprecover/mcprecover/simulate/paired"
)

// document is what --json prints. Times are in seconds, null where they did not
// come within the run.
type document struct {
	Command     string        `json:"command"`
	Scenario    string        `json:"scenario"`
	Governed    bool          `json:"governed"`
	Clients     int           `json:"clients"`
	Sample      int           `json:"sample,omitempty"` // so many of them at most were simulated
	Seed        uint64        `json:"seed"`
	Seeds       int           `json:"seeds"`
	Interrupted bool          `json:"interrupted"`
	Lanes       []laneOut     `json:"lanes"`
	Differences []differences `json:"differences,omitempty"` // of each lane from the first
}

type laneOut struct {
	Name    string                `json:"name"`
	Policy  policy.Policy         `json:"policy"`
	Margins map[string]any        `json:"margins"`
	Failed  map[policy.Why]uint64 `json:"failed"` // calls, over all worlds, by the last reason
	Worlds  []worldOut            `json:"worlds"`
}

type worldOut struct {
	Seed     uint64                `json:"seed"`
	Reached  float64               `json:"reached_s"`
	Figures  map[string]any        `json:"figures"`
	Decided  map[policy.Why]uint64 `json:"decided"`
	Admitted map[policy.Why]uint64 `json:"admitted"`
	Survival []survivalOut         `json:"survival,omitempty"`
}

type survivalOut struct {
	UpTo  float64 `json:"up_to_s"`
	Share float64 `json:"share"`
}

type differences struct {
	Lane     string              `json:"lane"`
	From     string              `json:"from"`
	Measures map[string]interval `json:"measures"` // where every world has a number
}

// interval is a mean with its 95 % confidence interval.
type interval struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

func (s *simulation) document(command string, lanes []lane, raced error) document {
	d := document{
		Command: command, Scenario: s.scenario.Name, Governed: s.scenario.Governed, Clients: s.scenario.Clients.Number,
		Sample: s.sample, Seed: s.seed, Seeds: s.seeds, Interrupted: raced != nil,
	}
	for i, l := range lanes {
		d.Lanes = append(d.Lanes, l.out())
		if i > 0 && command != "sweep" && sameWorlds(lanes[0], l) > 1 {
			d.Differences = append(d.Differences, differencesOf(lanes[0], l))
		}
	}
	return d
}

func (l lane) out() laneOut {
	m := l.scenario.Margins(l.policy)
	o := laneOut{Name: l.name, Policy: l.policy, Failed: l.reasons(), Worlds: []worldOut{}, Margins: map[string]any{
		"queue": m.Queue, "rejects": m.Rejects, "login": m.Login, "table": m.Table, "strays": m.Strays,
	}}
	for _, w := range l.worlds {
		x := worldOut{
			Seed: w.seed, Reached: time.Duration(w.result.Reached).Seconds(), Figures: measure.Values(w.figures),
			Decided: simulate.By(w.result.Decided), Admitted: simulate.By(w.result.Admitted),
		}
		for i := range w.result.Survival.Begun {
			if upTo, share, ok := w.result.Survival.Share(i); ok {
				x.Survival = append(x.Survival, survivalOut{upTo.Seconds(), share})
			}
		}
		o.Worlds = append(o.Worlds, x)
	}
	return o
}

func differencesOf(a, b lane) differences {
	d := differences{Lane: b.name, From: a.name, Measures: map[string]interval{}}
	for _, m := range measure.All() {
		if i := paired.Difference(a.values(m), b.values(m)); !math.IsInf(i.Mean, 0) && !math.IsNaN(i.Low) {
			d.Measures[m.Name] = interval{i.Mean, i.Low, i.High}
		}
	}
	return d
}

func (s *simulation) printJSON(d any) error {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	return s.print(string(text) + "\n")
}

// printCSV prints a line for each run.
func (s *simulation) printCSV(lanes []lane) error {
	rows := [][]string{append([]string{"scenario", "clients", "policy", "seed"}, measure.Names()...)}
	for _, l := range lanes {
		for _, w := range l.worlds {
			row := []string{l.scenario.Name, strconv.Itoa(l.scenario.Clients.Number), l.name, strconv.FormatUint(w.seed, 10)}
			for _, m := range measure.All() {
				row = append(row, csvValue(measure.Plain(m, m.Of(w.figures))))
			}
			rows = append(rows, row)
		}
	}
	return s.printRows(rows)
}

// csvValue is empty where a time did not come.
func csvValue(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// printSeconds prints the first world second by second.
func (s *simulation) printSeconds(l lane) error {
	rows := [][]string{{"second", "calls", "good", "failed", "initializes", "opened", "recovered", "stale", "rejected", "refused", "refreshes", "waiting", "backlog_s"}}
	if len(l.worlds) > 0 {
		r := l.worlds[0].result
		for i, x := range r.Seconds[:min(int(r.Reached/int64(time.Second)), len(r.Seconds))] {
			row := []string{strconv.Itoa(i)}
			for _, n := range []uint32{x.Calls, x.Good, x.Failed, x.Initializes, x.Opened, x.Recovered, x.Stale, x.Rejected, x.Refused, x.Refreshes, x.Waiting} {
				row = append(row, strconv.FormatUint(uint64(n), 10))
			}
			rows = append(rows, append(row, strconv.FormatFloat(float64(x.Backlog)/1e9, 'f', 3, 64)))
		}
	}
	return s.printRows(rows)
}

func (s *simulation) printRows(rows [][]string) error {
	if err := csv.NewWriter(s.p.stdout).WriteAll(rows); err != nil {
		return fmt.Errorf("writing to stdout: %w", err)
	}
	return nil
}

// replaceFile writes a file whole or not at all: what was there stays until the
// new content is on the disk.
func replaceFile(file string, write func(io.Writer) error) (err error) {
	mode := os.FileMode(0o644)
	if was, err := os.Stat(file); err == nil {
		if !was.Mode().IsRegular() {
			return writeInto(file, write)
		}
		mode = was.Mode().Perm()
	}
	f, err := temporary(file)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

// temporary creates a temporary file in the folder of another. Its error speaks of
// that one.
func temporary(file string) (*os.File, error) {
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*")
	if path := new(fs.PathError); errors.As(err, &path) {
		return nil, &fs.PathError{Op: "create", Path: file, Err: path.Err}
	}
	return f, err
}

// writeInto is for what is no file on a disk, such as /dev/stdout.
func writeInto(file string, write func(io.Writer) error) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
