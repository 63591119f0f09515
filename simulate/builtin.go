package simulate

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

//go:embed scenarios/*.yaml
var files embed.FS

// Scenarios returns the built-in scenarios in the order of their names.
func Scenarios() []Scenario {
	names, err := fs.Glob(files, "scenarios/*.yaml")
	if err != nil {
		panic(err) // the pattern is ours
	}
	all := make([]Scenario, len(names))
	for i, name := range names {
		text, err := files.ReadFile(name)
		if err == nil {
			all[i], err = Decode(strings.NewReader(string(text)))
		}
		if err != nil {
			panic(fmt.Sprintf("%s: %v", path.Base(name), err)) // a test reads them all
		}
	}
	slices.SortFunc(all, func(a, b Scenario) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Named returns the built-in scenario of that name, and whether there is one.
func Named(name string) (Scenario, bool) {
	for _, s := range Scenarios() {
		if s.Name == name {
			return s, true
		}
	}
	return Scenario{}, false
}

// Text is a built-in scenario's file, with its comments; "" if there is none of
// that name.
func Text(name string) string {
	text, err := files.ReadFile("scenarios/" + name + ".yaml")
	if err != nil {
		return ""
	}
	return string(text)
}

// Scaled is the same scenario with another number of clients, and a server as
// much larger or smaller: what happens is the same but for the noise, since
// results depend on clients over capacity alone. Gateways keep their number of
// sessions, and there are as many more of them, but at least one.
func (s Scenario) Scaled(clients int) Scenario {
	by := float64(clients) / float64(s.Clients.Number)
	if g := &s.Clients.Gateways; g.Processes > 0 {
		held := int(float64(float64(g.Processes*g.Sessions) * by))
		g.Processes = max(int(float64(float64(g.Processes)*by)), 1)
		g.Sessions = max(min(g.Sessions, held/g.Processes), 1)
	}
	s.Clients.Number = clients
	s.Server.Capacity *= by
	s.Server.Login.Capacity *= by
	if s.Server.Table > 0 {
		s.Server.Table = max(int(float64(float64(s.Server.Table)*by)), 1)
	}
	return s
}
