package search

import (
	"slices"
	"unicode/utf8"
)

// Version is that of the rules by which Keys, Split and chat.Message.SearchKeys go. Whoever changes them counts it up; stores then index anew
// what they have, bit by bit.
const Version = 2

// lengths of the beginnings under which a word is found, in characters. A query of another length looks for the next
// shorter one, and is then held against the text.
var lengths = []int{2, 3, 4, 6, 8, 12, 16}

// longest is that of the longest key of a word.
const longest = 16

// Keys are what a text is found by, each once, in ascending order.
func Keys(texts ...string) []string {
	var keys []string
	for _, text := range texts {
		list := Split(text)
		for i, w := range list {
			if !w.Run {
				keys = appendBeginnings(keys, w.Term)
				continue
			}
			first, _ := utf8.DecodeRuneInString(w.Term)
			keys = append(keys, string(first))
			if i > 0 && w.Joined {
				before, _ := utf8.DecodeRuneInString(list[i-1].Term)
				keys = append(keys, string([]rune{before, first}))
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func appendBeginnings(keys []string, term string) []string {
	n, next := 0, 0
	for at := range term {
		if next < len(lengths) && n == lengths[next] {
			keys = append(keys, term[:at])
			next++
		}
		if n == longest {
			return keys
		}
		n++
	}
	return append(keys, term)
}

// wholeKey is a key that each text with the word has.
func wholeKey(term string) string {
	n := 0
	for at := range term {
		if n == longest {
			return term[:at]
		}
		n++
	}
	return term
}

// beginningKey is a key that each text with a word that begins so has. A single letter is a word of its own.
func beginningKey(beginning string) string {
	n, next, cut := 0, 0, 0
	for at := range beginning {
		if next < len(lengths) && n == lengths[next] {
			cut = at
			next++
		}
		n++
	}
	if n == 1 || next < len(lengths) && n == lengths[next] {
		return beginning
	}
	return beginning[:cut]
}
