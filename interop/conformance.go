//go:build interop

package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// suite is the official conformance suite, run twice for a part of it.
type suite struct {
	house house
	root  string // of the module
	tmp   string
	sdk   string // folder of go-sdk's source
}

// suiteWithin bounds one run; a scenario has 30 s of its own.
const suiteWithin = 5 * time.Minute

// part is what is run with and without mcprecover.
type part struct {
	role     string // server or client
	revision string // whose requirements are asked for
}

var parts = []part{
	{"server", "2025-11-25"}, {"server", "2026-07-28"}, {"client", "2025-11-25"}, {"client", "2026-07-28"},
}

// runConformance compares the results of all parts, check by check. In server
// mode the suite talks to go-sdk's conformance server, directly and through the
// proxy; in client mode go-sdk's conformance client talks to the suite, as it is
// and with the engine under its transport.
func runConformance(args []string) error {
	var s suite
	f := flag.NewFlagSet("conformance", flag.ContinueOnError)
	f.StringVar(&s.house.cache, "cache", "", "`FOLDER` with the suite")
	f.StringVar(&s.house.command, "command", "mcprecover", "mcprecover's `PROGRAM`")
	f.StringVar(&s.root, "root", ".", "`FOLDER` of the module")
	out := f.String("out", "", "write the counts to this `FILE` too")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("conformance takes no arguments, and got %q", f.Args())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if s.tmp, err = os.MkdirTemp("", "conformance"); err != nil {
		return err
	}
	defer os.RemoveAll(s.tmp)
	if err := s.build(ctx); err != nil {
		return err
	}
	different := 0
	counts := [][]string{{"mode", "revision", "without mcprecover", "with mcprecover", "checks that differ"}}
	for _, p := range parts {
		without, err := s.run(ctx, p, false)
		if err != nil {
			return err
		}
		with, err := s.run(ctx, p, true)
		if err != nil {
			return err
		}
		lines := compare(without, with)
		fmt.Printf("%s, %s\n  without mcprecover  %s\n  with mcprecover     %s\n", p.role, p.revision, without, with)
		for _, line := range lines {
			fmt.Println("  differs:", line)
		}
		different += len(lines)
		counts = append(counts, []string{p.role, p.revision, without.String(), with.String(), fmt.Sprint(len(lines))})
	}
	if err := keepCounts(*out, counts); err != nil {
		return err
	}
	if different > 0 {
		return fmt.Errorf("%d checks have another result with mcprecover", different)
	}
	fmt.Println("every check has the same result with and without mcprecover")
	return nil
}

// keepCounts writes the counts to a file, if one is named.
func keepCounts(file string, counts [][]string) error {
	if file == "" {
		return nil
	}
	var page strings.Builder
	page.WriteString("# The official conformance suite\n\n" +
		"Written by `interop/conformance/run --write`; do not edit.\n\n" +
		"`@modelcontextprotocol/conformance` against go-sdk's conformance server, directly and through the proxy (server\n" +
		"mode), and with go-sdk's conformance client, as it is and on the Transport (client mode). Each check is compared\n" +
		"with itself: what fails with mcprecover fails without it.\n\n")
	align(&page, counts)
	return os.WriteFile(file, []byte(page.String()), 0o644)
}

// build makes go-sdk's conformance programs, and its client once more with our
// transport.
func (s *suite) build(ctx context.Context) error {
	const module = "github.com/modelcontextprotocol/go-sdk"
	list := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module)
	list.Dir = s.root
	dir, err := list.Output()
	if err != nil {
		return fmt.Errorf("find %s: %w", module, err)
	}
	s.sdk = strings.TrimSpace(string(dir))

	source, err := os.ReadFile(filepath.Join(s.sdk, "conformance/everything-client/main.go"))
	if err != nil {
		return err
	}
	const plainly, wrapped = "client.Connect(ctx, transport, nil)", "client.Connect(ctx, wrap(client, transport), nil)"
	if n := strings.Count(string(source), plainly); n != 1 {
		return fmt.Errorf("go-sdk's conformance client connects in %d places, not in one: look at it again", n)
	}
	wrap, err := os.ReadFile(filepath.Join(s.root, "interop/conformance/wrap.go"))
	if err != nil {
		return err
	}
	main := filepath.Join(s.tmp, "main.go")
	if err := os.WriteFile(main, []byte(strings.Replace(string(source), plainly, wrapped, 1)), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.tmp, "wrap.go"), wrap, 0o644); err != nil {
		return err
	}
	for program, from := range map[string][]string{
		"server":      {module + "/conformance/everything-server"},
		"client":      {module + "/conformance/everything-client"},
		"with-client": {main, filepath.Join(s.tmp, "wrap.go")},
	} {
		build := exec.CommandContext(ctx, "go", append([]string{"build", "-o", s.program(program)}, from...)...)
		build.Dir = s.root
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", program, err, out)
		}
	}
	return nil
}

func (s *suite) program(name string) string { return filepath.Join(s.tmp, name) }

// run runs one part and reads its results.
func (s *suite) run(ctx context.Context, p part, with bool) (results, error) {
	ctx, cancel := context.WithTimeout(ctx, suiteWithin)
	defer cancel()
	out := filepath.Join(s.tmp, fmt.Sprint(p.role, p.revision, with))
	args := []string{
		filepath.Join(s.house.cache, "npm/node_modules/@modelcontextprotocol/conformance/dist/index.js"),
		p.role, "--requirements", p.revision, "-o", out,
	}
	if p.role == "client" {
		client := s.program("client")
		if with {
			client = s.program("with-client")
		}
		args = append(args, "--command", client)
	} else {
		at, stop, err := s.serve(ctx, p.revision, with)
		if err != nil {
			return nil, err
		}
		defer stop()
		args = append(args, "--url", at)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(s.house.cache, node), args...)
	text, failed := cmd.CombinedOutput() // it fails where a check does
	r, err := readResults(out)
	if err != nil || len(r) == 0 {
		return nil, fmt.Errorf("the suite gave no results (%v, %v): %.2000s", failed, err, text)
	}
	return r, nil
}

// serve starts go-sdk's conformance server, and the proxy before it.
func (s *suite) serve(ctx context.Context, revision string, with bool) (at string, stop func(), err error) {
	k := kind{name: "conformance", argv: func(house) []string {
		stateless := fmt.Sprint(revision >= "2026-07-28")
		return []string{"/bin/sh", "-c", `exec "$0" -http="127.0.0.1:$PORT" -stateless="$1"`, s.program("server"), stateless}
	}}
	server, err := startServer(ctx, s.house, k, false, &runs{count: map[string]int{}})
	if err != nil {
		return "", nil, err
	}
	at = strings.TrimSuffix(server.url, "mcp")
	if !with {
		return at, server.stop, nil
	}
	at, stopProxy, err := startProxy(ctx, s.house, at)
	if err != nil {
		server.stop()
		return "", nil, err
	}
	return at, func() { stopProxy(); server.stop() }, nil
}
