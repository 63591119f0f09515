package faults

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWhereAStreamIsCut(t *testing.T) {
	const stream = ": hello\n\nevent: message\nid: 1\ndata: {\"n\":1}\n\ndata:{\"n\":2}\ndata: more\n\ndata:\n\n"
	for _, c := range []struct {
		cut  Cut
		want string
	}{
		{Cut{}, ""},
		{Cut{Mid: true}, ": hello\n\nevent: message\nid: 1\ndata: {"},
		{Cut{Events: 1}, ": hello\n\nevent: message\nid: 1\ndata: {\"n\":1}\n\n"},
		{Cut{Events: 1, Mid: true}, ": hello\n\nevent: message\nid: 1\ndata: {\"n\":1}\n\ndata:{\""},
		{Cut{Events: 2, Mid: true}, strings.TrimSuffix(stream, "\n\n")},
		{Cut{Events: 3}, stream},
		{Cut{Events: 4}, stream},
	} {
		for _, end := range []string{"\n", "\r\n"} {
			text, want := strings.ReplaceAll(stream, "\n", end), strings.ReplaceAll(c.want, "\n", end)
			cut := cutter{Cut: c.cut}
			n, _ := cut.take([]byte(text))
			if got := text[:n]; strings.TrimRight(got, "\r") != want {
				t.Errorf("%+v, lines end in %q:\n got %q\nwant %q", c.cut, end, got, want)
			}
		}
	}
}

// A stream is cut at the same place however it is written.
func TestPiecesDoNotMoveTheCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOf(rapid.SampledFrom([]string{"data: {}\n", "data:x\r\n", "data:\n", "dat: a\n", ": c\n", "id: 1\n", "\n", "\n", "\r\n"})).Draw(t, "lines")
		stream := strings.Join(lines, "")
		cut := Cut{Events: rapid.IntRange(0, 4).Draw(t, "events"), Mid: rapid.Bool().Draw(t, "mid")}
		at := func(pieces []string) (n int, ended bool) {
			c := cutter{Cut: cut}
			for _, p := range pieces {
				k, ends := c.take([]byte(p))
				if n += k; ends {
					return n, true
				}
				if k != len(p) {
					t.Fatalf("%d of %d bytes passed, and it did not end", k, len(p))
				}
			}
			return n, false
		}
		var pieces []string
		for rest := stream; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		wantN, wantEnded := at([]string{stream})
		gotN, gotEnded := at(pieces)
		if stream == "" {
			wantEnded = gotEnded
		}
		if gotN != wantN || gotEnded != wantEnded {
			t.Fatalf("%q in pieces %q: cut at %d, %t; in one piece at %d, %t", stream, pieces, gotN, gotEnded, wantN, wantEnded)
		}
		if passed := wholeEvents(stream[:gotN]); gotEnded && passed != cut.Events {
			t.Fatalf("%d events passed, want %d", passed, cut.Events)
		}
	})
}

func wholeEvents(stream string) (n int) {
	data := false
	for line := range strings.SplitAfterSeq(stream, "\n") {
		switch {
		case strings.HasPrefix(line, "data:"):
			data = true
		case line == "\n" || line == "\r\n":
			if data {
				n++
			}
			data = false
		}
	}
	return n
}

func TestSessionsAreBoundedAndLostOnesStayLost(t *testing.T) {
	var s sessions
	lost := &Answer{Status: 410}
	s.put("lost", nil)
	s.put("used", nil)
	s.drop("lost", lost)
	for i := range 10 * generation {
		s.put(fmt.Sprint("other ", i), nil)
		if s.of("used") != nil {
			t.Fatalf("a session in use was forgotten after %d others", i)
		}
		if n := len(s.young) + len(s.old); n > 2*generation {
			t.Fatalf("%d ids are remembered", n)
		}
	}
	if s.of("lost") != lost {
		t.Error("a lost session came back to life")
	}
	if s.of("other 1") != lost {
		t.Error("a session beyond the bound is alive")
	}
}
