package service

import (
	"context"
	"fmt"

	"github.com/parley-chat/parley/pkg/chat"
	"github.com/parley-chat/parley/pkg/ratelimit"
)

// Pins are the pinned messages of the conversation, the latest pinned first.
func (s *Messages) Pins(ctx context.Context, v Viewer, id chat.ConversationID) ([]chat.Message, error) {
	if _, err := s.access.member(ctx, v, id); err != nil {
		return nil, err
	}
	found, err := s.store.Pins(ctx, id, chat.MaxPins)
	if err != nil {
		return nil, fromStore(err, "pins")
	}
	pins := make([]chat.Message, len(found))
	for i, m := range found {
		pins[i] = m.Normalize()
	}
	return pins, nil
}

// Pin pins a message for all, and returns it as it is then. A pinned one changes nothing. Both of a direct conversation may, and a
// group's owner and admins; else CodeForbidden, as for a deleted message. CodeConflict where as many are pinned as can
// be; of several at once a few more may get in. The decision is as that of Send.
func (s *Messages) Pin(ctx context.Context, v Viewer, id chat.ConversationID, message chat.MessageID) (chat.Message, *ratelimit.Decision, error) {
	of, err := s.pinnable(ctx, v, id, message)
	if err != nil {
		return chat.Message{}, nil, err
	}
	if err := s.writable(ctx, v, of); err != nil || of.message.PinnedAt != 0 {
		return of.message, nil, err
	}
	pinned, err := s.store.Pins(ctx, id, chat.MaxPins)
	if err != nil {
		return chat.Message{}, nil, fromStore(err, "pins")
	}
	if len(pinned) >= chat.MaxPins {
		return chat.Message{}, nil, Refuse(CodeConflict, fmt.Sprintf("%d messages are pinned already", chat.MaxPins))
	}
	return s.pin(ctx, v, of, chat.MessagePinned)
}

// Unpin takes a pin away. A message that is not pinned changes nothing.
func (s *Messages) Unpin(ctx context.Context, v Viewer, id chat.ConversationID, message chat.MessageID) (*ratelimit.Decision, error) {
	of, err := s.pinnable(ctx, v, id, message)
	if err != nil || of.message.PinnedAt == 0 {
		return nil, err
	}
	if err := s.access.writable(ctx, v, of.hearers); err != nil {
		return nil, err
	}
	_, decision, err := s.pin(ctx, v, of, chat.MessageUnpinned)
	return decision, err
}

func (s *Messages) pin(ctx context.Context, v Viewer, of subject, kind chat.Kind) (chat.Message, *ratelimit.Decision, error) {
	decision, err := s.admit(ctx, v, s.editLimit, "changes")
	if err != nil {
		return chat.Message{}, decision, err
	}
	after, err := s.change(ctx, of, chat.Entry{Kind: kind})
	return after, decision, err
}

// pinnable is the subject, if the viewer may pin and unpin there.
func (s *Messages) pinnable(ctx context.Context, v Viewer, id chat.ConversationID, message chat.MessageID) (subject, error) {
	of, err := s.subject(ctx, v, id, message)
	if err != nil || of.own.Role.Moderates() {
		return of, err
	}
	c, err := s.store.Conversation(ctx, id)
	if err != nil {
		return subject{}, fromStore(err, "conversation")
	}
	if c.Type != chat.Direct {
		return subject{}, Refuse(CodeForbidden, "only an owner or admin of the group may pin")
	}
	return of, nil
}
