package bus

import (
	"encoding/json"
	"fmt"

	"github.com/parley-chat/parley/pkg/chat"
)

// OrderMark is the first byte of a payload that a gateway acts on and never delivers. A client frame
// starts with "{".
const OrderMark = '!'

// OrderKind says what a gateway is to do.
type OrderKind string

const (
	// SessionRevoked: close the sockets of the session on this user channel.
	SessionRevoked OrderKind = "session.revoked"
	// GroupChanged: pass on the frame; if UserID is set, they have become a member, or are none any more.
	GroupChanged OrderKind = "group.changed"
	// RoomOpened: pass on the frame; the conversation will go to its room channel, so whoever is on this one has to get there.
	RoomOpened OrderKind = "room.opened"
	// RoomClosed: pass on the frame; nobody is a member any more.
	RoomClosed OrderKind = "room.closed"
	// AudienceChanged: who may see whom has changed. On a presence channel, of the user whose it is, to all who watch; on a user
	// channel, of UserID or, without one, of all whom that user watches.
	AudienceChanged OrderKind = "audience.changed"
	// Canary: whoever sent this nonce hears the bus.
	Canary OrderKind = "canary"
)

// Order tells gateways what to do about the sockets of a channel.
type Order struct {
	Kind      OrderKind      `json:"kind"`
	SessionID chat.SessionID `json:"sessionId,omitempty"`
	// The following are of changes of a group that has a room channel.
	ConversationID chat.ConversationID `json:"conversationId,omitempty"`
	// UserID is whose seat in the room is given or taken; Left tells which. Of AudienceChanged it is at whom to look.
	UserID chat.UserID `json:"userId,omitempty"`
	Left   bool        `json:"left,omitempty"`
	// Revision is the entry's: who has heard of the one before has missed none.
	Revision int64 `json:"revision,omitempty"`
	// Frame is what clients get.
	Frame json.RawMessage `json:"frame,omitempty"`
	// Nonce is a canary's: a node that was started again under its old name must not take the other's for its own.
	Nonce string `json:"nonce,omitempty"`
}

// IsOrder tells whether a payload is an order, not a client frame.
func IsOrder(payload []byte) bool { return len(payload) > 0 && payload[0] == OrderMark }

// Encode is o as a payload.
func (o Order) Encode() ([]byte, error) {
	b, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("encode order: %w", err)
	}
	return append([]byte{OrderMark}, b...), nil
}

// DecodeOrder reads a payload for which IsOrder holds.
func DecodeOrder(payload []byte) (Order, error) {
	var o Order
	if !IsOrder(payload) {
		return o, fmt.Errorf("decode order: no mark")
	}
	if err := json.Unmarshal(payload[1:], &o); err != nil {
		return o, fmt.Errorf("decode order: %w", err)
	}
	return o, nil
}
