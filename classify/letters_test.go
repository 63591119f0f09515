package classify

import (
	"strings"
	"testing"
)

// wordings calls f with words in all kinds of letters, and with what may stand
// before and behind them.
func wordings(f func(s text)) {
	between := []string{" ", "", "-", "_", ". ", ": ", "'", "'t ", "\u2019t ", "@", "[", "`", "{", "\xE2", "\x00", "9"}
	for _, w := range []string{
		"a", "id", "log", "auth", "h1", "42", "7f-3", "isn't", "can\u2019t", "k\u00e4se", "k\u4f60", "session", "sessions", "abcdefgh", "unauthorized",
		"reauthenticate", "abcdefghijklmno", "abcdefghijklmnop", "abcdefghijklmnopq",
	} {
		for n := range len(w) + 1 {
			for _, letters := range []string{w[:n] + strings.ToUpper(w[n:]), strings.ToUpper(w[:n]) + w[n:], w[:n] + strings.ToUpper(w[n:min(n+1, len(w))]) + w[min(n+1, len(w)):]} {
				for _, b := range between {
					f(text("not so" + b + letters + b + "then"))
					f(text(letters + b))
				}
			}
		}
	}
}

// A word that is read eight bytes at a time is the word that is read byte by
// byte, in both directions and wherever one begins.
func TestPlainWords(t *testing.T) {
	plain := 0
	wordings(func(s text) {
		for i := range s {
			n, k := s.plain(i)
			if n == 0 {
				continue
			}
			plain++
			if to, place := s.rare(i); to != i+n || place != words.find(k) {
				t.Fatalf("%q from %d: %q (%d), byte by byte %q (%d)", s, i, s[i:i+n], words.find(k), s[i:to], place)
			}
		}
		for i := range len(s) + 1 {
			n, k := s.plainBefore(i)
			if n == 0 {
				continue
			}
			plain++
			from := i - 1
			for from > 0 && (kinds[s[from-1]] != 0 && !s.parts(from) || from > 1 && s.joins(from-1)) {
				from--
			}
			if to, place := s.rare(from); from != i-n || to != i || place != words.find(k) {
				t.Fatalf("%q up to %d: %q (%d), byte by byte %q (%d)", s, i, s[i-n:i], words.find(k), s[from:to], place)
			}
		}
	})
	t.Log(plain, "plain words")
}

// Most words of servers are plain.
func TestPlain(t *testing.T) {
	for word, plain := range map[string]bool{
		"session": true, "Session": true, "ID": true, "unauthorized": true, "Unauthorized": true, "fourteenletter": true, "a": true,
		"sessionId": false, "isn't": false, "IDs": false, "h2": false, "UNAUTHORIZED": false, "seventeen-letters": true, "sixteenlettersxx": false,
	} {
		first, _, _ := strings.Cut(word, "-")
		if n, _ := text(word + " - and more").plain(0); (n == len(first)) != plain || n != 0 && !plain {
			t.Errorf("%s: %d letters at once, plain should be %v", word, n, plain)
		}
	}
}

// The quick looks at a short text find what those at a long one find, wherever
// in the text it stands.
func TestShortTexts(t *testing.T) {
	long := strings.Repeat(" ", shortText)
	for _, words := range []string{
		"x", "log in", "LOG in", "sign", "auth", "OAuth", "reauthorize", "author", "unauthorized", "session", "session expired",
		"SESSION EXPIRED", "not initialized", "NOT INITIALIZED", "initialize first", "user@session: unknown session", "Obsession not found",
	} {
		for n := range 17 {
			for behind := range 17 {
				s := strings.Repeat(" ", n) + words + strings.Repeat(" ", behind)
				short, padded := text(s), text(s+long)
				if a, b := short.harmless(), padded.harmless(); a != b {
					t.Fatalf("%q: harmless %v, with blanks behind %v", s, a, b)
				}
				if a, b := short.lost(everyFamily, false), padded.lost(everyFamily, false); a != b {
					t.Fatalf("%q: %s, with blanks behind %s", s, familyNames[a], familyNames[b])
				}
			}
		}
	}
}

// Where no word may begin a phrase that proves something wanted, the words are
// not looked at further. Nothing is lost by that: Explain looks at all.
func TestOpeningWordsLoseNothing(t *testing.T) {
	for status := range statuses {
		if len(routes[status].gates) == 0 {
			continue
		}
		for _, c := range causes {
			for _, phrase := range c.phrases {
				words := ""
				for f := range strings.FieldsSeq(phrase) {
					w, _, _ := strings.Cut(f, "|")
					words += strings.Trim(w, "?.^") + " "
				}
				for _, before := range []string{"", "Session not found. ", "Unsupported. Session not found. "} {
					o := Observation{HadSession: true, Status: status, Body: []byte(before + words)}
					if quick, all := Of(o), Explain(o).Verdict; quick != all {
						t.Fatalf("%v: %+v, with all facts %+v", o, quick, all)
					}
				}
			}
		}
	}
}

// A word with a digit is as unknown as a name.
func TestWordsWithDigits(t *testing.T) {
	name, number := text("Session: invalid frobnicator given"), text("Session: invalid 42 given")
	if a, b := name.lost(everyFamily, false), number.lost(everyFamily, false); a != 0 || b != 0 {
		t.Errorf("%q: %s; %q: %s", name, familyNames[a], number, familyNames[b])
	}
}

// However a body is spaced, as many members of it are read.
func TestSpacedMembersCostTheSame(t *testing.T) {
	read := 0
	for n := range fullTank / memberCost {
		body := "{" + strings.Repeat(`"a":1,`, n) + `"error":{"code":-32600,"message":"x","data":{"a":"b"},"detail":"Session not found"}}`
		o := Observation{HadSession: true, Status: 400, Body: []byte(body)}
		dense := Of(o)
		o.Body = []byte(strings.NewReplacer(":", ": ", "}", " }").Replace(body))
		if spaced := Of(o); dense != spaced {
			t.Fatalf("%d members before: %+v, spaced %+v", n, dense, spaced)
		}
		if dense.Class == Stale {
			read++
		}
	}
	if read == 0 || read == fullTank/memberCost {
		t.Errorf("%d of %d are read to the end", read, fullTank/memberCost)
	}
}
