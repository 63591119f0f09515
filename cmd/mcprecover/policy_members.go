package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// members tells the line of each member of a JSON document, by its path such as
// "breaker.trip".
type members map[string]int

// lineOf is the line of a member, or else of the object that it belongs to; 0
// if that is not there either.
func (m members) lineOf(path string) int {
	for path != "" && m[path] == 0 {
		path = path[:max(strings.LastIndexByte(path, '.'), 0)]
	}
	return m[path]
}

// membersOf finds the members, and faults those that stand there twice:
// encoding/json would quietly take the last one. What is no JSON has none.
func membersOf(text []byte) (members, []fault) {
	if !json.Valid(text) {
		return nil, nil
	}
	s := memberScan{text: text, d: json.NewDecoder(bytes.NewReader(text)), line: 1, found: members{}}
	s.value("")
	return s.found, s.twice
}

type memberScan struct {
	text     []byte
	d        *json.Decoder
	at, line int // how far lines are counted
	found    members
	twice    []fault
}

// value goes through the next value. Lists hold no fields.
func (s *memberScan) value(path string) {
	if !bytes.HasPrefix(bytes.TrimLeft(s.text[s.d.InputOffset():], ":, \t\r\n"), []byte("{")) {
		var skipped json.RawMessage
		s.d.Decode(&skipped)
		return
	}
	s.d.Token()
	for s.d.More() {
		name, _ := s.d.Token()
		end := int(s.d.InputOffset())
		s.line += bytes.Count(s.text[s.at:end], []byte("\n"))
		s.at = end
		s.member(fmt.Sprint(path, name))
	}
	s.d.Token()
}

func (s *memberScan) member(path string) {
	if first, ok := s.found[path]; ok {
		s.twice = append(s.twice, fault{s.line, fmt.Sprintf("%s stands there twice, first on line %d", path, first)})
	} else {
		s.found[path] = s.line
	}
	s.value(path + ".")
}
