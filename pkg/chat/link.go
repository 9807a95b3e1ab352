package chat

// LinkPurpose is what a one-time link is good for.
type LinkPurpose string

const (
	ResetPassword LinkPurpose = "reset-password"
	VerifyEmail   LinkPurpose = "verify-email"
)

// Link is a one-time link that was sent to somebody by mail. Whoever holds its token may do what it is for, once.
type Link struct {
	// Hash is the SHA-256 (hex) of the token, which nobody keeps.
	Hash    string
	Purpose LinkPurpose
	// UserID is "" for one that was made for nobody, so that making one takes as long.
	UserID UserID
	// Email is where it was sent.
	Email     string
	CreatedAt Time
	ExpiresAt Time
}
