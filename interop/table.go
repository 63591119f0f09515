//go:build interop

package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// matrix is all cells, by what they are.
type matrix map[[4]string]cell // client, server, fault, and recovering or plain

func (m matrix) put(c cell) {
	mode := recovering // or what stands in for it
	if c.Mode == plain {
		mode = plain
	}
	m[[4]string{c.Client, c.Server, c.Fault, mode}] = c
}

func (m matrix) word(client, server, fault, mode string) string {
	if c, played := m[[4]string{client, server, fault, mode}]; played {
		return c.Word
	}
	return notRun
}

const legend = `Each cell says what a client met with mcprecover / without it. The clients in Go
have mcprecover inside, the others have its proxy before them. All speak revision
2025-11-25, the last one with sessions.

| name | client | server | version pinned in |
|---|---|---|---|
| go-sdk | github.com/modelcontextprotocol/go-sdk | the same | go.mod |
| mcp-go | github.com/mark3labs/mcp-go | the same | go.mod |
| typescript | npm @modelcontextprotocol/sdk | | interop/npm/package.json |
| everything | | npm @modelcontextprotocol/server-everything | interop/npm/package.json |
| python | Python mcp | the same | interop/python/requirements.txt |
| fastmcp | | Python fastmcp | interop/python/requirements.txt |
| rmcp | Rust rmcp | the same | interop/rust/Cargo.toml |

| word | meaning |
|---|---|
| ok | every call was answered, each ran once |
| told | a call that may have run ended with an error that says so, none ran twice, the next call worked |
| unclear | an error of mcprecover did not say whether the call ran |
| dead | the call after the fault failed too: the client must be restarted |
| HANG | a call had no end within 45 s |
| WRONG | a call was answered though its tool never ran |
| TWICE | a tool ran more than once for one call |
| no start | client and server do not work together, even without a fault |
| n/a | the server has no such mode |
| not run | the runtime is missing, or the cell was not asked for |

| fault | what happens |
|---|---|
| sessions dropped | another process takes over the address while no call is under way; its own answer tells that the session is unknown |
| restart | the address is away, the server is killed and started; two calls begin meanwhile, one of them perhaps on a connection that is just being closed |
| 401 seed | from the next call on, the session gets ` + "`401 Unauthorized: Session not found`" + ` |
| 400 | the same with ` + "`400`, -32000 `No valid session ID provided`" + ` |
| 404 | the same with ` + "`404`, -32001 `Session not found`" + ` |
| 30 s outage | as restart, and the address is away for 30 s, the listening stream open before; a call begins after 3 s, one after 13 s |
| restart in mid-call | the server is killed while a tool runs; a second call begins while the address is away |
| to stateless | a process without sessions takes over the address |
| and back | then again one with sessions |

Runs are counted by the servers' tools; for server-everything, whose tools do not
tell, by the calls that it took.

`

// write renders a part of the matrix as Markdown that reads as plain text too: a
// table for each server, clients by faults.
func (m matrix) write(w io.Writer, clients, servers []kind, faults []fault) {
	fmt.Fprint(w, legend)
	fmt.Fprint(w, m.score())
	for _, s := range servers {
		rows := [][]string{{"client"}}
		for _, f := range faults {
			rows[0] = append(rows[0], f.title)
		}
		for _, c := range clients {
			row := []string{c.name}
			for _, f := range faults {
				row = append(row, pair(m.word(c.name, s.name, f.name, recovering), m.word(c.name, s.name, f.name, plain)))
			}
			rows = append(rows, row)
		}
		fmt.Fprintf(w, "\n## Server: %s\n\n", s.name)
		align(w, rows)
	}
}

func pair(with, without string) string {
	if with == without && (with == notRun || with == notApplicable) {
		return with
	}
	return with + " / " + without
}

// score counts the good and the played cells, with and without mcprecover.
func (m matrix) score() string {
	var b strings.Builder
	b.WriteString("| | cells | ok | told | bad | n/a |\n|---|---:|---:|---:|---:|---:|\n")
	for _, mode := range []string{recovering, plain} {
		count := map[string]int{}
		all := 0
		for key, c := range m {
			if key[3] == mode {
				all++
				count[c.Word]++
			}
		}
		name := map[string]string{recovering: "with mcprecover", plain: "without"}[mode]
		bad := all - count[ok] - count[told] - count[notApplicable]
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d |\n", name, all, count[ok], count[told], bad, count[notApplicable])
	}
	listened, all := 0, 0
	for _, c := range m {
		if len(c.Calls) > 0 {
			all++
			if c.Listened {
				listened++
			}
		}
	}
	fmt.Fprintf(&b, "\nThe client's listening stream was open when the fault came in %d of %d cells.\n", listened, all)
	return b.String()
}

// align writes rows as a Markdown table with straight columns.
func align(w io.Writer, rows [][]string) {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, text := range row {
			width[i] = max(width[i], utf8.RuneCountInString(text))
		}
	}
	for i, row := range rows {
		for j, text := range row {
			fmt.Fprintf(w, "| %-*s ", width[j], text)
		}
		fmt.Fprintln(w, "|")
		if i == 0 {
			for _, n := range width {
				fmt.Fprint(w, "|", strings.Repeat("-", n+2))
			}
			fmt.Fprintln(w, "|")
		}
	}
}
