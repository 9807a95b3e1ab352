package chat

// endless is the last instant that times on the wire can tell.
const endless Time = 253_402_300_799_999

// Invite is a link by which whoever has it joins a group.
type Invite struct {
	ID             InviteID
	ConversationID ConversationID
	// Code is what the link carries: as good as a key, and unique.
	Code      string
	CreatedBy UserID
	CreatedAt Time
	// ExpiresAt is 0 for never.
	ExpiresAt Time
	// MaxUses is 0 for any number.
	MaxUses int
	// Uses are the people who have joined by it, whether they are members still or not: each counts once.
	Uses int
	// RevokedAt is 0 unless somebody has ended it.
	RevokedAt Time
}

// OverAt is when the invite stops being good, whoever has joined by then.
func (i Invite) OverAt() Time {
	over := endless
	if i.ExpiresAt != 0 {
		over = i.ExpiresAt
	}
	if i.RevokedAt != 0 {
		over = min(over, i.RevokedAt)
	}
	return over
}

// UsedUp tells that nobody else gets in by it.
func (i Invite) UsedUp() bool { return i.MaxUses > 0 && i.Uses >= i.MaxUses }
