package service

import (
	"context"

	"github.com/parley-chat/parley/pkg/chat"
)

const notReadable = "is no message that you can read"

// MessageRef names a message of some conversation.
type MessageRef struct {
	ConversationID chat.ConversationID `json:"conversationId"`
	MessageID      chat.MessageID      `json:"messageId"`
}

// forward makes m a copy of a message that the viewer may read: its words and files, and whose they are. Nobody is mentioned
// by a copy. It refuses, with CodeValidation on forwardOf, what the viewer can't read, and what is deleted.
func (s *Messages) forward(ctx context.Context, v Viewer, of MessageRef, m *chat.Message) error {
	original, err := s.readable(ctx, v, of)
	if err == nil && original.DeletedAt != 0 {
		err = fromStore(chat.ErrNotFound, "message")
	}
	if err != nil {
		return asField(err, "forwardOf", notReadable)
	}
	m.Text, m.Attachments, m.ForwardedFrom = original.Text, original.Attachments, original.ForwardedFrom
	if m.ForwardedFrom == nil {
		m.ForwardedFrom = &chat.Forward{SenderID: original.SenderID}
	}
	return nil
}

func (s *Messages) readable(ctx context.Context, v Viewer, of MessageRef) (chat.Message, error) {
	if !chat.ValidID(of.ConversationID) {
		return chat.Message{}, fromStore(chat.ErrNotFound, "message")
	}
	return s.Message(ctx, v, of.ConversationID, of.MessageID)
}
