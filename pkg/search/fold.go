package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// decorated are the scripts whose marks are left out: accents, vowel points. In others a mark is a letter of
// its own right: without its vowels a Thai word is another one, and without its voicing mark が is か.
var decorated = []*unicode.RangeTable{unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Hebrew, unicode.Arabic}

// plain are letters that look like one with an accent, but that Unicode doesn't take apart.
var plain = map[rune]string{
	'ł': "l", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'æ': "ae", 'œ': "oe", 'ħ': "h", 'ı': "i", 'ŧ': "t", 'ƶ': "z",
	'ـ': "", // lengthens an Arabic word, and means nothing
}

// fold is the form under which a word is found: upper and lower case, width, ligatures and accents make no difference.
// Folding again changes nothing.
func fold(word string) string {
	if folded, ok := foldASCII(word); ok {
		return folded
	}
	decomposed := norm.NFKD.String(cases.Fold().String(norm.NFKD.String(word)))
	var b strings.Builder
	bare := false // the last letter is of a script whose marks are left out
	for _, r := range decomposed {
		if unicode.Is(unicode.M, r) {
			if !bare && !ignored(r) {
				b.WriteRune(r)
			}
			continue
		}
		if !inWord(r) {
			continue
		}
		bare = unicode.In(r, decorated...)
		if simple, ok := plain[r]; ok {
			b.WriteString(simple)
		} else {
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

func foldASCII(word string) (string, bool) {
	for i := range len(word) {
		c := word[i]
		switch {
		case c >= utf8.RuneSelf:
			return "", false
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
		default:
			return foldLetters(word)
		}
	}
	return word, true
}

func foldLetters(word string) (string, bool) {
	b := make([]byte, 0, len(word))
	for i := range len(word) {
		c := word[i]
		switch {
		case c >= utf8.RuneSelf:
			return "", false
		case c >= 'A' && c <= 'Z':
			b = append(b, c+'a'-'A')
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b = append(b, c)
		}
	}
	return string(b), true
}

// inWord tells whether r is a part of words; the others stand between them. Emoji are words, too.
func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.So, r) || unicode.Is(unicode.M, r) && !ignored(r)
}

// ignored tells whether r makes no difference where it stands in a word: apostrophes, joiners, what chooses the
// look or the skin of an emoji.
func ignored(r rune) bool {
	switch {
	case r == '\'' || r == '’' || r == 'ʼ' || r == '＇':
		return true
	case r >= 0xfe00 && r <= 0xfe0f, r >= 0x1f3fb && r <= 0x1f3ff:
		return true
	}
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Me, r)
}

// unspaced are the scripts that are written without spaces between words.
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// inRun tells whether r is a letter of a script without spaces.
func inRun(r rune) bool {
	if r < 0x0e00 {
		return false
	}
	return r == 'ー' || unicode.In(r, unspaced...) && !unicode.IsNumber(r) && !unicode.Is(unicode.So, r)
}

// attached tells whether r belongs to the letter before it.
func attached(r rune) bool {
	return unicode.Is(unicode.M, r) || r == 'ﾞ' || r == 'ﾟ' || unicode.Is(unicode.Cf, r)
}
