package socket

// Disconnect says why a socket ends.
type Disconnect struct {
	// Code goes to the client in the close frame; 0: the connection is gone, nothing is sent.
	Code int
	// Reason names it in metrics and logs, and in the close frame.
	Reason string
	// Retry tells whether the client should come back by itself. One that should not has to sign in first.
	Retry bool
}

// All the ways in which a socket ends.
var (
	Restart         = Disconnect{1012, "restart", true}
	BadFrame        = Disconnect{4400, "bad_frame", true}
	Unauthenticated = Disconnect{4401, "unauthenticated", false}
	Revoked         = Disconnect{4401, "session_revoked", false}
	NoHeartbeat     = Disconnect{4408, "no_heartbeat", true}
	FrameTooLarge   = Disconnect{4413, "frame_too_large", true}
	TooManyFrames   = Disconnect{4429, "too_many_frames", true}
	TooSlow         = Disconnect{4430, "too_slow", true}
	// ByClient: the client closed, and is answered in kind.
	ByClient = Disconnect{1000, "client", true}
	// Gone: the connection broke.
	Gone = Disconnect{0, "connection_lost", true}
)
