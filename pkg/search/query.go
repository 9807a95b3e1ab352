package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// maxKeys is how many keys a query names at most; the rest of it is held against the text alone.
	maxKeys = 12
	// MaxParts is how many words and phrases a query has at most; those behind are left out.
	MaxParts = 16
)

// Query is what somebody looks for. Everything in it must be found: words by their beginnings, what stands in quotes as it is,
// letters of a script without spaces in a row.
type Query struct{ parts []part }

// part is words that must stand one behind the other.
type part struct {
	terms []Word
	// whole: the last word may not go on.
	whole bool
	// run: all are letters of a script without spaces.
	run bool
}

// Parse reads a query. Any text is one; of one without a word Empty is true.
func Parse(q string) Query {
	var parsed Query
	for i, piece := range strings.FieldsFunc(q, isQuote) {
		// The pieces between quotes are the odd ones, if the text doesn't begin with one.
		first, _ := utf8.DecodeRuneInString(q)
		quoted := (i%2 == 1) != isQuote(first)
		if quoted {
			parsed.parts = append(parsed.parts, phraseParts(Split(piece))...)
		} else {
			parsed.parts = append(parsed.parts, wordParts(Split(piece))...)
		}
	}
	if len(parsed.parts) > MaxParts {
		parsed.parts = parsed.parts[:MaxParts]
	}
	return parsed
}

func isQuote(r rune) bool {
	return r == '"' || r == '“' || r == '”' || r == '„' || r == '«' || r == '»'
}

// phraseParts is one part, or none.
func phraseParts(list []Word) []part {
	if len(list) == 0 {
		return nil
	}
	p := part{whole: true, run: true}
	for _, w := range list {
		p.terms = append(p.terms, w)
		p.run = p.run && w.Run
	}
	return []part{p}
}

// wordParts are parts of a word each, but for those that are written without a gap.
func wordParts(list []Word) []part {
	var parts []part
	for _, w := range list {
		if w.Joined && len(parts) > 0 {
			last := &parts[len(parts)-1]
			last.terms = append(last.terms, w)
			continue
		}
		parts = append(parts, part{terms: []Word{w}, run: w.Run})
	}
	return parts
}

// Empty tells that the query has no word.
func (q Query) Empty() bool { return len(q.parts) == 0 }

// Keys are keys that each text that matches has, the most telling first; at most 12. A text that has them need not match.
func (q Query) Keys() []string {
	var keys []string
	for _, p := range q.parts {
		keys = p.appendKeys(keys)
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	slices.SortStableFunc(keys, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return keys[:min(len(keys), maxKeys)]
}

func (p part) appendKeys(keys []string) []string {
	var before rune
	for i, w := range p.terms {
		first, _ := utf8.DecodeRuneInString(w.Term)
		switch {
		case p.run && i > 0:
			keys = append(keys, string([]rune{before, first}))
		case p.run && len(p.terms) > 1: // the next one brings it
		case w.Run:
			keys = append(keys, string(first))
		case p.whole || i < len(p.terms)-1:
			keys = append(keys, wholeKey(w.Term))
		default:
			keys = append(keys, beginningKey(w.Term))
		}
		before = first
	}
	return keys
}
