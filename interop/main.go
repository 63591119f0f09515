//go:build interop

// Command interop plays MCP clients against MCP servers of several languages
// that go wrong, with and without mcprecover, and prints what became of them.
// The script run installs what it needs and starts it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	err := error(nil)
	switch args := os.Args[1:]; {
	case len(args) == 2 && args[0] == "client":
		err = runClient(args[1])
	case len(args) == 2 && args[0] == "server":
		err = runServer(args[1])
	case len(args) > 0 && args[0] == "conformance":
		err = runConformance(args[1:])
	default:
		err = runMatrix(args)
	}
	var wrong misuse
	switch {
	case err == nil:
	case errors.As(err, &wrong):
		fmt.Fprintln(os.Stderr, "interop:", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "interop:", err)
		os.Exit(1)
	}
}

// misuse is an error in the arguments.
type misuse struct{ error }

// options say which part of the matrix is played, and where it goes.
type options struct {
	clients, servers []kind
	faults           []fault
	mode             string // of the first half of the cells
	out, details     string
	atOnce           int
	house            house
}

func runMatrix(args []string) error {
	o, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return misuse{err}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cells, m := o.play(ctx)
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("broken off: %w", err)
	}
	m.write(os.Stdout, o.clients, o.servers, o.faults)
	if err := o.keep(cells, m); err != nil {
		return err
	}
	return verdict(cells)
}

// play plays the groups that can run.
func (o options) play(ctx context.Context) ([]cell, matrix) {
	var groups []*group
	for _, s := range o.servers {
		for _, c := range o.clients {
			if !c.present(o.house) || !s.present(o.house) {
				continue
			}
			for _, mode := range []string{o.mode, plain} {
				groups = append(groups, &group{house: o.house, clientKind: c, server: s, mode: mode, patience: callWithin})
			}
		}
	}
	var all []cell
	m := matrix{}
	begun, done := time.Now(), 0
	runAll(ctx, groups, o.faults, o.atOnce, func(g *group, cells []cell) {
		done++
		var words []string
		for _, c := range cells {
			words = append(words, c.Word)
			m.put(c)
		}
		all = append(all, cells...)
		fmt.Fprintf(os.Stderr, "%3.0fs %d/%d  %s, %s server, %s: %s\n", time.Since(begun).Seconds(), done, len(groups),
			g.clientKind.name, g.server.name, g.mode, strings.Join(words, ", "))
	})
	return all, m
}

// keep writes the table and every call to files.
func (o options) keep(cells []cell, m matrix) error {
	if o.details != "" {
		text, err := json.MarshalIndent(cells, "", "\t")
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.details, text, 0o644); err != nil {
			return err
		}
	}
	if o.out == "" {
		return nil
	}
	f, err := os.Create(o.out)
	if err != nil {
		return err
	}
	fmt.Fprint(f, "# Clients, servers and faults\n\nWritten by `interop/run --write`; do not edit.\n\n")
	m.write(f, clients, servers, faultList)
	return f.Close()
}

// verdict is an error if a cell with mcprecover is bad, or nothing was played.
func verdict(cells []cell) error {
	if len(cells) == 0 {
		return fmt.Errorf("no cell could be played: what the rows need is not installed")
	}
	var bad []string
	for _, c := range cells {
		if c.Mode != plain && !good(c.Word) {
			bad = append(bad, fmt.Sprintf("%s client, %s server, %s: %s%s", c.Client, c.Server, c.Fault, c.Word, c.why()))
		}
	}
	if len(bad) == 0 {
		return nil
	}
	slices.Sort(bad)
	return fmt.Errorf("%d cells with mcprecover are bad:\n  %s", len(bad), strings.Join(bad, "\n  "))
}

// why tells of the calls of a bad cell.
func (c cell) why() string {
	text := ""
	if c.Note != "" {
		text = "\n      " + c.Note
	}
	for _, call := range c.Calls {
		text += fmt.Sprintf("\n      %s: %s after %d ms, ran %d: %.300s", call.Name, call.End, call.MS, call.Ran, call.Text)
	}
	return text
}

func parse(args []string) (o options, err error) {
	f := flag.NewFlagSet("interop", flag.ContinueOnError)
	f.Usage = func() {
		fmt.Fprintln(f.Output(), "Options, which go behind -- of interop/run:")
		f.PrintDefaults()
	}
	var titles []string
	for _, f := range faultList {
		titles = append(titles, f.name)
	}
	cs := f.String("clients", strings.Join(names(clients), ","), "`NAMES` of the client rows, with commas")
	ss := f.String("servers", strings.Join(names(servers), ","), "`NAMES` of the servers, with commas")
	fs := f.String("faults", strings.Join(titles, ","), "`NAMES` of the faults, with commas")
	f.StringVar(&o.mode, "mode", recovering, "`MODE`: recovering, or a mcprecover that is broken on purpose, to prove that cells turn bad: "+strings.Join(brokenModes, ", "))
	f.StringVar(&o.out, "out", "", "`FILE` for the table")
	f.StringVar(&o.details, "details", "", "`FILE` for every call, as JSON")
	f.IntVar(&o.atOnce, "at-once", 16, "groups of cells played at a time")
	f.StringVar(&o.house.cache, "cache", "", "`FOLDER` with the programs in other languages")
	f.StringVar(&o.house.command, "command", "mcprecover", "mcprecover's `PROGRAM`")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("%q is no option", f.Args())
	}
	if o.house.self, err = os.Executable(); err != nil {
		return o, err
	}
	if o.mode != recovering && !slices.Contains(brokenModes, o.mode) {
		return o, fmt.Errorf("-mode %q: give recovering or one of %s", o.mode, strings.Join(brokenModes, ", "))
	}
	if o.mode != recovering && o.out != "" {
		return o, fmt.Errorf("-out %s: a table of -mode %s would pass for mcprecover's", o.out, o.mode)
	}
	if o.atOnce < 1 {
		return o, fmt.Errorf("-at-once %d: give 1 or more", o.atOnce)
	}
	if o.clients, err = pick("-clients", *cs, clients, func(k kind) string { return k.name }); err != nil {
		return o, err
	}
	if o.servers, err = pick("-servers", *ss, servers, func(k kind) string { return k.name }); err != nil {
		return o, err
	}
	o.faults, err = pick("-faults", *fs, faultList, func(f fault) string { return f.name })
	return o, err
}

// pick chooses by name.
func pick[T any](flag, list string, from []T, name func(T) string) ([]T, error) {
	var chosen []T
	for word := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(from, func(t T) bool { return name(t) == word })
		if i < 0 {
			var known []string
			for _, t := range from {
				known = append(known, name(t))
			}
			return nil, fmt.Errorf("%s: %q is none of %s", flag, word, strings.Join(known, ", "))
		}
		chosen = append(chosen, from[i])
	}
	return chosen, nil
}
