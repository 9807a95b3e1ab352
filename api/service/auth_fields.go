package service

import (
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/parley-chat/parley/pkg/chat"
)

// maxLocalPart is of the part before the @, in bytes (RFC 5321).
const maxLocalPart = 64

// mailDomain is names with dots between them: no address literal, no odd characters that only RFC 5322 knows.
var mailDomain = regexp.MustCompile(`^[\pL\pN]([\pL\pN-]*[\pL\pN])?(\.[\pL\pN]([\pL\pN-]*[\pL\pN])?)*$`)

// cleanName is a name or title as it is kept: without space around it, in one normal form.
func (f *fieldErrors) cleanName(field, s string, most int) string { //nolint:unparam // names and titles have limits of their own, which are alike
	s = norm.NFC.String(strings.TrimSpace(s))
	switch n := utf8.RuneCountInString(s); {
	case n == 0:
		f.add(field, "is missing")
	case n > most:
		f.add(field, fmt.Sprintf("may have %d characters at most", most))
	case strings.ContainsFunc(s, hidden):
		f.add(field, "has control characters")
	case !strings.ContainsFunc(s, visible):
		f.add(field, "has nothing to be seen")
	}
	return s
}

// cleanLines is a bio or description as it is kept. It may have several lines, or none.
func (f *fieldErrors) cleanLines(field, s string, most int) string {
	s = norm.NFC.String(strings.TrimSpace(s))
	switch {
	case utf8.RuneCountInString(s) > most:
		f.add(field, fmt.Sprintf("may have %d characters at most", most))
	case strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && r != '\r' && r != '\t' && hidden(r) }):
		f.add(field, "has control characters")
	}
	return s
}

// cleanEmail is a bare address, as chat.FoldEmail gives it.
func (f *fieldErrors) cleanEmail(s string) string {
	s = chat.FoldEmail(s)
	switch {
	case s == "":
		f.add("email", "is missing")
	case len(s) > chat.MaxEmail:
		f.add("email", fmt.Sprintf("may have %d bytes at most", chat.MaxEmail))
	case !validEmail(s):
		f.add("email", "is not an email address")
	}
	return s
}

func validEmail(s string) bool {
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Address != s { // a name beside the address, or quotes in it
		return false
	}
	at := strings.LastIndexByte(s, '@')
	return at <= maxLocalPart && mailDomain.MatchString(s[at+1:])
}

func (f *fieldErrors) checkPassword(field, s string) {
	switch {
	case s == "":
		f.add(field, "is missing")
	case len(s) < chat.MinPassword:
		f.add(field, fmt.Sprintf("must have %d characters at least", chat.MinPassword))
	case len(s) > chat.MaxPassword:
		f.add(field, fmt.Sprintf("may have %d bytes at most", chat.MaxPassword))
	}
}

// hidden tells of what could make a name look like another: controls, line breaks, and what turns the direction of
// the text around it. Joiners, which emoji and some scripts need, are not.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) || unicode.Is(unicode.Bidi_Control, r)
}

func visible(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) }
