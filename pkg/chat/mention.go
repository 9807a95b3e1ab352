package chat

import (
	"regexp"
	"slices"
)

// mention is how a text names a member, or everybody. Clients show a name in its place.
var mention = regexp.MustCompile(`<@([0-7][0-9A-HJKMNP-TV-Z]{25}|all)>`)

// Mentions are the users whom a text names, each once, in the order of the text, and whether it names everybody. Whether they are
// members is for the caller.
func Mentions(text string) (users []UserID, all bool) {
	for _, m := range mention.FindAllStringSubmatch(text, -1) {
		switch id := UserID(m[1]); {
		case id == "all":
			all = true
		case !slices.Contains(users, id):
			users = append(users, id)
		}
	}
	return users, all
}
