package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/mcprecover/mcprecover/classify"
	"github.com/mcprecover/mcprecover/policy"
)

// maxInput bounds the files that a command reads whole, in bytes.
const maxInput = 4 << 20

// parseUpstream reads the --upstream flag; what it cannot read it does not
// repeat, since URLs carry keys.
func parseUpstream(text string) (*url.URL, error) {
	if text == "" {
		return nil, misusef("--upstream is missing: give the URL of an MCP server, such as http://127.0.0.1:8080/mcp")
	}
	u, err := url.Parse(text)
	if err != nil {
		var inner *url.Error
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return nil, misusef("--upstream: not a URL: %w; give one such as http://127.0.0.1:8080/mcp", err)
	}
	return u, nil
}

// readPolicy reads a policy file; nil without one.
func readPolicy(file string) (*policy.Policy, error) {
	if file == "" {
		return nil, nil
	}
	text, err := readFile("--policy", file)
	if err != nil {
		return nil, err
	}
	p, err := policy.Decode(strings.NewReader(text))
	if err != nil {
		return nil, inFile("--policy", file, err)
	}
	return &p, nil
}

// readRules reads a user's own classifier rules; nil without a file.
func readRules(file string) (classify.Rules, error) {
	if file == "" {
		return nil, nil
	}
	text, err := readFile("--rules", file)
	if err != nil {
		return nil, err
	}
	rules, err := classify.DecodeRules([]byte(text))
	if err != nil {
		return nil, inFile("--rules", file, err)
	}
	return rules, nil
}

func readFile(flag, file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", misusef("%s: %w", flag, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxInput+1))
	switch {
	case err != nil:
		return "", misusef("%s: %w", flag, err)
	case len(text) > maxInput:
		return "", misusef("%s: %s: more than %d bytes", flag, file, maxInput)
	}
	return string(text), nil
}

// inFile names the file in each line of an error that names several faults.
func inFile(flag, file string, err error) error {
	var faults []error
	for line := range strings.SplitSeq(err.Error(), "\n") {
		faults = append(faults, fmt.Errorf("%s: %s: %s", flag, file, line))
	}
	return misuse{errors.Join(faults...)}
}
