package chat

// Block says that a user wants nothing from another one.
type Block struct {
	UserID    UserID
	BlockedID UserID
	CreatedAt Time
}
