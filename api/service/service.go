// Package service holds what Parley's API does, whatever carries it: it validates, authorises
// every call for its viewer, and talks to stores and the bus through small interfaces of its own.
package service

import "github.com/parley-chat/parley/pkg/chat"

// Viewer is the signed-in user on whose behalf a call is made.
type Viewer struct {
	UserID    chat.UserID
	SessionID chat.SessionID
}
