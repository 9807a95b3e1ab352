package chat

// Block says that a user wants nothing from another one.
type Block struct {
	UserID    UserID
	BlockedID UserID
	CreatedAt Time
}

// Couple is two users, the lesser id first.
type Couple [2]UserID

// CoupleOf is the couple of two users, whichever comes first.
func CoupleOf(a, b UserID) Couple {
	if b < a {
		a, b = b, a
	}
	return Couple{a, b}
}
