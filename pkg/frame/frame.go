// Package frame encodes what the server sends over a WebSocket: JSON text, one object a
// frame. API nodes and gateways share it, so that a frame is encoded once, where it arises.
package frame

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/parley-chat/parley/pkg/chat"
)

// Type is a frame's "type".
type Type string

// The types of frames that are no log entries; those have their chat.Kind.
const (
	Hello                Type = "hello"
	Read                 Type = "read"
	Typing               Type = "typing"
	Presence             Type = "presence"
	Ping                 Type = "ping"
	Pong                 Type = "pong"
	Watch                Type = "watch"
	Activity             Type = "activity"
	PresenceUnknown      Type = "presence.unknown"
	Reconnect            Type = "reconnect"
	Resync               Type = "resync"
	Error                Type = "error"
	Delivered            Type = "delivered"
	ConversationSettings Type = "conversation.settings"
	UserBlocked          Type = "user.blocked"
	UserUnblocked        Type = "user.unblocked"
)

// HelloFrame is the first frame of a socket; after it, nothing committed is missed.
type HelloFrame struct {
	Type           Type        `json:"type"`
	ConnectionID   string      `json:"connectionId"`
	UserID         chat.UserID `json:"userId"`
	Node           string      `json:"node"`
	PingIntervalMs int64       `json:"pingIntervalMs"`
	ServerTime     chat.Time   `json:"serverTime"`
}

// ReadFrame tells that somebody has read up to seq, or, as delivered, that it has arrived at a device of theirs.
type ReadFrame struct {
	Type           Type                `json:"type"`
	ConversationID chat.ConversationID `json:"conversationId"`
	UserID         chat.UserID         `json:"userId"`
	Seq            int64               `json:"seq"`
}

// TypingFrame tells that somebody types, or stopped. It expires by itself after six seconds.
type TypingFrame struct {
	Type           Type                `json:"type"`
	ConversationID chat.ConversationID `json:"conversationId"`
	UserID         chat.UserID         `json:"userId"`
	Active         bool                `json:"active"`
}

// PresenceFrame tells of a watched user. Away is for those online of whom all devices are idle.
type PresenceFrame struct {
	Type       Type        `json:"type"`
	UserID     chat.UserID `json:"userId"`
	Online     bool        `json:"online"`
	Away       bool        `json:"away"`
	LastSeenAt chat.Time   `json:"lastSeenAt"`
}

// ReconnectFrame asks the client to open a new socket after AfterMs and to close this one then.
type ReconnectFrame struct {
	Type    Type   `json:"type"`
	AfterMs int64  `json:"afterMs"`
	Reason  string `json:"reason"`
}

// ErrorFrame tells that a frame of the client was refused; the socket stays.
type ErrorFrame struct {
	Type   Type   `json:"type"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// BareFrame is a frame that has nothing but its type: ping, resync, presence.unknown.
type BareFrame struct {
	Type Type `json:"type"`
}

// Event is a log entry as clients get it, over the socket and over HTTP alike.
type Event struct {
	Type           chat.Kind           `json:"type"`
	ConversationID chat.ConversationID `json:"conversationId"`
	Seq            int64               `json:"seq"`
	Message        *chat.Message       `json:"message,omitempty"`
	Conversation   *ConversationCard   `json:"conversation,omitempty"`
	// Changes is set for conversation.updated only.
	Changes *ConversationChanges `json:"changes,omitempty"`
	// MessageID is the message that message.deleted, message.pinned, message.unpinned and reaction.* are about.
	MessageID chat.MessageID `json:"messageId,omitempty"`
	// UserID is whom member.* is about, and who reacted for reaction.*.
	UserID chat.UserID `json:"userId,omitempty"`
	// Role is what the member has after member.added and member.updated.
	Role  chat.Role `json:"role,omitempty"`
	Emoji string    `json:"emoji,omitempty"`
	// ActorID is who did it, At when; for all but messages, which say so themselves.
	ActorID chat.UserID `json:"actorId,omitempty"`
	At      chat.Time   `json:"at,omitempty"`
}

// ConversationChanges is what conversation.updated changed: what is absent stayed, "" is gone.
type ConversationChanges struct {
	Title       *string `json:"title,omitempty"`
	Description *string `json:"description,omitempty"`
	AvatarURL   *string `json:"avatarUrl,omitempty"`
}

// ConversationCard is what conversation.created tells; the rest is in the reader's own list.
type ConversationCard struct {
	ID          chat.ConversationID   `json:"id"`
	Type        chat.ConversationType `json:"type"`
	Title       *string               `json:"title"`
	Description *string               `json:"description"`
	AvatarURL   *string               `json:"avatarUrl"`
	Members     []CardMember          `json:"members"`
	MemberCount int                   `json:"memberCount"`
	CreatedAt   chat.Time             `json:"createdAt"`
}

// CardMember is one of the first members.
type CardMember struct {
	UserID chat.UserID `json:"userId"`
	Role   chat.Role   `json:"role"`
}

// EventOf is the event of a log entry.
func EventOf(e chat.Entry) Event {
	ev := Event{Type: e.Kind, ConversationID: e.ConversationID, Seq: e.Seq}
	if e.Message != nil {
		m := e.Message.Normalize()
		ev.Message = &m
	}
	if e.Created != nil {
		ev.Conversation = cardOf(e)
	}
	if e.Kind == chat.MessageCreated || e.Kind == chat.MessageUpdated {
		return ev
	}
	ev.ActorID, ev.At = e.SenderID, e.CreatedAt
	ev.MessageID, ev.Emoji = e.TargetID, e.Emoji
	if e.Emoji != "" {
		ev.UserID = e.SenderID
	}
	if m := e.Member; m != nil {
		ev.UserID, ev.Role = m.UserID, m.Role
	}
	if c := e.Changed; c != nil {
		ev.Changes = &ConversationChanges{Title: c.Title, Description: c.Description, AvatarURL: c.AvatarURL}
	}
	return ev
}

func cardOf(e chat.Entry) *ConversationCard {
	card := &ConversationCard{
		ID:          e.ConversationID,
		Type:        e.Created.Type,
		Title:       OrNull(e.Created.Title),
		Description: OrNull(e.Created.Description),
		AvatarURL:   OrNull(e.Created.AvatarURL),
		Members:     make([]CardMember, 0, len(e.Created.Members)),
		MemberCount: len(e.Created.Members),
		CreatedAt:   e.CreatedAt,
	}
	for _, m := range e.Created.Members {
		card.Members = append(card.Members, CardMember(m))
	}
	return card
}

// OrNull is s for a field that is null where there is nothing.
func OrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// EncodeEntry is Encode of the event of e.
func EncodeEntry(e chat.Entry) ([]byte, error) {
	if e.Kind != chat.MessageCreated || e.Message == nil || e.Created != nil {
		return Encode(EventOf(e))
	}
	// Most entries are messages, and most of each is always the same: written out.
	b := make([]byte, 0, frameBytes+len(e.Message.Text))
	b = append(b, `{"type":"message.created","conversationId":"`...)
	b = append(b, e.ConversationID...)
	b = append(b, `","seq":`...)
	b = strconv.AppendInt(b, e.Seq, 10)
	b = append(b, `,"message":`...)
	return append(e.Message.AppendJSON(b), '}'), nil
}

// frameBytes is about how large the frame of a message is without its text.
const frameBytes = 512

// Encode is v, one of this package's frames, as the bytes that go over the wire.
func Encode(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode frame: %w", err)
	}
	return b, nil
}
