package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mcprecover/mcprecover/policy"
)

func policyCommand(p *process) *cobra.Command {
	c := &cobra.Command{
		Use:   "policy",
		Short: "Show, check and explain policies of waits and limits",
		Long: `A policy says how calls wait and how lost sessions are opened again. Its numbers
stand in a JSON or YAML file, in which missing fields take the default's value,
or it is one of the presets:

` + hang("  presets", 11, strings.Join(presetNames(), ", ")) + `
The proxy takes the same names and files with --policy.`,
		Example: `  mcprecover policy show --yaml gentle > mine.yaml
  mcprecover policy validate mine.yaml
  mcprecover policy explain default mine.yaml`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return misusef("no command given: show, validate or explain; mcprecover policy --help tells more")
		},
	}
	c.AddCommand(policyShowCommand(p), policyValidateCommand(p), policyExplainCommand(p))
	return c
}

func policyShowCommand(p *process) *cobra.Command {
	var yaml, list bool
	c := &cobra.Command{
		Use:   "show [FILE]",
		Short: "Print a policy with all its fields, as a file to edit",
		Long: `show prints the policy of FILE with all its fields: JSON, or YAML that says what
each field means. FILE is the name of a preset, a JSON or YAML file, or "-" for
stdin; without one it is the default policy.`,
		Example: `  mcprecover policy show
  mcprecover policy show --list
  mcprecover policy show --yaml gentle > mine.yaml`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if list && (yaml || len(args) > 0) {
				return misusef("--list lists all presets: it takes neither FILE nor --yaml")
			} else if list {
				return p.listPresets()
			}
			_, d, err := p.policyOf(c.Context(), append(args, "default")[0])
			switch {
			case err != nil:
				return misuse{err}
			case yaml:
				return printYAML(p.stdout, d)
			}
			return d.Encode(p.stdout)
		},
	}
	c.Flags().BoolVar(&yaml, "yaml", false, "print YAML, with a comment beside each field")
	c.Flags().BoolVar(&list, "list", false, "list the presets, and where their numbers come from")
	return c
}

func policyValidateCommand(p *process) *cobra.Command {
	return &cobra.Command{
		Use:   "validate [FILE]...",
		Short: "Say whether policy files are valid, or every fault of them",
		Long: `validate reads policy files, JSON or YAML ("-" is stdin), and says "FILE: valid"
of each on stdout, or names every fault on stderr: file, line, field, value, and
what is allowed. Nothing is decided by a policy that has a fault: the other
commands refuse it.

Exit codes: 0 all are valid; 1 one is not; 2 a file could not be read.`,
		Example: `  mcprecover policy validate mine.yaml
  mcprecover policy validate deploy/*.json`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"default"}
			}
			var faults []error
			for _, arg := range args {
				name, _, err := p.policyOf(c.Context(), arg)
				if err != nil {
					faults = append(faults, err)
				} else if _, err := fmt.Fprintf(p.stdout, "%s: valid\n", name); err != nil {
					faults = append(faults, err)
				}
			}
			return errors.Join(faults...)
		},
	}
}

// policyOf reads the policy that an argument names: a preset, a file or stdin.
// A file that could not be read is misuse; one that was, and is no valid policy,
// is for the command to judge.
func (p *process) policyOf(ctx context.Context, arg string) (name string, d policy.Document, err error) {
	if preset, isPreset := policy.Named(arg); isPreset {
		d = policy.Document{Schema: policy.Schema, Provenance: &policy.Provenance{Preset: arg}, Policy: preset}
		return arg, d, nil
	}
	in, name, err := p.input(ctx, arg, "a policy file, JSON or YAML,")
	if err != nil {
		return name, d, misuse{orPreset(arg, err)}
	}
	defer in.Close()
	d, err = decodePolicy(name, in)
	return name, d, err
}

// orPreset names the presets where there is no such file.
func orPreset(name string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return fmt.Errorf("%q is neither a file nor a preset; presets are %s", name, strings.Join(presetNames(), ", "))
}

func presetNames() []string {
	var names []string
	for _, p := range policy.Presets() {
		names = append(names, p.Name)
	}
	return names
}

func (p *process) listPresets() error {
	for _, preset := range policy.Presets() {
		if _, err := fmt.Fprint(p.stdout, hang(preset.Name, 15, preset.Source)); err != nil {
			return err
		}
	}
	return nil
}
