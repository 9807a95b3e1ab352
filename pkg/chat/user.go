package chat

import (
	"strings"

	"github.com/parley-chat/parley/pkg/search"
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

// FoldName is the words of s as search folds them, with a space between each two: what the directory sorts and searches by. Each
// letter of a script without spaces counts as a word.
func FoldName(s string) string {
	words := search.Split(s)
	terms := make([]string, len(words))
	for i, w := range words {
		terms[i] = w.Term
	}
	return strings.Join(terms, " ")
}
