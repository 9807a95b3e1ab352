package client

import (
	"strings"
	"time"
)

// User is an account as its owner sees it, or, without Email, as others do.
type User struct {
	ID            string     `json:"id"`
	FullName      string     `json:"fullName"`
	AvatarURL     *string    `json:"avatarUrl"`
	Bio           string     `json:"bio"`
	CreatedAt     time.Time  `json:"createdAt"`
	LastSeenAt    *time.Time `json:"lastSeenAt"`
	Email         string     `json:"email"`
	EmailVerified bool       `json:"emailVerified"`
}

// Conversation is one as a member sees it.
type Conversation struct {
	ID             string     `json:"id"`
	Type           string     `json:"type"`
	Title          *string    `json:"title"`
	Description    *string    `json:"description"`
	AvatarURL      *string    `json:"avatarUrl"`
	Members        []Member   `json:"members"`
	MemberCount    int        `json:"memberCount"`
	Role           string     `json:"role"`
	LastSeq        int64      `json:"lastSeq"`
	LastMessage    *Message   `json:"lastMessage"`
	ReadSeq        int64      `json:"readSeq"`
	Unread         int64      `json:"unread"`
	Mentions       int64      `json:"mentions"`
	MutedUntil     *time.Time `json:"mutedUntil"`
	Archived       bool       `json:"archived"`
	Pinned         bool       `json:"pinned"`
	MarkedUnread   bool       `json:"markedUnread"`
	CreatedAt      time.Time  `json:"createdAt"`
	LastActivityAt time.Time  `json:"lastActivityAt"`
}

// Member is one of a conversation's members.
type Member struct {
	UserID       string     `json:"userId"`
	FullName     string     `json:"fullName"`
	AvatarURL    *string    `json:"avatarUrl"`
	Role         string     `json:"role"`
	ReadSeq      int64      `json:"readSeq"`
	DeliveredSeq int64      `json:"deliveredSeq"`
	LastSeenAt   *time.Time `json:"lastSeenAt"`
}

// Message is the current state of a message.
type Message struct {
	ID             string              `json:"id"`
	ConversationID string              `json:"conversationId"`
	Seq            int64               `json:"seq"`
	SenderID       string              `json:"senderId"`
	ClientID       string              `json:"clientId"`
	Text           string              `json:"text"`
	Attachments    []Upload            `json:"attachments"`
	ReplyTo        *string             `json:"replyTo"`
	ForwardedFrom  *Forward            `json:"forwardedFrom"`
	Mentions       []string            `json:"mentions"`
	MentionsAll    bool                `json:"mentionsAll"`
	Reactions      map[string][]string `json:"reactions"`
	CreatedAt      time.Time           `json:"createdAt"`
	EditedAt       *time.Time          `json:"editedAt"`
	DeletedAt      *time.Time          `json:"deletedAt"`
	PinnedAt       *time.Time          `json:"pinnedAt"`
}

// Forward is whose words a forwarded message has.
type Forward struct {
	SenderID string `json:"senderId"`
}

// NewMessage is what is sent. A repeat with the same ClientID gives the first result.
type NewMessage struct {
	ClientID  string      `json:"clientId"`
	Text      string      `json:"text,omitempty"`
	UploadIDs []string    `json:"uploadIds,omitempty"`
	ReplyTo   *string     `json:"replyTo,omitempty"`
	ForwardOf *MessageRef `json:"forwardOf,omitempty"`
}

// MessageRef names a message of some conversation.
type MessageRef struct {
	ConversationID string `json:"conversationId"`
	MessageID      string `json:"messageId"`
}

// Upload is a stored file.
type Upload struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	URL          string `json:"url"`
	ThumbnailURL string `json:"thumbnailUrl"`
	Mime         string `json:"mime"`
	Bytes        int64  `json:"bytes"`
	Width        int    `json:"width"`
	Height       int    `json:"height"`
}

// DeviceSession is one signed-in device of a user.
type DeviceSession struct {
	ID         string    `json:"id"`
	Current    bool      `json:"current"`
	UserAgent  string    `json:"userAgent"`
	CreatedAt  time.Time `json:"createdAt"`
	LastUsedAt time.Time `json:"lastUsedAt"`
}

// Event is an entry of a conversation's log; which fields are set follows from Type.
type Event struct {
	Type           string    `json:"type"`
	ConversationID string    `json:"conversationId"`
	Seq            int64     `json:"seq"`
	Message        *Message  `json:"message"`
	Conversation   *Creation `json:"conversation"`
	Changes        *Changes  `json:"changes"`
	// MessageID is what a deletion, a pin or a reaction is about; UserID is whom a member's entry is about, and who reacted.
	MessageID string     `json:"messageId"`
	UserID    string     `json:"userId"`
	Role      string     `json:"role"`
	Emoji     string     `json:"emoji"`
	ActorID   string     `json:"actorId"`
	At        *time.Time `json:"at"`
}

// Creation is what the first entry says.
type Creation struct {
	Title   *string  `json:"title"`
	Members []Member `json:"members"`
}

// Changes are what of a group was changed; nil stays.
type Changes struct {
	Title       *string `json:"title"`
	Description *string `json:"description"`
}

// IsMessage tells whether the entry is a new message.
func (e Event) IsMessage() bool { return e.Type == "message.created" && e.Message != nil }

// EventsPage is a part of a conversation's log. There is more when its last event's seq is below LastSeq.
type EventsPage struct {
	Events  []Event `json:"events"`
	LastSeq int64   `json:"lastSeq"`
	Reset   bool    `json:"reset"`
}

// SyncResult is what a client misses of all its conversations.
type SyncResult struct {
	Conversations []Conversation     `json:"conversations"`
	Events        map[string][]Event `json:"events"`
	// Reads are the read positions, by user, in the conversations that have nothing else new.
	Reads    map[string]map[string]int64 `json:"reads"`
	Removed  []string                    `json:"removed"`
	Reset    []string                    `json:"reset"`
	ResetAll bool                        `json:"resetAll"`
}

// Frame is anything that the server sends over a socket; which fields are set follows from Type.
type Frame struct {
	Event
	Active         bool       `json:"active"`
	Online         bool       `json:"online"`
	Away           bool       `json:"away"`
	LastSeenAt     *time.Time `json:"lastSeenAt"`
	ConnectionID   string     `json:"connectionId"`
	Node           string     `json:"node"`
	PingIntervalMs int64      `json:"pingIntervalMs"`
	AfterMs        int64      `json:"afterMs"`
	Reason         string     `json:"reason"`
	MutedUntil     *time.Time `json:"mutedUntil"`
	Archived       bool       `json:"archived"`
	Pinned         bool       `json:"pinned"`
	MarkedUnread   bool       `json:"markedUnread"`
	Code           string     `json:"code"`
	Detail         string     `json:"detail"`
}

// isEntry tells whether the frame is a log entry. (The deletion of a whole conversation has no seq.)
func (f Frame) isEntry() bool {
	if f.Type == "conversation.settings" {
		return false
	}
	noun, _, _ := strings.Cut(f.Type, ".")
	switch noun {
	case "message", "reaction", "member", "conversation":
		return f.Type != "conversation.deleted" || f.Seq != 0
	default:
		return false
	}
}
