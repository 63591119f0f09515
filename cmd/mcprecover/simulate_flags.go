package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mcprecover/mcprecover/simulate"
	"github.com/mcprecover/mcprecover/simulate/vary"
)

// whole is a flag that is a whole number, written as people write large ones:
// 100000, 100_000 or 1e5.
type whole[T int | uint64] struct{ value *T }

func (w whole[T]) String() string {
	if w.value == nil {
		return "0" // what the flag library takes for a zero value
	}
	return fmt.Sprint(*w.value)
}

func (w whole[T]) Type() string { return "number" }

func (w whole[T]) Set(text string) error {
	digits := strings.ReplaceAll(text, "_", "")
	n, err := strconv.ParseInt(digits, 10, 64)
	if f, isFloat := strconv.ParseFloat(digits, 64); err != nil && isFloat == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		n, err = int64(f), nil
	}
	if big, isBig := strconv.ParseUint(digits, 10, 64); err != nil && isBig == nil && uint64(T(big)) == big && T(big) > 0 {
		*w.value = T(big) // a seed may be any number
		return nil
	}
	if err != nil {
		return errors.New("want a whole number, such as 100000 or 1e5")
	}
	if *w.value = T(n); n < 0 && *w.value > 0 {
		return errors.New("want a whole number from 0 on")
	}
	return nil // what is allowed is said where that is known
}

// wholeFlag adds a flag that is a whole number.
func wholeFlag[T int | uint64](f *pflag.FlagSet, p *T, name string, value T, usage string) {
	*p = value
	f.Var(whole[T]{p}, name, usage)
}

// byFlag is for commands without arguments. A scenario that stands alone is a
// common slip; anything else is not repeated, since it may be anything.
func byFlag(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if _, known := simulate.Named(args[0]); known {
		return fmt.Errorf("%s stands without a flag: write --scenario %s", args[0], args[0])
	}
	return errors.New("an argument without a flag: scenarios are given with --scenario NAME")
}

// didYouMean says what a misspelt scenario was meant to be, and where all are
// shown.
func didYouMean(name string) string {
	if meant := vary.Nearest(name, scenarioNames()); meant != "" {
		return fmt.Sprintf("did you mean %s? mcprecover simulate list shows all", meant)
	}
	return "mcprecover simulate list shows the built-in ones"
}

// output is a file that a command writes, by the flag that names it.
type output struct{ flag, file string }

// outputs finds out, before anything is simulated, whether the files can be
// written, and that none takes the place of what is read or of another.
func outputs(files []output, inputs ...string) error {
	for i, o := range files {
		if o.file == "" {
			continue
		}
		at, err := os.Stat(o.file)
		if err == nil {
			for _, in := range inputs {
				if was, err := os.Stat(in); err == nil && os.SameFile(at, was) && at.Mode().IsRegular() {
					return misusef("--%s: %s is what is read: give another file", o.flag, o.file)
				}
			}
		}
		for _, other := range files[:i] {
			if other.file != "" && filepath.Clean(other.file) == filepath.Clean(o.file) {
				return misusef("--%s: %s is what --%s writes: give another file", o.flag, o.file, other.flag)
			}
		}
		if err := creatable(o.file, at); err != nil {
			return fmt.Errorf("--%s: %w", o.flag, err)
		}
	}
	return nil
}

// creatable reports why a file cannot be written beside what is there; nil: as
// far as can be told before, it can. Devices and pipes are not touched.
func creatable(file string, at os.FileInfo) error {
	switch {
	case at != nil && at.IsDir():
		return fmt.Errorf("%s is a directory", file)
	case at != nil && !at.Mode().IsRegular():
		return nil
	}
	f, err := temporary(file)
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}
