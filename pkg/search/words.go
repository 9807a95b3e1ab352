// Package search turns what people write into what it is found by. Both stores keep the keys of a message (Keys) in an
// index; a query (Parse) names the keys that a message must have, and then tells of each message found, by its text,
// whether it matches and where.
//
// Words are told apart by Unicode's rules (UAX #29). Scripts that are written without spaces, as Chinese, Japanese and Thai,
// have words that only a dictionary knows: there each letter stands for itself, is found together with the next one, and
// a query matches where all its letters stand in a row.
package search

import (
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// Word is a word of a text, or a letter of a script without spaces.
type Word struct {
	// Term is the folded form.
	Term string
	// Start and End are where it stands in the text, in bytes.
	Start, End int
	// Run tells that it is a letter of a script without spaces.
	Run bool
	// Joined tells that such a letter follows right behind another one.
	Joined bool
}

// Split gives the words of a text in their order.
func Split(text string) []Word {
	s := splitter{text: text, words: make([]Word, 0, len(text)/5+1)}
	segments := words.FromString(text)
	for segments.Next() {
		s.segment(segments.Start(), segments.End())
	}
	return s.words
}

type splitter struct {
	text  string
	words []Word
}

// segment takes a word apart as Unicode has it, which may hold dots, underscores and letters of a run of Katakana.
func (s *splitter) segment(start, end int) {
	word := start
	for at := start; at < end; {
		r, size := utf8.DecodeRuneInString(s.text[at:end])
		switch {
		case r == utf8.RuneError && size == 1:
			s.add(word, at, false)
			word = at + size
		case inRun(r):
			s.add(word, at, false)
			next := s.letter(at+size, end)
			s.add(at, next, true)
			word, size = next, next-at
		case !inWord(r) && !ignored(r):
			s.add(word, at, false)
			word = at + size
		}
		at += size
	}
	s.add(word, end, false)
}

// letter is the end of a letter with all that is attached to it.
func (s *splitter) letter(at, end int) int {
	for at < end {
		r, size := utf8.DecodeRuneInString(s.text[at:end])
		if !attached(r) {
			break
		}
		at += size
	}
	return at
}

func (s *splitter) add(start, end int, run bool) {
	if start >= end {
		return
	}
	term := fold(s.text[start:end])
	if term == "" {
		return
	}
	w := Word{Term: term, Start: start, End: end, Run: run}
	if n := len(s.words); run && n > 0 {
		w.Joined = s.words[n-1].Run && s.words[n-1].End == start
	}
	s.words = append(s.words, w)
}
