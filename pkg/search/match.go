package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Highlight is a part of a text that a query has found. Offsets are in UTF-16 code units, as JavaScript counts.
type Highlight struct {
	Start  int `json:"start"`
	Length int `json:"length"`
}

// span is a part of a text, in bytes.
type span struct{ start, end int }

// Match tells whether everything that the query looks for is in the text, or in one of the others that belong to it, and
// where it is in the text: in order, without overlaps.
func (q Query) Match(text string, others ...string) ([]Highlight, bool) {
	spans := []span{}
	list := Split(text)
	var more [][]Word
	for _, other := range others {
		more = append(more, Split(other))
	}
	for _, p := range q.parts {
		found := p.find(text, list)
		if len(found) == 0 && !slices.ContainsFunc(more, p.in) {
			return nil, false
		}
		spans = append(spans, found...)
	}
	return highlights(text, merged(spans)), true
}

// find gives all the places where the part stands.
func (p part) find(text string, list []Word) []span {
	var found []span
	for i := range list {
		if !p.at(list, i) {
			continue
		}
		last := list[i+len(p.terms)-1]
		end := last.End
		if term := p.terms[len(p.terms)-1].Term; term != last.Term {
			end = last.Start + beginning(text[last.Start:last.End], term)
		}
		found = append(found, span{list[i].Start, end})
	}
	return found
}

func (p part) in(list []Word) bool {
	for i := range list {
		if p.at(list, i) {
			return true
		}
	}
	return false
}

// at tells whether the part stands at the word i of the list.
func (p part) at(list []Word, i int) bool {
	n := len(p.terms)
	if i+n > len(list) {
		return false
	}
	for j, wanted := range p.terms {
		w, term := list[i+j], wanted.Term
		// Between letters of a run there may be nothing else.
		if p.run && j > 0 && !w.Joined {
			return false
		}
		if w.Term == term {
			continue
		}
		if j < n-1 || p.whole || !goesOn(w, term) {
			return false
		}
	}
	return true
}

// goesOn tells whether the word begins with term, where a single letter doesn't find the words that begin with it.
func goesOn(w Word, term string) bool {
	return strings.HasPrefix(w.Term, term) && (w.Run || utf8.RuneCountInString(term) > 1)
}

// beginning is how many bytes of the word are needed for its folded form to begin with term.
func beginning(word, term string) int {
	for at, r := range word {
		if at == 0 || attached(r) {
			continue
		}
		if strings.HasPrefix(fold(word[:at]), term) {
			return at
		}
	}
	return len(word)
}

// merged puts spans in order and makes those one that touch inside.
func merged(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && s.start < out[n-1].end {
			out[n-1].end = max(out[n-1].end, s.end)
			continue
		}
		out = append(out, s)
	}
	return out
}

// highlights counts the spans, which are in order, in UTF-16.
func highlights(text string, spans []span) []Highlight {
	list := make([]Highlight, len(spans))
	at, units := 0, 0
	to := func(end int) int {
		for at < end {
			r, size := utf8.DecodeRuneInString(text[at:])
			units++
			if r > 0xffff {
				units++
			}
			at += size
		}
		return units
	}
	for i, s := range spans {
		start := to(s.start)
		list[i] = Highlight{Start: start, Length: to(s.end) - start}
	}
	return list
}
