package chat

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CleanFileName is what a user calls a file, made safe to show and to save under: no folders, nothing that is not printed or that
// turns the direction of text (so that "exe.pdf" is not written backwards), no dots or spaces at its ends, at most MaxFileName
// characters with the ending kept. It is "" if nothing is left.
func CleanFileName(name string) string {
	name = strings.ToValidUTF8(name, "")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r), strings.ContainsRune(`<>:"|?*`, r):
			return -1
		}
		return r
	}, name)
	name = strings.Trim(strings.Join(strings.Fields(name), " "), ". ")
	if utf8.RuneCountInString(name) <= MaxFileName {
		return name
	}
	ending := path.Ext(name)
	if utf8.RuneCountInString(ending) > maxFileEnding {
		ending = ""
	}
	base := []rune(strings.TrimSuffix(name, ending))
	return strings.TrimRight(string(base[:MaxFileName-utf8.RuneCountInString(ending)]), ". ") + ending
}

// maxFileEnding is how long an ending may be, with its dot, to be one.
const maxFileEnding = 12
