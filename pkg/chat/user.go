package chat

import (
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// User is an account.
type User struct {
	ID       UserID
	FullName string
	// Email is as FoldEmail gives it; unique.
	Email string
	// PasswordHash is bcrypt's.
	PasswordHash  string
	EmailVerified bool
	Bio           string
	// AvatarURL is "" for none.
	AvatarURL  string
	CreatedAt  Time
	LastSeenAt Time
	PresenceSettings
}

// Audience is to whom something is shown.
type Audience string

const (
	// Everybody is the zero value: what nobody has chosen yet.
	Everybody Audience = ""
	// Contacts are those with whom one has a direct conversation.
	Contacts Audience = "contacts"
	Nobody   Audience = "nobody"
)

// PresenceSettings are what a user lets others see of their being there.
type PresenceSettings struct {
	// LastSeen is to whom the user shows whether they are online, away, and when they were last seen. It goes for both
	// directions: whom one doesn't show it, one doesn't see.
	LastSeen Audience
	// Invisible users look offline to all, since the moment when they became so.
	Invisible bool
}

// UserPatch names what changes; nil stays.
type UserPatch struct {
	FullName     *string
	Bio          *string
	AvatarURL    *string
	PasswordHash *string
	// EmailVerified can only be set, never taken back.
	EmailVerified bool
	LastSeen      *Audience
	Invisible     *bool
}

// UserQuery asks for one page of the directory, ordered by (FoldName(FullName), ID).
type UserQuery struct {
	// Prefix is matched against the start of any word of the folded name, and of the whole
	// name; "" matches all. As FoldName gives it.
	Prefix string
	// AfterName and AfterID are the last row of the page before; both "" for the first.
	AfterName string
	AfterID   UserID
	// Without is left out (the one who asks).
	Without UserID
	Limit   int
}

// FoldEmail is the form under which addresses are unique.
func FoldEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// FoldName is s in lower case, without accents, runs of white space made one: what the
// directory sorts and searches by.
func FoldName(s string) string {
	fold := transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), norm.NFKC)
	folded, _, err := transform.String(fold, s)
	if err != nil {
		folded = s
	}
	return strings.Join(strings.Fields(strings.ToLower(folded)), " ")
}
