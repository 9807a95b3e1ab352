package chat

// Session is one signed-in device.
type Session struct {
	ID     SessionID
	UserID UserID
	// RefreshHash is the SHA-256 (hex) of the only refresh token that still works.
	RefreshHash string
	UserAgent   string
	Address     string
	CreatedAt   Time
	LastUsedAt  Time
	ExpiresAt   Time
	// RevokedAt is 0 while the session lives.
	RevokedAt Time
}

// Live tells whether the session is good at the time now.
func (s Session) Live(now Time) bool { return s.RevokedAt == 0 && now < s.ExpiresAt }

// Rotation replaces a session's refresh token, if it still is the old one.
type Rotation struct {
	ID        SessionID
	OldHash   string
	NewHash   string
	At        Time
	ExpiresAt Time
}
