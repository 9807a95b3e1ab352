package frame

import "github.com/parley-chat/parley/pkg/chat"

// Settings are what a member has set for themselves in a conversation, as their devices see them.
type Settings struct {
	MutedUntil   chat.Time `json:"mutedUntil"`
	Archived     bool      `json:"archived"`
	Pinned       bool      `json:"pinned"`
	MarkedUnread bool      `json:"markedUnread"`
}

// SettingsFrame tells a user's devices what the user has set for a conversation.
type SettingsFrame struct {
	Type           Type                `json:"type"`
	ConversationID chat.ConversationID `json:"conversationId"`
	Settings
}

// BlockFrame tells the devices of whoever did it, and nobody else, that a user is blocked, or no longer.
type BlockFrame struct {
	Type   Type        `json:"type"`
	UserID chat.UserID `json:"userId"`
}
