// Package namekey makes the keys by which stores find people: the beginnings of each word of a
// name. Stored beside a user, they turn "any word starts with" into the equality that an index
// answers in the order of names, without a sort.
package namekey

import (
	"strings"
	"unicode/utf8"
)

const (
	// MaxLen is the length of the longest key, in characters. Longer prefixes are found by their
	// first MaxLen characters and then compared in full: few names are left by then.
	MaxLen = 8
	// maxWords bounds the keys of one name; later words are found by no search.
	maxWords = 32
)

// Of are the keys of a name as chat.FoldName gives it, each once: "" (everybody has it) and, from
// the start of each word, every beginning of up to MaxLen characters, running on over the words
// that follow.
func Of(folded string) []string {
	keys := []string{""}
	seen := map[string]bool{"": true}
	for n, start := range starts(folded) {
		if n == maxWords {
			break
		}
		for _, end := range ends(folded[start:]) {
			if key := folded[start : start+end]; !seen[key] {
				seen[key] = true
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// Lookup is the key that finds a folded prefix. Unless exact, the names found must still be held
// against Match.
func Lookup(prefix string) (key string, exact bool) {
	e := ends(prefix)
	if len(e) == 0 {
		return "", true
	}
	end := e[len(e)-1]
	return prefix[:end], end == len(prefix)
}

// Match tells whether the folded name, from the start of one of its words, begins with prefix.
func Match(folded, prefix string) bool {
	return prefix == "" || strings.Contains(" "+folded, " "+prefix)
}

// starts are the byte offsets at which the words of s begin.
func starts(s string) []int {
	var at []int
	for i := range len(s) {
		if s[i] != ' ' && (i == 0 || s[i-1] == ' ') {
			at = append(at, i)
		}
	}
	return at
}

// ends are the byte lengths of the first MaxLen beginnings of s that don't end in a space.
func ends(s string) []int {
	var at []int
	end := 0
	for range MaxLen {
		if end == len(s) {
			break
		}
		r, size := utf8.DecodeRuneInString(s[end:])
		end += size
		if r != ' ' {
			at = append(at, end)
		}
	}
	return at
}
