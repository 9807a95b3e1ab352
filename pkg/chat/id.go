package chat

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"github.com/oklog/ulid/v2"
)

// Ids are opaque to clients: 26 characters of Crockford's base 32. Ids of one kind are
// never given where another kind is due, so each kind has a type.
type (
	UserID         string
	SessionID      string
	ConversationID string
	MessageID      string
	UploadID       string
	InviteID       string
)

// NewID makes an id that sorts by the time of its making (ULID, 80 random bits).
func NewID[T ~string]() T { return T(ulid.Make().String()) }

// ValidID tells whether id has the form of an id. It does not tell whether the thing exists.
func ValidID[T ~string](id T) bool {
	_, err := ulid.ParseStrict(string(id))
	return err == nil
}

// DirectID is the id of the direct conversation of two users, whichever comes first. That it
// follows from the two makes the log's unique index also the guard against a second one.
func DirectID(a, b UserID) ConversationID {
	if b < a {
		a, b = b, a
	}
	return derivedID[ConversationID](string(a) + ":" + string(b))
}

// GroupID is the id of the group that a user makes with an idempotency key: a repeat finds the first.
func GroupID(owner UserID, clientID string) ConversationID {
	return derivedID[ConversationID]("group:" + string(owner) + ":" + clientID)
}

func derivedID[T ~string](from string) T {
	sum := sha256.Sum256([]byte(from))
	// 130 bits in 26 characters; the first is kept in 0-7, as in every ULID.
	sum[0] &= 0x3f
	return T(crockford.EncodeToString(sum[:17])[:26])
}

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// ValidClientID tells whether id can be a message's idempotency key: 1 to MaxClientID
// characters of A-Z, a-z, 0-9, - and _.
func ValidClientID(id string) bool {
	if id == "" || len(id) > MaxClientID {
		return false
	}
	return strings.IndexFunc(id, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	}) < 0
}
