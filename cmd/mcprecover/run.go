package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/spf13/cobra"
)

// The exit codes, which other programs build on.
const (
	exitDone   = 0
	exitFailed = 1 // the thing asked about failed
	exitMisuse = 2 // wrong usage or input
)

// process is what a command has of the process it runs in.
type process struct {
	stdin          io.Reader
	stdout, stderr io.Writer // safe for concurrent use
	lookupEnv      func(string) (string, bool)
}

// misuse is an error of usage or input: exit code 2. Errors of a command that
// are none are failures: exit code 1.
type misuse struct{ error }

func (m misuse) Unwrap() error { return m.error }

func misusef(format string, args ...any) error { return misuse{fmt.Errorf(format, args...)} }

// run is the whole command: it returns the exit code once everything that it
// started has ended. It ends early when ctx does.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, lookupEnv func(string) (string, bool)) int {
	p := &process{stdin, &locked{w: stdout}, &locked{w: stderr}, lookupEnv}
	root := rootCommand(p)
	root.SetArgs(args)
	begun := false // what fails before a command begins is its usage
	root.PersistentPreRun = func(*cobra.Command, []string) { begun = true }
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	var wrong misuse
	code := exitFailed
	if !begun || errors.As(err, &wrong) {
		code = exitMisuse
	}
	if errors.As(err, new(interrupted)) {
		code = exitInterrupted
	}
	for line := range strings.SplitSeq(strings.TrimSpace(suggestions.Replace(err.Error())), "\n") {
		fmt.Fprintf(p.stderr, "%s: %s\n", cmd.CommandPath(), line)
	}
	if !begun {
		fmt.Fprintf(p.stderr, "%s --help shows what there is\n", cmd.CommandPath())
	}
	return code
}

// suggestions brings those of cobra onto the line of the error.
var suggestions = strings.NewReplacer("\n\nDid you mean this?\n\t", "; did you mean ", "\n\t", ", ")

// flagsOnly is for commands without arguments. It does not repeat what was
// given, which may be a URL with a key.
func flagsOnly(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return errors.New("an argument without a flag: it takes flags only")
	}
	return nil
}

func rootCommand(p *process) *cobra.Command {
	root := &cobra.Command{
		Use:   "mcprecover",
		Short: "Make MCP clients recover from lost sessions",
		Long: `mcprecover makes MCP clients over streamable HTTP recover from lost sessions:
where the server has forgotten a session, it opens a new one, repeats what is
safe to repeat, and otherwise says clearly what happened.

Exit codes: 0 done; 1 the thing asked about failed; 2 wrong usage or input.`,
		Example:       "  mcprecover demo\n  mcprecover proxy --upstream http://127.0.0.1:8080/mcp",
		SilenceErrors: true, // run prints them
		SilenceUsage:  true, // a failure is no question about the usage
		RunE: func(*cobra.Command, []string) error {
			return misusef("no command given; mcprecover --help shows them")
		},
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SetHelpCommand(helpCommand())
	root.AddCommand(demoCommand(p), proxyCommand(p), faultCommand(p))
	root.AddCommand(classifyCommand(p), policyCommand(p), simulateCommand(p))
	return root
}

// helpCommand is cobra's, except that an unknown command is an error.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Help about a command",
		RunE: func(c *cobra.Command, args []string) error {
			about, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return misusef("no command %q; mcprecover --help shows them", strings.Join(args, " "))
			}
			return about.Help()
		},
	}
}

// locked makes a writer safe for concurrent use: logs come from many requests.
type locked struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
