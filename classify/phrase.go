package classify

import "strings"

// A phrase of causes.go is a row of words: "a|b" is either, "a?" may be absent,
// "..." stands for up to four words of any kind, "^" for the start of a text and
// "." for the end of a sentence. It stays within a sentence. Numbers count for
// nothing.

const gapWords = 4

// The first places of the dictionary are no words.
const (
	unknown  = iota // any word that is not in it
	sentence        // "."
	start           // "^"
	number          // any word with a digit
)

// element is one place of a phrase.
type element struct {
	words    []string
	optional bool
	anything bool
	places   []uint16 // of the words in the dictionary
}

func elements(phrase string) []element {
	var es []element
	for _, f := range strings.Fields(phrase) {
		if f == "..." {
			es = append(es, element{anything: true})
			continue
		}
		f, optional := strings.CutSuffix(f, "?")
		es = append(es, element{words: strings.Split(f, "|"), optional: optional})
	}
	return es
}

// phrases holds what may begin with a word, by its place in the dictionary.
var phrases = func() [][]phrase {
	all := make([][]phrase, len(words.entries))
	for _, c := range causes {
		for _, p := range c.phrases {
			es := elements(p)
			for i := range es {
				for _, w := range es[i].words {
					es[i].places = append(es[i].places, words.add(w))
				}
			}
			for _, first := range es[0].places {
				all[first] = append(all[first], phrase{c.proves, es[1:]})
			}
		}
	}
	return all
}()

type phrase struct {
	proves fact
	rest   []element
}

// follows reports whether the places begin with the elements.
func follows(places []uint16, es []element) bool {
	for n := range es {
		e := &es[n]
		switch {
		case e.anything:
			for skip := 0; skip <= gapWords && skip <= len(places); skip++ {
				if follows(places[skip:], es[n+1:]) {
					return true
				}
				if skip < len(places) && places[skip] == sentence {
					break
				}
			}
			return false
		case len(places) > 0 && e.has(places[0]):
			if e.optional && follows(places, es[n+1:]) {
				return true
			}
			places = places[1:]
		case !e.optional:
			return false
		}
	}
	return true
}

func (e *element) has(place uint16) bool {
	for _, p := range e.places {
		if p == place {
			return true
		}
	}
	return false
}

// places is a text as the places of its words in the dictionary, as many as its
// buffer has room for.
type places struct {
	all   []uint16
	n     int
	opens fact // what phrases prove that may begin with one of the words
}

func (p *places) add(place uint16) {
	if p.n < len(p.all) {
		p.all[p.n] = place
		p.n++
	}
}

func (p *places) read(t text) {
	p.add(start)
	p.more(t)
	p.add(sentence)
}

// more goes on in a text.
func (p *places) more(t text) {
	for i := 0; i < len(t) && p.n < len(p.all); {
		_, to, place, gap := t.read(i)
		i = to
		switch {
		case gap&gapEnd != 0:
			p.add(sentence)
		case place != number:
			p.add(place)
			p.opens |= words.entries[place].opens
		}
	}
}

// facts returns what the phrases prove, of what is wanted.
func (p *places) facts(want fact) fact {
	var facts fact
	for i, place := range p.all[:p.n] {
		if words.entries[place].opens&want == 0 {
			continue
		}
		for _, ph := range phrases[place] {
			if ph.proves&want&^facts != 0 && follows(p.all[i+1:p.n], ph.rest) {
				facts |= ph.proves
			}
		}
	}
	return facts
}
