// Package clientframe reads what clients send over a socket: JSON text, one object a frame.
package clientframe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/frame"
)

const (
	// MaxBytes is the most that a client's frame may have.
	MaxBytes = 16 << 10
	// MaxWatched is how many users one socket may watch.
	MaxWatched = 500
)

// ErrMalformed: no JSON object with a known type. The socket is closed with 4400.
var ErrMalformed = errors.New("malformed frame")

// InvalidError: a known type with wrong fields. The frame is refused and the socket stays.
type InvalidError struct {
	// Detail is for the client's developer.
	Detail string
}

func (e *InvalidError) Error() string { return "invalid frame: " + e.Detail }

// Frame is a client's frame, checked.
type Frame struct {
	// Type is frame.Pong, frame.Typing, frame.Watch or frame.Activity.
	Type frame.Type
	// ConversationID and Active are of typing.
	ConversationID chat.ConversationID
	Active         bool
	// UserIDs are those to watch: valid, each once, at most MaxWatched.
	UserIDs []chat.UserID
	// Idle is of activity.
	Idle bool
}

// pong is how nearly every frame looks: the answer to a heartbeat, byte for byte as clients write it.
var pong = []byte(`{"type":"pong"}`)

// IsPong tells whether b is the answer to a heartbeat as clients write it. One that is written otherwise only costs more.
func IsPong(b []byte) bool { return bytes.Equal(b, pong) }

// Decode reads one frame. Its error is ErrMalformed or an *InvalidError. Unknown fields are ignored, so that
// a newer client may say more than this server knows. b is not kept.
func Decode(b []byte) (Frame, error) {
	if IsPong(b) {
		return Frame{Type: frame.Pong}, nil
	}
	var head struct {
		Type frame.Type `json:"type"`
	}
	// null would decode into a struct without a word.
	if trimmed := bytes.TrimLeft(b, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' || !utf8.Valid(b) {
		return Frame{}, ErrMalformed
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return Frame{}, ErrMalformed
	}
	switch head.Type {
	case frame.Pong:
		return Frame{Type: frame.Pong}, nil
	case frame.Typing:
		return decodeTyping(b)
	case frame.Watch:
		return decodeWatch(b)
	case frame.Activity:
		return decodeActivity(b)
	default:
		return Frame{}, ErrMalformed
	}
}

func decodeTyping(b []byte) (Frame, error) {
	var f struct {
		ConversationID chat.ConversationID `json:"conversationId"`
		Active         *bool               `json:"active"`
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return Frame{}, &InvalidError{"typing takes a conversationId and active, true or false"}
	}
	if !chat.ValidID(f.ConversationID) {
		return Frame{}, &InvalidError{"conversationId is not an id"}
	}
	if f.Active == nil {
		return Frame{}, &InvalidError{"active is missing"}
	}
	return Frame{Type: frame.Typing, ConversationID: f.ConversationID, Active: *f.Active}, nil
}

func decodeActivity(b []byte) (Frame, error) {
	var f struct {
		Idle *bool `json:"idle"`
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return Frame{}, &InvalidError{"activity takes idle, true or false"}
	}
	if f.Idle == nil {
		return Frame{}, &InvalidError{"idle is missing"}
	}
	return Frame{Type: frame.Activity, Idle: *f.Idle}, nil
}

func decodeWatch(b []byte) (Frame, error) {
	var f struct {
		UserIDs []chat.UserID `json:"userIds"`
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return Frame{}, &InvalidError{"watch takes userIds, a list of ids"}
	}
	if f.UserIDs == nil {
		return Frame{}, &InvalidError{"userIds is missing"}
	}
	if len(f.UserIDs) > MaxWatched {
		return Frame{}, &InvalidError{fmt.Sprintf("%d users to watch, at most %d are allowed", len(f.UserIDs), MaxWatched)}
	}
	seen := make(map[chat.UserID]struct{}, len(f.UserIDs))
	users := make([]chat.UserID, 0, len(f.UserIDs))
	for i, id := range f.UserIDs {
		if !chat.ValidID(id) {
			return Frame{}, &InvalidError{fmt.Sprintf("userIds[%d] is not an id", i)}
		}
		if _, twice := seen[id]; !twice {
			seen[id] = struct{}{}
			users = append(users, id)
		}
	}
	return Frame{Type: frame.Watch, UserIDs: users}, nil
}
